//! The age of the report in the server's response: it may be cached, and no page says for how long.
//!
//! Only times of the server are compared, since its clock may differ from ours.

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{AGE, DATE, HeaderMap, HeaderName, LAST_MODIFIED};

use crate::license::ReportAge;
use crate::transport::header_date;

/// The age of an answer with these headers, if it is `now` on the server.
pub(super) fn read(headers: &HeaderMap, now: Option<DateTime<Utc>>) -> Option<ReportAge> {
    let now = now?;
    let since = |name: HeaderName| Some(now - header_date(headers, name)?);
    let in_a_cache = headers
        .get(AGE)
        .and_then(|age| age.to_str().ok()?.trim().parse::<u32>().ok());
    let in_a_cache = in_a_cache.map(|seconds| TimeDelta::seconds(seconds.into()));
    let ages = [since(DATE), since(LAST_MODIFIED), in_a_cache];
    let age = ages.into_iter().flatten().max()?.max(TimeDelta::zero());
    Some(ReportAge {
        made_at: now - age,
        age_seconds: age.num_seconds().unsigned_abs(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EARLY: &str = "Mon, 02 Nov 2026 03:00:00 GMT";
    const LATE: &str = "Mon, 02 Nov 2026 06:00:00 GMT";

    /// The age at [`LATE`], in hours.
    fn age(headers: &[(&'static str, &str)]) -> Option<u64> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let age = read(&headers.collect(), "2026-11-02T06:00:00Z".parse().ok())?;
        let seconds = i64::try_from(age.age_seconds).unwrap();
        assert_eq!(age.made_at.timestamp() + seconds, 1_793_599_200);
        Some(age.age_seconds / 3600)
    }

    #[test]
    fn the_oldest_of_what_the_headers_tell_is_the_age() {
        assert_eq!(age(&[("date", LATE)]), Some(0));
        assert_eq!(age(&[("date", LATE), ("last-modified", EARLY)]), Some(3));
        assert_eq!(age(&[("date", EARLY)]), Some(3), "a cache keeps the date");
        assert_eq!(age(&[("date", LATE), ("age", "7200")]), Some(2));
        assert_eq!(
            age(&[("date", EARLY), ("age", "7200"), ("last-modified", LATE)]),
            Some(3)
        );
    }

    #[test]
    fn a_report_of_the_future_is_a_new_one_and_what_cannot_be_read_tells_nothing() {
        assert_eq!(
            age(&[("date", LATE), ("last-modified", "Tue, 03 Nov 2026 03:00:00 GMT")]),
            Some(0)
        );
        assert_eq!(age(&[("last-modified", "yesterday"), ("age", "-1")]), None);
        assert_eq!(age(&[("age", "99999999999")]), None);
        assert_eq!(read(&HeaderMap::new(), None), None);
    }
}
