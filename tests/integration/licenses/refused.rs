//! Answers that end the reading, and what each of them says.

use ghe_license_sync::connect::LicenseReader;
use ghe_license_sync::settings::{Environment, Network};
use insta::assert_snapshot;

use super::{HASTE, LIST, TOKEN, member, page, read, watch};
use crate::support::counter::Counter;
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

/// What reading says about a server that gives the same answer to everything.
async fn failure_of(answer: impl Fn() -> Reply + Send + Sync + 'static) -> String {
    let server = Loopback::serve(move |_| answer()).await;
    let text = render(&read(&server).await.unwrap_err(), &server.url);
    assert!(!text.contains(TOKEN) && !text.contains("mona"), "{text}");
    text
}

#[tokio::test]
async fn each_answer_that_ends_the_reading_is_reported_and_not_quoted() {
    let mut family = Family::default();
    let answer = || Reply::answer(404, "X-GitHub-Request-Id: A:1\r\n", br#"{"message":"Not Found mona"}"#);
    let said = failure_of(answer).await;
    family.row("a list that is not found may be one that is too large", said);
    family.row("a refused token", failure_of(|| Reply::answer(401, "", b"{}")).await);
    let said = failure_of(|| Reply::answer(403, "", b"{}")).await;
    family.row("a missing permission", said);
    family.row("no JSON", failure_of(|| Reply::answer(200, "", b"<html>mona")).await);
    let said = failure_of(|| Reply::answer(200, "", br#"{"total_seats_consumed":1}"#)).await;
    family.row("no users", said);
    let said = failure_of(|| Reply::answer(200, "", br#"{"users":"mona"}"#)).await;
    family.row("users of another kind", said);
    let said = failure_of(|| page(&[member("mona")], 2, Some(LIST))).await;
    family.row("a list that leads back to a page does not end", said);
    let server = Loopback::serve(|_| Reply::answer(502, "", b"")).await;
    let said = render(&read(&server).await.unwrap_err(), &server.url);
    family.row("an error of the first page is reported at once", said);
    assert_eq!(server.requests().len(), 1);
    assert_snapshot!(family, @"
    a list that is not found may be one that is too large: error: reading the consumed licenses was answered with status 404 (GET http://HOST/enterprises/octo-corp/consumed-licenses, request A:1)
      help: either the token may not read this enterprise, or the enterprise is so large that the cloud does not list it: check `connect.enterprise`, that `connect-read-token` is a personal access token (classic) with `read:enterprise`, and that its owner is an owner of the enterprise; if all that is right, ask the account's support [1]
    a refused token: error: reading the consumed licenses was answered with status 401 (GET http://HOST/enterprises/octo-corp/consumed-licenses)
      help: replace the credential `connect-read-token`: a personal access token (classic) with `read:enterprise`, of an owner of the enterprise
      reason: credentials-refused, exit 77
    a missing permission: error: reading the consumed licenses was answered with status 403 (GET http://HOST/enterprises/octo-corp/consumed-licenses)
      help: check `connect.enterprise`, and that `connect-read-token` is a personal access token (classic) with `read:enterprise`, of an owner of the enterprise; the account's IP allow list must contain this machine [1]
    no JSON: [2] cause: it is not JSON (line 1, column 1) [3] [4]
    no users: [2] cause: `users` is missing (line 1, column 26) [3] [4]
    users of another kind: [2] cause: `users` is not of the expected kind (line 1, column 15) [3] [4]
    a list that leads back to a page does not end: error: reading the consumed licenses did not come to an end after 1 page
      help: something other than the cloud may be answering; check `connect.api-url` and the proxy [4]
    an error of the first page is reported at once: error: reading the consumed licenses was answered with status 502 (GET http://HOST/enterprises/octo-corp/consumed-licenses)
      help: run the command again; see githubstatus.com if it happens again
      reason: server-error, exit 69
    [1] reason: permission-missing, exit 77
    [2] error: the answer to reading the consumed licenses cannot be understood
    [3] help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    [4] reason: malformed-answer, exit 69
    ");
}

#[tokio::test]
async fn a_next_page_at_another_address_gets_no_token() {
    let elsewhere = Counter::listen().await;
    let host = elsewhere.url.clone();
    let other_path = "/user/emails?page=2";
    for next in [
        format!("{host}{}", &LIST[1..]),
        other_path.to_owned(),
        "//mona:secret@".to_owned(),
    ] {
        let server = Loopback::serve(move |_| page(&[member("mona")], 2, Some(&next))).await;
        let error = read(&server).await.unwrap_err();
        let text = render(&error, &server.url).replace(&host, "http://ELSEWHERE/");
        assert_eq!(server.requests().len(), 1, "{text}");
        assert!(text.contains("no token is sent there"), "{text}");
    }
    let server = Loopback::serve(move |_| page(&[member("mona")], 2, Some(other_path))).await;
    assert_snapshot!(render(&read(&server).await.unwrap_err(), &server.url), @"
    error: reading the consumed licenses failed: the cloud named a next page that is not of this list, at http://HOST; no token is sent there
    help: something other than the cloud may be answering; check `connect.api-url` and the proxy
    reason: malformed-answer, exit 69
    ");
    assert_eq!(elsewhere.connections().await, 0);
}

#[tokio::test]
async fn without_a_token_nothing_is_connected_to() {
    let counter = Counter::listen().await;
    let url = counter.url.parse().unwrap();
    let watch = watch(&url, Network::default());
    let missing = LicenseReader::new(&watch, HASTE, &Environment::default());
    let error = missing.err().unwrap();
    assert_snapshot!(render(&error, &url), @"
    error: the credential `connect-read-token` is not there
    help: give it as the systemd credential `connect-read-token` (LoadCredential=), or name a file of mode 0600 in `connect.read-token-file`, or set READ_TOKEN
    reason: credentials-missing, exit 77
    ");
    assert_eq!(counter.connections().await, 0);
}
