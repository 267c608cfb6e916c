//! What an operator reads for every kind of failure on the way to the cloud.

use insta::assert_snapshot;

use super::{Watched, without_read_token};
use crate::support::door::{Act, Door};

/// What a run with these faults tells.
async fn told(faults: &[&str]) -> String {
    let site = Watched::with_faults(faults).await;
    site.failing_sync(&["license-sync.confirm-timeout=1s"]).await
}

#[tokio::test]
async fn a_failing_cloud_is_reported() {
    assert_snapshot!(told(&["upload:503@3600*1"]).await, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the upload was answered with status 503 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: nothing to do if it passes; see githubstatus.com if it does not
    reason: server-error, exit 75
    ");
}

/// What follows says nothing about the attempt before.
#[tokio::test]
async fn a_document_that_may_have_arrived_is_not_called_undelivered_whatever_is_answered_next() {
    assert_snapshot!(told(&["upload:reset*1", "upload:404*1"]).await, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the upload was answered with status 404 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
    reason: permission-missing, exit 77
    ");
    assert_snapshot!(told(&["upload:reset*1", "upload:422*1"]).await, @"
    error: the cloud rejected the license usage; it may have taken it in an earlier attempt
    cause: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
    help: the cloud's answer is final for this document; ask the account's support
    reason: rejected, exit 65
    ");
}

/// The sandbox takes what it does not answer.
#[tokio::test]
async fn a_document_that_was_taken_without_an_answer_is_not_called_undelivered() {
    let site = Watched::with_faults(&["upload:cut*always"]).await;
    let text = site.failing_sync(&[]).await;
    assert_eq!(site.lab.sandbox.uploads().len(), 1);
    assert_snapshot!(text.lines().next().unwrap(), @"error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once");
}

#[tokio::test]
async fn a_document_that_was_accepted_with_a_location_elsewhere_is_not_called_undelivered() {
    let site = Watched::with_faults(&[]).await;
    let door = Door::to(site.lab.sandbox.cloud_url(), |_| {
        let answer = "HTTP/1.1 202 Accepted\r\nLocation: https://elsewhere.example.com/1\r\nContent-Type: application/json\r\n\
            Content-Length: 11\r\n\r\n{\"id\":\"u1\"}";
        Act::Answer(answer.as_bytes().to_vec())
    })
    .await;
    let uploads = format!("connect.uploads-url={}", door.url);
    assert_snapshot!(site.failing_sync(&[&uploads]).await, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the cloud named a `Location` at another host or port (https://elsewhere.example.com); no token is sent there
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    ");
}

#[tokio::test]
async fn a_rate_limit_is_reported_with_the_time_of_the_next_attempt() {
    assert_snapshot!(told(&["upload:429@3600*1"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: the upload was answered with status 429 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: nothing to do: it is tried again when the limit is over
    reason: rate-limited, exit 75
    ");
}

#[tokio::test]
async fn refused_credentials_are_reported() {
    assert_snapshot!(told(&["upload:401*always"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: the upload was answered with status 401 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: check that the App is installed on the account and was not suspended
    reason: credentials-refused, exit 77
    ");
}

#[tokio::test]
async fn a_missing_permission_is_reported() {
    assert_snapshot!(told(&["upload:403*always"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: the upload was answered with status 403 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
    reason: permission-missing, exit 77
    ");
}

#[tokio::test]
async fn an_account_or_a_path_that_is_not_there_is_reported() {
    assert_snapshot!(told(&["upload:404*always"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: the upload was answered with status 404 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
    reason: permission-missing, exit 77
    ");
}

#[tokio::test]
async fn a_proxy_in_the_way_is_reported() {
    assert_snapshot!(told(&["upload:407*always"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: the upload was answered with status 407 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: check `connect.proxy` and `connect.proxy-credentials-file`
    reason: proxy-refused, exit 69
    ");
}

#[tokio::test]
async fn a_no_to_the_document_is_reported() {
    assert_snapshot!(told(&["upload:422*1"]).await, @"
    error: the cloud rejected the license usage; nothing changed there
    cause: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
    help: the cloud's answer is final for this document; ask the account's support
    reason: rejected, exit 65
    ");
}

#[tokio::test]
async fn a_document_that_is_too_large_is_reported() {
    assert_snapshot!(told(&["upload:413*1"]).await, @r#"
    error: the cloud rejected the license usage; nothing changed there
    cause: the upload was answered with status 413 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: the account admits less than this list; ask the owner of the account
    reason: payload-too-large, exit 65
    "#);
}

#[tokio::test]
async fn an_answer_of_something_else_is_reported() {
    assert_snapshot!(told(&["upload:html*1"]).await, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the upload was answered with status 200 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    ");
    assert_snapshot!(told(&["upload:302*1"]).await, @"
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    cause: the upload was answered with status 302 (POST http://HOST/enterprises/octo-corp/license-usage)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    ");
}

#[tokio::test]
async fn a_failure_before_the_upload_names_its_step() {
    assert_snapshot!(told(&["token:html*1"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: asking for an installation token was answered with status 200 (POST http://CLOUD/app/installations/6872025/access_tokens)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    ");
    assert_snapshot!(told(&["token:429@3600*1"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: asking for an installation token was answered with status 429 (POST http://CLOUD/app/installations/6872025/access_tokens)
    help: nothing to do: it is tried again when the limit is over
    reason: rate-limited, exit 75
    ");
    assert_snapshot!(told(&["token:403*always"]).await, @"
    error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    cause: asking for an installation token was answered with status 403 (POST http://CLOUD/app/installations/6872025/access_tokens)
    help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
    reason: permission-missing, exit 77
    ");
}

#[tokio::test]
async fn a_cloud_that_does_not_confirm_is_reported() {
    assert_snapshot!(told(&["location:pending*always"]).await, @"
    error: the cloud accepted the license usage and has not confirmed it within 1s
    help: polling continues; `ghe-license-sync sync` polls at once, before it makes a new list
    reason: unconfirmed, exit 75
    ");
}

#[tokio::test]
async fn a_cloud_that_cannot_be_asked_for_a_confirmation_is_reported() {
    assert_snapshot!(told(&["location:503*always"]).await, @"
    error: the cloud accepted the license usage and has not confirmed it within 1s
    cause: reading the state of the upload was answered with status 503 (GET http://CLOUD/enterprises/octo-corp/license-usage/usage-1)
    help: nothing to do if it passes; see githubstatus.com if it does not
    reason: unconfirmed, exit 75
    ");
    assert_snapshot!(told(&["location:404*always"]).await, @"
    error: the cloud accepted the license usage and could not be asked whether it processed it
    cause: reading the state of the upload was answered with status 404 (GET http://CLOUD/enterprises/octo-corp/license-usage/usage-1)
    help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
    reason: permission-missing, exit 77
    ");
    assert_snapshot!(told(&["location:cut*always"]).await, @"
    error: the cloud accepted the license usage and has not confirmed it within 1s
    cause: reading the state of the upload failed
    cause: GET http://CLOUD/enterprises/octo-corp/license-usage/usage-1 failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unconfirmed, exit 75
    ");
}

#[tokio::test]
async fn an_answer_about_the_upload_that_is_none_is_reported() {
    let site = Watched::with_faults(&["location:html*1"]).await;
    without_read_token(&site.lab);
    assert_snapshot!(site.failing_sync(&[]).await, @"
    error: the cloud accepted the license usage and could not be asked whether it processed it
    cause: the answer to reading the state of the upload cannot be understood
    cause: it is not JSON (line 1, column 1)
    help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
    reason: malformed-answer, exit 69
    ");
}

#[tokio::test]
async fn a_cloud_that_could_not_process_the_document_is_reported() {
    assert_snapshot!(told(&["location:failure*2"]).await, @"
    error: the cloud accepted the license usage and failed to process it; nothing changed there
    help: look at the account's Licensing page; run `ghe-license-sync sync` again to send today's list
    reason: rejected, exit 65
    ");
}

#[tokio::test]
async fn a_cloud_that_lists_why_it_could_not_process_the_document_is_reported() {
    assert_snapshot!(told(&["location:failure*1", "status:failure*always"]).await, @"
    error: the cloud accepted the license usage and failed to process it (The license usage could not be processed); nothing changed there
    help: look at the account's Licensing page; run `ghe-license-sync sync` again to send today's list
    reason: rejected, exit 65
    ");
}

/// The cloud lists what is wrong, beside texts of its own.
#[tokio::test]
async fn a_no_to_the_document_is_reported_with_the_members_that_it_names() {
    let site = Watched::with_faults(&[]).await;
    let body = r#"{"message":"no mona@example.com","errors":[
        {"resource":"LicenseUsage","field":"totals.consumed","code":"invalid","message":"mona@example.com"},
        {"resource":"LicenseUsage","field":"hostname","code":"missing_field","message":"hubot"},
        {"resource":"LicenseUsage","field":"mona@example.com","code":"invalid","message":"hubot"}]}"#;
    let answer = format!(
        "HTTP/1.1 422 No\r\nX-GitHub-Request-Id: 0A1B:2C\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let door = Door::to(site.lab.sandbox.cloud_url(), move |_| {
        Act::Answer(answer.clone().into_bytes())
    })
    .await;
    let uploads = format!("connect.uploads-url={}", door.url);
    let text = site
        .failing_sync(&[&uploads])
        .await
        .replace(door.url.as_str(), "http://HOST/");
    assert_snapshot!(text, @"
    error: the cloud rejected the license usage; nothing changed there
    cause: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage, request 0A1B:2C): `totals.consumed` is invalid, `hostname` is missing, an unnamed member is invalid
    help: the cloud's answer is final for this document; ask the account's support, and quote the request 0A1B:2C
    reason: rejected, exit 65
    ");
    let detail = site.lab.last_run().await.detail.unwrap();
    assert!(
        detail.contains("`totals.consumed` is invalid"),
        "the history tells it: {detail}"
    );
}
