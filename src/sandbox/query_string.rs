//! Reads a query as GitHub takes it: what is no number counts as not given, and of two values the last counts. And links
//! the pages of what it asks for.

use std::ops::RangeInclusive;

use axum::http::Uri;
use url::form_urlencoded::parse;

/// The value under `name`.
pub(super) fn text(uri: &Uri, name: &str) -> Option<String> {
    let pairs = parse(uri.query().unwrap_or_default().as_bytes());
    let values = pairs.filter(|(key, _)| key == name).map(|(_, value)| value);
    values.last().map(Into::into)
}

/// The number under `name`, brought into this range; nothing when none is given that is above 0.
pub(super) fn number(uri: &Uri, name: &str, range: &RangeInclusive<u64>) -> Option<u64> {
    let pairs = parse(uri.query().unwrap_or_default().as_bytes());
    let numbers = pairs
        .filter(|(key, _)| key == name)
        .filter_map(|(_, text)| text.parse().ok());
    let number: u64 = numbers.filter(|number| *number > 0).last()?;
    Some(number.clamp(*range.start(), *range.end()))
}

/// The `Link` header of one page of several; nothing when there is no other.
pub(super) fn link(address: &str, page: u64, last: u64) -> Option<String> {
    let mut links = Vec::new();
    if page > 1 {
        links.push(format!("<{address}{}>; rel=\"prev\"", (page - 1).min(last)));
    }
    if page < last {
        links.push(format!("<{address}{}>; rel=\"next\"", page + 1));
        links.push(format!("<{address}{last}>; rel=\"last\""));
    }
    if page > 1 {
        links.push(format!("<{address}1>; rel=\"first\""));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_with_the_same_number_twice_or_with_none_is_understood() {
        for (query, wanted) in [
            ("", None),
            ("?n=7", Some(7)),
            ("?n=7&n=8&other=9", Some(8)),
            ("?n=7&n=null", Some(7)),
            ("?n=-1", None),
            ("?n=0", None),
            ("?n=500", Some(100)),
            ("?n=99999999999999999999", None),
            ("?n[]=1&%00=%ff", None),
        ] {
            let uri: Uri = format!("/list{query}").parse().unwrap();
            assert_eq!(number(&uri, "n", &(1..=100)), wanted, "{query}");
        }
    }

    #[test]
    fn of_two_texts_the_last_counts() {
        for (query, wanted) in [
            ("", None),
            ("?n", Some("")),
            ("?n=a%20b&other=c", Some("a b")),
            ("?n=a&n=b", Some("b")),
        ] {
            let uri: Uri = format!("/list{query}").parse().unwrap();
            assert_eq!(text(&uri, "n").as_deref(), wanted, "{query}");
        }
    }
}
