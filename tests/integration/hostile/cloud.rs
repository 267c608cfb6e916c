//! Something in the place of the cloud that means harm.

use std::time::Duration;

use ghe_license_sync::connect::{Confirmation, ConnectError};
use ghe_license_sync::transport::Tier;
use insta::assert_snapshot;

use super::{bomb, endless, endless_chunks, on_the_way};
use crate::support::cloud::{TOKEN as GOOD_TOKEN, client, deliver, upload, with_answer};
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

const TOKEN: &str = "/access_tokens";
const UPLOAD: &str = "/license-usage";
const STATE: &str = "/uploads/1";

async fn failure(cloud: &Loopback) -> String {
    let error = deliver(&client(cloud)).await.unwrap_err();
    format!("{}next: {:?}", render(&error, &cloud.url), error.tier())
}

#[tokio::test]
async fn no_answer_of_the_cloud_is_read_without_end_or_shown_as_a_whole() {
    let mut family = Family::default();
    let cloud = with_answer(TOKEN, || endless_chunks(201, b" ")).await;
    family.row("a token without end is left at its cap", failure(&cloud).await);
    assert!(cloud.taken().await < 4 * 1024 * 1024 + on_the_way());
    let cloud = with_answer(TOKEN, || endless(401, "", b"<html>")).await;
    let said = failure(&cloud).await;
    family.row("the reason of a refusal without end is left at its cap", said);
    assert!(cloud.taken().await < on_the_way());
    let said = format!(r#"{{"message":"\u001b[2J\u202e'No'\n{}"}}"#, "x".repeat(10_000));
    let cloud = with_answer(TOKEN, move || Reply::answer(401, "", said.as_bytes())).await;
    let said = failure(&cloud).await;
    family.row("the reason of a refusal, in part", said);
    let cloud = with_answer(TOKEN, || {
        Reply::answer(
            201,
            "",
            br#"{"token":"ghs_a\nHost: b","expires_at":"2126-11-24T04:00:00Z"}"#,
        )
    })
    .await;
    let said = failure(&cloud).await;
    family.row("a token that fits into no header is refused and not shown", said);
    let cloud = with_answer(UPLOAD, || endless(502, "", b"<html>")).await;
    family.row("the page of an error is not read", failure(&cloud).await);
    assert!(cloud.taken().await < on_the_way());
    let cloud = with_answer(UPLOAD, || endless(202, "", b" ")).await;
    family.row("an acceptance without end is left at its cap", failure(&cloud).await);
    assert!(cloud.taken().await < 4 * 1024 * 1024 + on_the_way());
    let other = Loopback::serve(|_| Reply::answer(202, "", br#"{"id":"1"}"#)).await;
    let location = format!("Location: {}\r\n", other.url);
    let cloud = with_answer(UPLOAD, move || Reply::answer(307, &location, b"")).await;
    family.row("an upload is not led on to another address", failure(&cloud).await);
    assert!(other.requests().is_empty());
    let location = format!("Location: /uploads/{}\r\n", "x".repeat(20_000));
    let cloud = with_answer(UPLOAD, move || Reply::answer(202, &location, br#"{"id":"1"}"#)).await;
    let said = failure(&cloud).await;
    family.row("a location that is longer than an address can be", said);
    let headers = format!("x-github-request-id: {}\r\n", "x".repeat(20_000));
    let cloud = with_answer(UPLOAD, move || Reply::answer(422, &headers, b"")).await;
    let said = failure(&cloud).await;
    family.row("the number of a request is not shown when it cannot be one", said);
    let cloud = with_answer(STATE, || bomb(200, b" ", 100)).await;
    let said = failure(&cloud).await;
    family.row("a state that unpacks without end is left at its cap", said);
    let nested = [&br#"{"x":"#[..], &b"[".repeat(1_000_000)].concat();
    let cloud = with_answer(STATE, move || Reply::answer(200, "", &nested)).await;
    family.row("a state that is deeply nested", failure(&cloud).await);
    let cloud = with_answer(STATE, || {
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1000])
    })
    .await;
    family.row("a state with a head without end", failure(&cloud).await);
    assert!(cloud.taken().await < on_the_way());
    assert_snapshot!(family, @r"
    a token without end is left at its cap: error: asking for an installation token failed
      cause: the answer of http://HOST/app/installations/1234/access_tokens is larger than 4194304 bytes [1] [2] [3]
    the reason of a refusal without end is left at its cap: error: the cloud refused the token of the App `Iv23liExample`: no reason given [4] [3]
    the reason of a refusal, in part: error: the cloud refused the token of the App `Iv23liExample`: \u{1b}[2J\u{202e}'No'\u{a}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… [4] [3]
    a token that fits into no header is refused and not shown: error: the answer to asking for an installation token cannot be understood
      cause: `token` is not of the expected kind (line 1, column 25) [5] [2] [3]
    the page of an error is not read: error: the upload was answered with status 502 (POST http://HOST/enterprises/octo-corp/license-usage)
      help: nothing to do if it passes; see githubstatus.com if it does not
      reason: server-error, exit 69
      next: Passing
    an acceptance without end is left at its cap: error: the upload failed
      cause: the answer of http://HOST/enterprises/octo-corp/license-usage is larger than 4194304 bytes [1] [2] [3]
    an upload is not led on to another address: error: the upload was answered with status 307 (POST http://HOST/enterprises/octo-corp/license-usage) [5] [2] [3]
    a location that is longer than an address can be: error: the cloud accepted the upload and named no usable `Location` that says whether it is processed [5] [2] [3]
    the number of a request is not shown when it cannot be one: error: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage)
      help: the cloud's answer is final for this document; ask the account's support
      reason: rejected, exit 65
      next: Final
    a state that unpacks without end is left at its cap: [6] cause: the answer of http://HOST/uploads/1 is larger than 4194304 bytes [1] [2] [3]
    a state that is deeply nested: error: the answer to reading the state of the upload cannot be understood
      cause: it ends too early (line 1, column 1000005) [5] [2] [3]
    a state with a head without end: [6] cause: GET http://HOST/uploads/1 failed: the head of the answer is larger than any can be
      help: something other than the expected service answers there; check `connect.api-url` and `connect.proxy` [2] [3]
    [1] help: that is far more than this answer can be; check what answers at this address
    [2] reason: malformed-answer, exit 69
    [3] next: Lasting
    [4] help: check that `connect.client-id` and the credential `connect-private-key` belong to the same App and that the key was not revoked
        reason: credentials-refused, exit 77
    [5] help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    [6] error: reading the state of the upload failed
    ");
}

#[tokio::test]
async fn a_token_that_ran_out_at_the_beginning_of_time_is_replaced() {
    let cloud = with_answer(TOKEN, || {
        Reply::answer(201, "", br#"{"token":"ghs_a","expires_at":"-262143-01-01T00:00:00Z"}"#)
    })
    .await;
    let confirmation = deliver(&client(&cloud)).await.unwrap();
    assert!(matches!(confirmation, Confirmation::Success(_)), "{confirmation:?}");
    let tokens = cloud
        .requests()
        .iter()
        .filter(|request| request.path().ends_with(TOKEN))
        .count();
    assert_eq!(tokens, 2, "one for the upload, one for the question");
}

#[tokio::test]
async fn the_id_of_an_upload_is_a_short_word() {
    for id in [r"\u001b]0;title\u0007", "two words", "", &"x".repeat(256)] {
        let answer = format!(r#"{{"x":"{}","id":"{id}"}}"#, "x".repeat(256 - id.len()));
        let cloud = with_answer(UPLOAD, move || Reply::answer(202, "", answer.as_bytes())).await;
        let text = failure(&cloud).await;
        insta::allow_duplicates!(assert_snapshot!(text, @"
        error: the answer to the upload cannot be understood
        cause: `id` is not of the expected kind (line 1, column 272)
        help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
        reason: malformed-answer, exit 69
        next: Lasting
        "));
    }
}

#[tokio::test]
async fn a_location_on_another_host_or_with_credentials_is_refused() {
    for location in [
        "https://elsewhere.example.com/uploads/1",
        "http://user:word@HOST/uploads/1",
        "//elsewhere.example.com/1",
        "http://127.0.0.1:1/uploads/1",
    ] {
        let cloud = Loopback::serve(move |request| match (request.path(), request.header("host")) {
            (path, Some(host)) if path.ends_with(UPLOAD) => {
                let location = location.replace("HOST", host);
                Reply::answer(202, &format!("Location: {location}\r\n"), br#"{"id":"1"}"#)
            }
            _ => Reply::answer(201, "", GOOD_TOKEN.as_bytes()),
        })
        .await;
        let error = upload(&client(&cloud)).await.unwrap_err();
        assert!(
            matches!(error, ConnectError::ForeignLocation { .. }),
            "{location}: {error}"
        );
        assert_eq!(error.tier(), Tier::Lasting);
        let is_other_port = location.contains("127.0.0.1:1");
        assert!(
            !is_other_port
                || error
                    .to_string()
                    .contains("at another host or port (http://127.0.0.1:1);"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_wait_that_the_cloud_asks_for_is_a_day_at_most() {
    let cloud = with_answer(UPLOAD, || {
        Reply::answer(503, &format!("Retry-After: {}\r\n", u64::MAX), b"")
    })
    .await;
    let wait = upload(&client(&cloud)).await.unwrap_err().retry_after();
    assert_eq!(wait, Some(Duration::from_secs(24 * 60 * 60)));
}
