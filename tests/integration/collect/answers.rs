//! Answers other than the one that was asked for: statuses, wrong JSON, missing credentials.

use ghe_license_sync::collect::{NoProgress, collect};
use ghe_license_sync::settings::Environment;
use ghe_license_sync::transport::Pace;
use insta::assert_snapshot;

use super::failure;
use crate::support::enterprise::{settings, with_answer, with_report};
use crate::support::family::Family;
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
async fn a_status_other_than_the_one_that_was_asked_for_is_reported() {
    let mut family = Family::default();
    family.row("a refused token, by the API", fact_status(META, 401, "").await);
    family.row("a refused token, by the report", report_status(401, "").await);
    family.row("no permission, for the API", fact_status(LICENSE, 403, "").await);
    let said = report_status(403, "x-ratelimit-remaining: 12\r\n").await;
    family.row("no permission, for the report", said);
    family.row("hidden, in the API", fact_status(STATS, 404, "").await);
    family.row("hidden, the report", report_status(404, "").await);
    let said = fact_status(META, 404, "").await;
    family.row("a host without the api is no enterprise server", said);
    family.row("429 with a wait", report_status(429, "Retry-After: 90\r\n").await);
    family.row("429", fact_status(LICENSE, 429, "").await);
    let said = fact_status(LICENSE, 403, "x-ratelimit-remaining: 0\r\n").await;
    family.row("403 without requests left", said);
    let said = report_status(
        403,
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:07 GMT\r\n",
    )
    .await;
    family.row("403 with a date", said);
    family.row("a failing server", report_status(500, "").await);
    let said = fact_status(LICENSE, 503, "Retry-After: 60\r\n").await;
    family.row("one that says when to retry", said);
    family.row("204", report_status(204, "").await);
    family.row("418", report_status(418, "").await);
    family.row("304", report_status(304, "").await);
    assert_snapshot!(family, @"
    a refused token, by the API: error: GET http://HOST/api/v3/meta was answered with 401: the token was refused
      help: check that the server token is a classic token of this enterprise server that has not expired or been revoked [1]
    a refused token, by the report: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 401: the token was refused
      help: check that the server token has not expired or been revoked, and that it belongs to the account in `server.source.report.username` [1]
    no permission, for the API: error: GET http://HOST/api/v3/enterprise/settings/license was answered with 403: the token may not do this [2] [3]
    no permission, for the report: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 403: the token may not do this [2] [3]
    hidden, in the API: error: GET http://HOST/api/v3/enterprise/stats/users was answered with 404: there is no such page, or the token may not see it [2] [3]
    hidden, the report: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 404: there is no such page, or the token may not see it
      help: the server answers so to everybody who is not a site administrator: make the account in `server.source.report.username` one, and give the token the scope `site_admin` [3]
    a host without the api is no enterprise server: error: GET http://HOST/api/v3/meta was answered with 404: there is no such page, or the token may not see it
      help: check `server.url`: every enterprise server has this address [4]
    429 with a wait: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 429: too many requests; it says to retry after 1m 30s [5]
    429: error: GET http://HOST/api/v3/enterprise/settings/license was answered with 429: too many requests [5]
    403 without requests left: error: GET http://HOST/api/v3/enterprise/settings/license was answered with 403: too many requests [5]
    403 with a date: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 403: too many requests; it says to retry after 30s [5]
    a failing server: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 500: the server failed [6]
    one that says when to retry: error: GET http://HOST/api/v3/enterprise/settings/license was answered with 503: the server failed; it says to retry after 1m [6]
    204: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 204: that is no answer to this question [7] [4]
    418: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 418: that is no answer to this question [7] [4]
    304: error: GET http://HOST/stafftools/reports/all_users.csv was answered with 304: that is no answer to this question [7] [4]
    [1] reason: credentials-refused, exit 77
    [2] help: the server token has to be a classic token of a site administrator, with the scope `site_admin`
    [3] reason: permission-missing, exit 77
    [4] reason: malformed-source, exit 65
    [5] help: nothing needs to be done unless this repeats; then raise or lift the server's rate limit for this account
        reason: rate-limited, exit 69
    [6] help: look at the server's own state and logs (or those of the proxy in front of it); it will be asked again
        reason: server-error, exit 69
    [7] help: check `server.url`, and whether a proxy or a sign-on page is in front of the server
    ");
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_reported_with_what_is_wrong_and_its_values_are_not_shown() {
    let mut family = Family::default();
    family.row("no JSON", fact_body(META, "<html>\n").await);
    family.row("nothing", fact_body(STATS, "").await);
    family.row("a list", fact_body(STATS, "[]").await);
    family.row("a missing key is named", fact_body(STATS, r#"{"total_users":1}"#).await);
    let said = fact_body(STATS, r#"{"total_users":18446744073709551615,"suspended_users":0}"#).await;
    family.row("too large a number", said);
    let said = fact_body(STATS, r#"{"total_users":-5,"suspended_users":1}"#).await;
    family.row("a negative number", said);
    let server = with_answer(META, || Reply::answer(200, "", &vec![b' '; 2_000_000])).await;
    family.row("an answer beyond its cap", failure(&server).await);
    assert_snapshot!(family, @"
    no JSON: error: the answer of GET http://HOST/api/v3/meta cannot be understood
      cause: it is not JSON (line 1, column 1) [1]
    nothing: [2] cause: it is empty [1]
    a list: [2] cause: it is a list instead of an object [1]
    a missing key is named: [2] cause: `suspended_users` is missing, a whole number was expected [1]
    too large a number: [2] cause: `total_users` is a number that is too large, a whole number was expected [1]
    a negative number: [2] cause: `total_users` is a negative or fractional number, a whole number was expected [1]
    an answer beyond its cap: error: the answer of http://HOST/api/v3/meta is larger than 1048576 bytes
      help: that is far more than this answer can be; check what answers at this address
      reason: payload-too-large, exit 65
    [1] help: check that `server.url` is a GitHub Enterprise Server and that nothing in between changes its answers
        reason: malformed-source, exit 65
    [2] error: the answer of GET http://HOST/api/v3/enterprise/stats/users cannot be understood
    ");
}

async fn failure_with(server: &Loopback, environment: &Environment) -> String {
    match collect(&settings(server), Pace::default(), environment, &NoProgress).await {
        Ok(_) => panic!("the collection succeeded"),
        Err(error) => render(&error, &server.url),
    }
}

#[tokio::test]
async fn without_a_token_that_can_be_sent_the_server_is_not_asked() {
    let mut family = Family::default();
    let server = with_report(|_| Reply::answer(500, "", b"")).await;
    let said = failure_with(&server, &Environment::default()).await;
    family.row("without a token the server is not asked", said);
    assert!(server.requests().is_empty());
    let server = with_report(|_| Reply::answer(500, "", b"")).await;
    let environment = [("GHE_LICENSE_SYNC_SERVER_TOKEN", "ghp_one\nghp_two")]
        .into_iter()
        .collect();
    let said = failure_with(&server, &environment).await;
    family.row("a token that is several lines is not sent", said);
    assert!(server.requests().is_empty());
    assert_snapshot!(family, @"
    without a token the server is not asked: [1] cause: the credential `server-token` is not there
      help: give it as the systemd credential `server-token` (LoadCredential=), or name a file of mode 0600 in `server.token-file`, or set GHE_LICENSE_SYNC_SERVER_TOKEN [2]
    a token that is several lines is not sent: [1] cause: the credential `server-token` in environment variable GHE_LICENSE_SYNC_SERVER_TOKEN is not the secret alone: it is not one word of ASCII characters
      help: write the secret into it as it was issued, and nothing else [2]
    [1] error: the enterprise server was not asked, because its token could not be read
    [2] reason: credentials-missing, exit 77
    ");
}
