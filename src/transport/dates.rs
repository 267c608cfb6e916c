//! Parses points in time from headers and answers. A time without a zone is refused.

use chrono::{DateTime, Datelike, Utc};
use reqwest::header::{AsHeaderName, HeaderMap};

/// The forms besides RFC 3339 in which GitHub's hosts write a point in time.
const FORMS: [&str; 3] = ["%Y/%m/%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z"];

/// The time in this header, as HTTP writes it.
pub fn header_date(headers: &HeaderMap, name: impl AsHeaderName) -> Option<DateTime<Utc>> {
    let text = headers.get(name)?.to_str().ok()?;
    httpdate::parse_http_date(text.trim()).ok().map(DateTime::from)
}

/// The time in this text: ISO 8601, or like `2016/02/06 12:41:52 -0600`; in a year of four digits, since neither a document
/// nor a comparison can do with another.
pub fn read_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok().or_else(|| {
        let zoned = text
            .strip_suffix("UTC")
            .map_or_else(|| text.to_owned(), |time| format!("{time}+0000"));
        FORMS
            .iter()
            .find_map(|form| DateTime::parse_from_str(&zoned, form).ok())
    });
    time.map(|time| time.to_utc())
        .filter(|time| (0..=9999).contains(&time.year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_date_is_the_same_moment() {
        let forms = [
            "2016/02/06 12:41:52 -0600",
            "2016/02/06 18:41:52 +0000",
            "2016-02-06 12:41:52 -0600",
            "2016-02-06T18:41:52Z",
            "2016-02-06T18:41:52.000Z",
            "2016-02-06T12:41:52-06:00",
            "2016-02-06T12:41:52-0600",
            "2016-02-06 18:41:52 UTC",
        ];
        for form in forms {
            assert_eq!(
                read_time(form).map(|time| time.to_rfc3339()).as_deref(),
                Some("2016-02-06T18:41:52+00:00"),
                "{form}"
            );
        }
    }

    #[test]
    fn what_has_no_zone_or_is_no_time_is_none() {
        for text in [
            "never",
            "",
            "12:41:52",
            "2016-02-31T18:41:52Z",
            "2016/02/06 12:41:52",
            "2016-02-06T12:41:52",
            "2016-02-06",
            "+12016-02-06T18:41:52Z",
            "-0001-02-06T18:41:52Z",
        ] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }
}
