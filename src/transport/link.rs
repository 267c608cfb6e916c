//! The header `Link` (RFC 8288), by which a list names its next page.
//!
//! The caller decides whether that page may be requested.

use reqwest::header::{HeaderMap, LINK};

/// The address of the next page as it is written, if there is one.
pub fn next_page(headers: &HeaderMap) -> Option<&str> {
    let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    values
        .flat_map(links)
        .find(|(_, parameters)| leads_on(parameters))
        .map(|(target, _)| target)
}

/// Each target with the parameters that follow it.
fn links(value: &str) -> impl Iterator<Item = (&str, &str)> {
    value.split('<').skip(1).filter_map(|link| link.split_once('>'))
}

fn leads_on(parameters: &str) -> bool {
    parameters.split([';', ',']).any(|parameter| {
        let Some((name, value)) = parameter.split_once('=') else {
            return false;
        };
        let relations = value.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("rel")
            && relations
                .split_whitespace()
                .any(|relation| relation.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(values: &[&str]) -> Option<String> {
        let headers = values.iter().map(|value| (LINK, value.parse().unwrap()));
        next_page(&headers.collect()).map(str::to_owned)
    }

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        let (last, page) = (
            r#"<https://a/x?page=9>; rel="last""#,
            r#"<https://a/x?q=a,b&page=2>; rel="next""#,
        );
        let found = Some("https://a/x?q=a,b&page=2".to_owned());
        assert_eq!(next(&[&format!("{page}, {last}")]), found);
        assert_eq!(next(&[&format!("{last}, {page}")]), found);
        assert_eq!(next(&[last, page]), found);
    }

    #[test]
    fn a_relation_may_be_bare_in_capitals_or_one_of_several() {
        for rel in [
            "rel=next",
            "REL=\"Next\"",
            "title=\"x\"; rel=\"prefetch next\"",
            "rel = next",
        ] {
            assert_eq!(
                next(&[&format!("</x?page=2>; {rel}")]).as_deref(),
                Some("/x?page=2"),
                "{rel}"
            );
        }
    }

    #[test]
    fn without_a_next_page_there_is_none() {
        for value in [
            "",
            "<https://a>",
            "https://a; rel=next",
            "<https://a; rel=next",
            r#"<https://a>; rel="nextpage""#,
        ] {
            assert_eq!(next(&[value]), None, "{value}");
        }
        assert_eq!(next(&[]), None);
    }
}
