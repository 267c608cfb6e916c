//! What an operator reads for every kind of failure on the way to the cloud.

use insta::assert_snapshot;

use super::{Watched, without_read_token};
use crate::support::family::Family;
use crate::support::reverse_proxy::{Act, ReverseProxy};

/// What a run with these faults tells.
async fn told(faults: &[&str]) -> String {
    let site = Watched::with_faults(faults).await;
    site.failing_sync(&["license-sync.confirm-timeout=1s"]).await
}

#[tokio::test]
async fn each_failure_reports_the_state_of_the_document_its_cause_and_what_to_do() {
    let mut family = Family::default();
    family.row("a failing cloud", told(&["upload:503@3600*1"]).await);
    // What follows says nothing about the attempt before.
    family.row("a reset, then a 404", told(&["upload:reset*1", "upload:404*1"]).await);
    family.row("a reset, then a 422", told(&["upload:reset*1", "upload:422*1"]).await);
    let site = Watched::with_faults(&[]).await;
    let door = ReverseProxy::to(site.lab.sandbox.cloud_url(), |_| {
        let answer = "HTTP/1.1 202 Accepted\r\nLocation: https://elsewhere.example.com/1\r\nContent-Type: application/json\r\n\
            Content-Length: 11\r\n\r\n{\"id\":\"u1\"}";
        Act::Answer(answer.as_bytes().to_vec())
    })
    .await;
    let uploads = format!("connect.uploads-url={}", door.url);
    let said = site.failing_sync(&[&uploads]).await;
    family.row("a location elsewhere", said);
    let said = told(&["upload:429@3600*1"]).await;
    family.row("a rate limit is reported with the time of the next attempt", said);
    family.row("refused credentials", told(&["upload:401*always"]).await);
    family.row("a missing permission", told(&["upload:403*always"]).await);
    let said = told(&["upload:404*always"]).await;
    family.row("an account or a path that is not there", said);
    family.row("a proxy in the way", told(&["upload:407*always"]).await);
    family.row("a no to the document", told(&["upload:422*1"]).await);
    family.row("a document that is too large", told(&["upload:413*1"]).await);
    family.row("a page", told(&["upload:html*1"]).await);
    family.row("a redirect", told(&["upload:302*1"]).await);
    family.row("a page instead of a token", told(&["token:html*1"]).await);
    family.row("a rate limit before the token", told(&["token:429@3600*1"]).await);
    family.row("no permission for a token", told(&["token:403*always"]).await);
    let said = told(&["location:pending*always"]).await;
    family.row("a cloud that does not confirm", said);
    family.row("a confirmation that fails", told(&["location:503*always"]).await);
    family.row("one that is not found", told(&["location:404*always"]).await);
    family.row("one that is cut", told(&["location:cut*always"]).await);
    let site = Watched::with_faults(&["location:html*1"]).await;
    without_read_token(&site.lab);
    family.row("an answer about the upload that is none", site.failing_sync(&[]).await);
    let said = told(&["location:failure*2"]).await;
    family.row("a cloud that could not process the document", said);
    let said = told(&["location:failure*1", "status:failure*always"]).await;
    family.row("a cloud that lists why it could not process the document", said);
    // The cloud lists what is wrong, beside texts of its own.
    let site = Watched::with_faults(&[]).await;
    let body = r#"{"message":"no mona@example.com","errors":[
        {"resource":"LicenseUsage","field":"totals.consumed","code":"invalid","message":"mona@example.com"},
        {"resource":"LicenseUsage","field":"hostname","code":"missing_field","message":"hubot"},
        {"resource":"LicenseUsage","field":"mona@example.com","code":"invalid","message":"hubot"}]}"#;
    let answer = format!(
        "HTTP/1.1 422 No\r\nX-GitHub-Request-Id: 0A1B:2C\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let door = ReverseProxy::to(site.lab.sandbox.cloud_url(), move |_| {
        Act::Answer(answer.clone().into_bytes())
    })
    .await;
    let uploads = format!("connect.uploads-url={}", door.url);
    let text = site
        .failing_sync(&[&uploads])
        .await
        .replace(door.url.as_str(), "http://HOST/");
    family.row("a no to the document is reported with the members that it names", text);
    let detail = site.lab.last_run().await.detail.unwrap();
    assert!(
        detail.contains("`totals.consumed` is invalid"),
        "the history tells it: {detail}"
    );
    assert_snapshot!(family, @"
    a failing cloud: [1] cause: the upload was answered with status 503 (POST http://HOST/enterprises/octo-corp/license-usage) [2]
      reason: server-error, exit 75
    a reset, then a 404: [1] [3] [4]
    a reset, then a 422: error: the cloud rejected the license usage; it may have taken it in an earlier attempt [5] [6]
    a location elsewhere: [1] cause: the cloud named a `Location` at another host or port (https://elsewhere.example.com); no token is sent there [7]
    a rate limit is reported with the time of the next attempt: [8] cause: the upload was answered with status 429 (POST http://HOST/enterprises/octo-corp/license-usage) [9]
    refused credentials: [8] cause: the upload was answered with status 401 (POST http://HOST/enterprises/octo-corp/license-usage)
      help: check that the App is installed on the account and was not suspended
      reason: credentials-refused, exit 77
    a missing permission: [8] cause: the upload was answered with status 403 (POST http://HOST/enterprises/octo-corp/license-usage) [4]
    an account or a path that is not there: [8] [3] [4]
    a proxy in the way: [8] cause: the upload was answered with status 407 (POST http://HOST/enterprises/octo-corp/license-usage)
      help: check `connect.proxy` and `connect.proxy-credentials-file`
      reason: proxy-refused, exit 69
    a no to the document: [10] [5] [6]
    a document that is too large: [10] cause: the upload was answered with status 413 (POST http://HOST/enterprises/octo-corp/license-usage)
      help: the account admits less than this list; ask the owner of the account
      reason: payload-too-large, exit 65
    a page: [1] cause: the upload was answered with status 200 (POST http://HOST/enterprises/octo-corp/license-usage) [7]
    a redirect: [1] cause: the upload was answered with status 302 (POST http://HOST/enterprises/octo-corp/license-usage) [7]
    a page instead of a token: [8] cause: asking for an installation token was answered with status 200 (POST http://CLOUD/app/installations/6872025/access_tokens) [7]
    a rate limit before the token: [8] cause: asking for an installation token was answered with status 429 (POST http://CLOUD/app/installations/6872025/access_tokens) [9]
    no permission for a token: [8] cause: asking for an installation token was answered with status 403 (POST http://CLOUD/app/installations/6872025/access_tokens) [4]
    a cloud that does not confirm: [11] help: polling continues; `ghe-license-sync sync` polls at once, before it makes a new list [12]
    a confirmation that fails: [11] cause: reading the state of the upload was answered with status 503 (GET http://CLOUD/enterprises/octo-corp/license-usage/usage-1) [2] [12]
    one that is not found: [13] cause: reading the state of the upload was answered with status 404 (GET http://CLOUD/enterprises/octo-corp/license-usage/usage-1) [4]
    one that is cut: [11] cause: reading the state of the upload failed
      cause: GET http://CLOUD/enterprises/octo-corp/license-usage/usage-1 failed: the answer ended before it was complete
      help: if it happens again, check what is in between: proxy, firewall, load balancer [12]
    an answer about the upload that is none: [13] cause: the answer to reading the state of the upload cannot be understood
      cause: it is not JSON (line 1, column 1) [7]
    a cloud that could not process the document: error: the cloud accepted the license usage and failed to process it; nothing changed there [14] [6]
    a cloud that lists why it could not process the document: error: the cloud accepted the license usage and failed to process it (The license usage could not be processed); nothing changed there [14] [6]
    a no to the document is reported with the members that it names: [10] cause: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage, request 0A1B:2C): `totals.consumed` is invalid, `hostname` is missing, an unnamed member is invalid
      help: the cloud's answer is final for this document; ask the account's support, and quote the request 0A1B:2C [6]
    [1] error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync sync` sends it at once
    [2] help: nothing to do if it passes; see githubstatus.com if it does not
    [3] cause: the upload was answered with status 404 (POST http://HOST/enterprises/octo-corp/license-usage)
    [4] help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
        reason: permission-missing, exit 77
    [5] cause: the upload was answered with status 422 (POST http://HOST/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
        help: the cloud's answer is final for this document; ask the account's support
    [6] reason: rejected, exit 65
    [7] help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
        reason: malformed-answer, exit 69
    [8] error: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync sync` tries at once
    [9] help: nothing to do: it is tried again when the limit is over
        reason: rate-limited, exit 75
    [10] error: the cloud rejected the license usage; nothing changed there
    [11] error: the cloud accepted the license usage and has not confirmed it within 1s
    [12] reason: unconfirmed, exit 75
    [13] error: the cloud accepted the license usage and could not be asked whether it processed it
    [14] help: look at the account's Licensing page; run `ghe-license-sync sync` again to send today's list
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
