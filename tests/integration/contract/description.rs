//! The descriptions themselves: they can be told from wrong ones, and ours is about what the sandbox does.

use crate::openapi::{Answer, Description, Request};

use super::usage::{content_digest, gzip, small};

fn headers(body: &[u8]) -> Vec<(String, String)> {
    [
        ("content-type", "application/json".to_owned()),
        ("content-encoding", "gzip".to_owned()),
        ("content-length", body.len().to_string()),
        ("content-digest", content_digest(body)),
        ("idempotency-key", "key".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn check_upload(document: &str, change: impl FnOnce(&mut Vec<(String, String)>)) -> Vec<String> {
    let body = gzip(document.as_bytes());
    let mut headers = headers(&body);
    change(&mut headers);
    Description::connect().check_request(&Request {
        method: "POST",
        target: "/enterprises/octo-corp/license-usage",
        headers: &headers,
        body: &body,
    })
}

#[test]
fn a_right_upload_fits_our_description() {
    assert_eq!(check_upload(&small(), |_| {}), Vec::<String>::new());
}

#[test]
fn a_wrong_upload_does_not() {
    let login = small().replacen("\"id\":1,", "\"id\":1,\"login\":\"mona\",", 1);
    assert!(check_upload(&login, |_| {})[0].contains("login"));
    let key = |headers: &mut Vec<(String, String)>| headers.retain(|(name, _)| name != "idempotency-key");
    assert_eq!(check_upload(&small(), key), ["parameter Idempotency-Key is missing"]);
    let digest = |headers: &mut Vec<(String, String)>| headers[3].1 = "sha-256=:short:".to_owned();
    assert_eq!(check_upload(&small(), digest).len(), 1);
    let media_type = |headers: &mut Vec<(String, String)>| headers[0].1 = "text/plain".to_owned();
    assert_eq!(check_upload(&small(), media_type).len(), 1);
}

#[test]
fn every_fault_that_can_be_written_is_described() {
    use ghe_license_sync::explain::Explain as _;
    use ghe_license_sync::sandbox::{InjectedFault, Point};

    let text = include_str!("../../../docs/connect-api.yaml");
    let help = "upload:flood".parse::<InjectedFault>().unwrap_err().help().unwrap();
    let (_, kinds) = help.split_once("(with Retry-After), ").unwrap();
    let kinds: Vec<_> = kinds.split(", ").flat_map(|kinds| kinds.split(" and ")).collect();
    assert!(kinds.len() > 8, "{kinds:?}");
    let points = Point::ALL.iter().map(|(word, _)| *word);
    for word in points.chain(kinds) {
        assert!(text.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn a_request_that_github_does_not_know_is_reported() {
    let check = |target: &str| {
        Description::github_cloud().check_request(&Request {
            method: "GET",
            target,
            headers: &[],
            body: &[],
        })
    };
    assert!(check("/enterprises/octo-corp/consumed-licenses?per_page=100&page=2").is_empty());
    assert_eq!(check("/enterprises/octo-corp/consumed-licenses?page=two").len(), 1);
    assert_eq!(check("/enterprises/octo-corp/licenses").len(), 1);
}

#[test]
fn an_answer_that_github_would_not_give_is_reported() {
    let json = [("content-type".to_owned(), "application/json".to_owned())];
    let check = |status: u16, body: &str| {
        let answer = Answer {
            status,
            headers: &json,
            body: body.as_bytes(),
        };
        Description::github_cloud().check_answer("GET", "/enterprises/octo-corp/consumed-licenses", &answer)
    };
    assert!(check(200, r#"{"total_seats_consumed":1,"users":[{"github_com_name":null}]}"#).is_empty());
    assert_eq!(check(200, r#"{"total_seats_consumed":"1"}"#).len(), 1);
    assert_eq!(check(200, r#"{"seats":1}"#).len(), 1);
    assert_eq!(check(204, "").len(), 1);
    assert!(check(401, r#"{"message":"Bad credentials"}"#).is_empty());
    assert_eq!(check(401, r#"{"error":"Bad credentials"}"#).len(), 1);
}
