//! Answers other than the one that was asked for: statuses, wrong JSON, missing credentials.

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::settings::Environment;
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;

use super::failure;
use crate::support::enterprise::{settings, with_answer, with_report};
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

const LICENSE: &str = "/api/v3/enterprise/settings/license";
const STATS: &str = "/api/v3/enterprise/stats/users";
const META: &str = "/api/v3/meta";

async fn report_status(status: u16, headers: &'static str) -> String {
    failure(&with_report(move |_| Reply::answer(status, headers, b"not to be shown")).await).await
}

async fn fact_status(path: &'static str, status: u16, headers: &'static str) -> String {
    failure(&with_answer(path, move || Reply::answer(status, headers, b"not to be shown")).await).await
}

async fn fact_body(path: &'static str, body: &'static str) -> String {
    failure(&with_answer(path, move || Reply::answer(200, "", body.as_bytes())).await).await
}

#[tokio::test]
async fn a_refused_token_is_reported_for_the_api_and_for_the_report() {
    assert_snapshot!(fact_status(META, 401, "").await, @r#"
    error: GET http://HOST/api/v3/meta was answered with 401: the token was refused
    help: check that the server token is a classic token of this enterprise server that has not expired or been revoked
    reason: credentials-refused, exit 77
    "#);
    assert_snapshot!(report_status(401, "").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 401: the token was refused
    help: check that the server token has not expired or been revoked, and that it belongs to the account in `server.source.report.username`
    reason: credentials-refused, exit 77
    "#);
}

#[tokio::test]
async fn a_token_without_the_permission_is_reported() {
    assert_snapshot!(fact_status(LICENSE, 403, "").await, @r#"
    error: GET http://HOST/api/v3/enterprise/settings/license was answered with 403: the token may not do this
    help: the server token has to be a classic token of a site administrator, with the scope `site_admin`
    reason: permission-missing, exit 77
    "#);
    assert_snapshot!(report_status(403, "x-ratelimit-remaining: 12\r\n").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 403: the token may not do this
    help: the server token has to be a classic token of a site administrator, with the scope `site_admin`
    reason: permission-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_page_that_the_server_hides_means_a_missing_permission() {
    assert_snapshot!(fact_status(STATS, 404, "").await, @r#"
    error: GET http://HOST/api/v3/enterprise/stats/users was answered with 404: there is no such page, or the token may not see it
    help: the server token has to be a classic token of a site administrator, with the scope `site_admin`
    reason: permission-missing, exit 77
    "#);
    assert_snapshot!(report_status(404, "").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
    help: the server answers so to everybody who is not a site administrator: make the account in `server.source.report.username` one, and give the token the scope `site_admin`
    reason: permission-missing, exit 77
    "#);
}

#[tokio::test]
async fn a_host_without_the_api_is_no_enterprise_server() {
    assert_snapshot!(fact_status(META, 404, "").await, @r#"
    error: GET http://HOST/api/v3/meta was answered with 404: there is no such page, or the token may not see it
    help: check `server.url`: every enterprise server has this address
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_rate_limit_is_reported_in_all_its_forms() {
    assert_snapshot!(report_status(429, "Retry-After: 90\r\n").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 429: too many requests; it says to retry after 1m 30s
    help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
    reason: rate-limited, exit 69
    "#);
    assert_snapshot!(fact_status(LICENSE, 429, "").await, @r#"
    error: GET http://HOST/api/v3/enterprise/settings/license was answered with 429: too many requests
    help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
    reason: rate-limited, exit 69
    "#);
    assert_snapshot!(fact_status(LICENSE, 403, "x-ratelimit-remaining: 0\r\n").await, @r#"
    error: GET http://HOST/api/v3/enterprise/settings/license was answered with 403: too many requests
    help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
    reason: rate-limited, exit 69
    "#);
    assert_snapshot!(report_status(
        403,
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n"
    ).await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 403: too many requests; it says to retry after 30s
    help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
    reason: rate-limited, exit 69
    "#);
}

#[tokio::test]
async fn a_failing_server_is_reported() {
    assert_snapshot!(report_status(500, "").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 500: the server failed
    help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
    reason: server-error, exit 69
    "#);
    assert_snapshot!(fact_status(LICENSE, 503, "Retry-After: 60\r\n").await, @r#"
    error: GET http://HOST/api/v3/enterprise/settings/license was answered with 503: the server failed; it says to retry after 1m
    help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
    reason: server-error, exit 69
    "#);
}

#[tokio::test]
async fn any_other_status_is_reported() {
    assert_snapshot!(report_status(204, "").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 204: that is no answer to this question
    help: check `server.url`, and whether a proxy or a sign-on page is in front of the server
    reason: malformed-source, exit 65
    "#);
    assert_snapshot!(report_status(418, "").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 418: that is no answer to this question
    help: check `server.url`, and whether a proxy or a sign-on page is in front of the server
    reason: malformed-source, exit 65
    "#);
    assert_snapshot!(report_status(304, "").await, @r#"
    error: GET http://HOST/stafftools/reports/all_users.csv was answered with 304: that is no answer to this question
    help: check `server.url`, and whether a proxy or a sign-on page is in front of the server
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_reported() {
    assert_snapshot!(fact_body(META, "<html>\n").await, @r#"
    error: the answer of GET http://HOST/api/v3/meta cannot be understood
    cause: it is not JSON (line 1, column 1)
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    "#);
    assert_snapshot!(fact_body(STATS, "").await, @r#"
    error: the answer of GET http://HOST/api/v3/enterprise/stats/users cannot be understood
    cause: it is empty
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    "#);
    assert_snapshot!(fact_body(STATS, "[]").await, @r#"
    error: the answer of GET http://HOST/api/v3/enterprise/stats/users cannot be understood
    cause: it is a list instead of an object
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_missing_key_is_named() {
    assert_snapshot!(fact_body(STATS, r#"{"total_users":1}"#).await, @r#"
    error: the answer of GET http://HOST/api/v3/enterprise/stats/users cannot be understood
    cause: `suspended_users` is missing, a whole number was expected
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn a_value_of_another_kind_is_named_and_not_shown() {
    assert_snapshot!(fact_body(STATS, r#"{"total_users":18446744073709551615,"suspended_users":0}"#).await, @r#"
    error: the answer of GET http://HOST/api/v3/enterprise/stats/users cannot be understood
    cause: `total_users` is a number that is too large, a whole number was expected
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    "#);
    assert_snapshot!(fact_body(STATS, r#"{"total_users":-5,"suspended_users":1}"#).await, @r#"
    error: the answer of GET http://HOST/api/v3/enterprise/stats/users cannot be understood
    cause: `total_users` is a negative or fractional number, a whole number was expected
    help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_answer_beyond_its_cap_is_refused() {
    let server = with_answer(META, || Reply::answer(200, "", &vec![b' '; 2_000_000])).await;
    assert_snapshot!(failure(&server).await, @r#"
    error: the answer of http://HOST/api/v3/meta is larger than 1048576 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    "#);
}

async fn failure_with(server: &Loopback, environment: &Environment) -> String {
    match collect(&settings(server), Pace::default(), environment, &NoProgress).await {
        Ok(_) => panic!("the collection succeeded"),
        Err(error) => render(&error, &server.url),
    }
}

#[tokio::test]
async fn without_a_token_the_server_is_not_asked() {
    let server = with_report(|_| Reply::answer(500, "", b"")).await;
    assert_snapshot!(failure_with(&server, &Environment::default()).await, @r#"
    error: the enterprise server was not asked, because its token could not be read
    cause: the credential `server-token` is not there
    help: give it as the systemd credential `server-token` (LoadCredential=), or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN
    reason: credentials-missing, exit 77
    "#);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_is_several_lines_is_not_sent() {
    let server = with_report(|_| Reply::answer(500, "", b"")).await;
    let environment = [("GHE_LICENSE_SYNC_SERVER_TOKEN", "ghp_one\nghp_two")]
        .into_iter()
        .collect();
    assert_snapshot!(failure_with(&server, &environment).await, @"
    error: the enterprise server was not asked, because its token could not be read
    cause: the credential `server-token` in environment variable GHE_LICENSE_SYNC_SERVER_TOKEN is not the secret alone: it is not one word of ASCII characters
    help: write the secret into it as it was issued, and nothing else
    reason: credentials-missing, exit 77
    ");
    assert!(server.requests().is_empty());
}
