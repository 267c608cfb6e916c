//! Something in the place of the cloud that means harm.

use std::time::Duration;

use ghe_license_sync::connect::{Confirmation, ConnectError};
use ghe_license_sync::transport::Tier;
use insta::assert_snapshot;

use super::{bomb, endless, endless_chunks, on_the_way};
use crate::support::cloud::{TOKEN as GOOD_TOKEN, client, deliver, upload, with_answer};
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
async fn a_token_without_end_is_left_at_its_cap() {
    let cloud = with_answer(TOKEN, || endless_chunks(201, b" ")).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: asking for an installation token failed
    cause: the answer of http://HOST/app/installations/1234/access_tokens is larger than 4194304 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: malformed-answer, exit 69
    next: Lasting
    ");
    assert!(cloud.taken().await < 4 * 1024 * 1024 + on_the_way());
}

#[tokio::test]
async fn the_reason_of_a_refusal_without_end_is_left_at_its_cap() {
    let cloud = with_answer(TOKEN, || endless(401, "", b"<html>")).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the cloud refused the token of the App `Iv23liExample`: no reason given
    help: check that `connect.client-id` and the credential `connect-private-key` belong to the same App and that the key was not revoked
    reason: credentials-refused, exit 77
    next: Lasting
    ");
    assert!(cloud.taken().await < on_the_way());
}

#[tokio::test]
async fn the_reason_of_a_refusal_is_shown_in_part_and_cannot_steer_a_terminal() {
    let said = format!(r#"{{"message":"\u001b[2J\u202e'No'\n{}"}}"#, "x".repeat(10_000));
    let cloud = with_answer(TOKEN, move || Reply::answer(401, "", said.as_bytes())).await;
    assert_snapshot!(failure(&cloud).await, @r"
    error: the cloud refused the token of the App `Iv23liExample`: \u{1b}[2J\u{202e}'No'\u{a}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    help: check that `connect.client-id` and the credential `connect-private-key` belong to the same App and that the key was not revoked
    reason: credentials-refused, exit 77
    next: Lasting
    ");
}

#[tokio::test]
async fn a_token_that_fits_into_no_header_is_refused_and_not_shown() {
    let cloud = with_answer(TOKEN, || {
        Reply::answer(
            201,
            "",
            br#"{"token":"ghs_a\nHost: b","expires_at":"2126-11-24T04:00:00Z"}"#,
        )
    })
    .await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the answer to asking for an installation token cannot be understood
    cause: `token` is not of the expected kind (line 1, column 25)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    next: Lasting
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
async fn the_page_of_an_error_is_not_read() {
    let cloud = with_answer(UPLOAD, || endless(502, "", b"<html>")).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the upload was answered with status 502 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: nothing to do if it passes; see githubstatus.com if it does not
    reason: server-error, exit 69
    next: Passing
    ");
    assert!(cloud.taken().await < on_the_way());
}

#[tokio::test]
async fn an_acceptance_without_end_is_left_at_its_cap() {
    let cloud = with_answer(UPLOAD, || endless(202, "", b" ")).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the upload failed
    cause: the answer of http://HOST/enterprises/octo-corp/license-usage is larger than 4194304 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: malformed-answer, exit 69
    next: Lasting
    ");
    assert!(cloud.taken().await < 4 * 1024 * 1024 + on_the_way());
}

#[tokio::test]
async fn an_upload_is_not_led_on_to_another_address() {
    let other = Loopback::serve(|_| Reply::answer(202, "", br#"{"id":"1"}"#)).await;
    let location = format!("Location: {}\r\n", other.url);
    let cloud = with_answer(UPLOAD, move || Reply::answer(307, &location, b"")).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the upload was answered with status 307 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    next: Lasting
    ");
    assert!(other.requests().is_empty());
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
async fn a_location_that_is_longer_than_an_address_can_be_is_refused() {
    let location = format!("Location: /uploads/{}\r\n", "x".repeat(20_000));
    let cloud = with_answer(UPLOAD, move || Reply::answer(202, &location, br#"{"id":"1"}"#)).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the cloud accepted the upload and named no usable `Location` that says whether it is processed
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    next: Lasting
    ");
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
async fn the_number_of_a_request_is_not_shown_when_it_cannot_be_one() {
    let headers = format!("x-github-request-id: {}\r\n", "x".repeat(20_000));
    let cloud = with_answer(UPLOAD, move || Reply::answer(422, &headers, b"")).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: the cloud's answer is final for this document; ask the account's support
    reason: rejected, exit 65
    next: Final
    ");
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

#[tokio::test]
async fn a_state_that_unpacks_without_end_is_left_at_its_cap() {
    let cloud = with_answer(STATE, || bomb(200, b" ", 100)).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: reading the state of the upload failed
    cause: the answer of http://HOST/uploads/1 is larger than 4194304 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: malformed-answer, exit 69
    next: Lasting
    ");
}

#[tokio::test]
async fn a_state_that_is_deeply_nested_is_refused() {
    let nested = [&br#"{"x":"#[..], &b"[".repeat(1_000_000)].concat();
    let cloud = with_answer(STATE, move || Reply::answer(200, "", &nested)).await;
    assert_snapshot!(failure(&cloud).await, @"
    error: the answer to reading the state of the upload cannot be understood
    cause: it ends too early (line 1, column 1000005)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    next: Lasting
    ");
}

#[tokio::test]
async fn a_state_with_a_head_without_end_is_refused() {
    let cloud = with_answer(STATE, || {
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1000])
    })
    .await;
    assert_snapshot!(failure(&cloud).await, @"
    error: reading the state of the upload failed
    cause: GET http://HOST/uploads/1 failed: the head of the answer is larger than any can be
    help: something other than the expected service answers there; check `connect.api-url` and `connect.proxy`
    reason: malformed-answer, exit 69
    next: Lasting
    ");
    assert!(cloud.taken().await < on_the_way());
}
