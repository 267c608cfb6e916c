//! Every request that a sync makes, held against GitHub's published description and against ours.

mod recorder;

use std::sync::{Arc, Mutex};

use ghe_license_sync::clock::SystemClock;
use recorder::{Recorded, Recorder};

use crate::openapi::{Description, Request};
use crate::support::lab::Lab;

/// The headers of every REST request.
const ACCEPT: &str = "application/vnd.github+json";
const API_VERSION: &str = "2022-11-28";

/// Runs a sync whose requests go through a recorder, and expects this exit code.
async fn requests_of_a_sync(lab: &Lab, exit: i32) -> Vec<Recorded> {
    requests_of(&["sync"], lab, exit).await
}

/// The same of any command.
async fn requests_of(command: &[&str], lab: &Lab, exit: i32) -> Vec<Recorded> {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let server = Recorder::of(lab.sandbox.server_url(), Arc::clone(&requests)).await;
    let cloud = Recorder::of(lab.sandbox.cloud_url(), Arc::clone(&requests)).await;
    let flags = [
        format!("--set=server.url={}", server.url),
        format!("--set=connect.api-url={}", cloud.url),
        format!("--set=connect.uploads-url={}", cloud.url),
    ];
    let ran = lab
        .run(&[command, &flags.each_ref().map(String::as_str)].concat())
        .await;
    assert_eq!(ran.exit, Some(exit), "{ran}");
    requests.lock().unwrap().clone()
}

/// What was asked for in the words of the descriptions, like `POST /enterprises/{enterprise}/license-usage`; checked.
fn described(request: &Recorded) -> String {
    let rest = request.target.strip_prefix("/api/v3");
    let (descriptions, target) = match rest {
        Some(rest) => (vec![Description::github_server()], rest),
        None => (
            vec![Description::connect(), Description::github_cloud()],
            request.target.as_str(),
        ),
    };
    let description = descriptions
        .iter()
        .find(|it| it.find(&request.method, target).is_some());
    let description = description.unwrap_or_else(|| panic!("nobody describes {} {target}", request.method));
    let wrong = description.check_request(&Request {
        method: &request.method,
        target,
        headers: &request.headers,
        body: &request.body,
    });
    assert!(wrong.is_empty(), "{} {target}: {wrong:?}", request.method);
    assert_eq!(request.header("accept"), Some(ACCEPT));
    assert_eq!(request.header("x-github-api-version"), Some(API_VERSION));
    let who = description.find(&request.method, target).unwrap();
    format!(
        "{} {}{who} as {}",
        request.method,
        rest.map_or("", |_| "/api/v3"),
        credentials(request)
    )
}

/// The kind of credentials, by how GitHub's begin.
fn credentials(request: &Recorded) -> &'static str {
    match request.header("authorization").unwrap().split_once(' ').unwrap() {
        ("Bearer", token) if token.starts_with("eyJ") => "the App",
        ("Bearer", token) if token.starts_with("ghs_") => "the installation",
        ("Bearer", token) if token.starts_with("ghp_") => "a person",
        (scheme, _) => panic!("{scheme}"),
    }
}

/// All requests but the one for the report, which no description has.
fn all_described(requests: &[Recorded]) -> Vec<String> {
    let (report, others): (Vec<_>, Vec<_>) = requests.iter().partition(|it| it.target.starts_with("/stafftools/"));
    for report in report {
        assert_eq!(
            (report.method.as_str(), report.target.as_str()),
            ("GET", "/stafftools/reports/all_users.csv")
        );
        assert!(report.header("authorization").unwrap().starts_with("Basic "));
    }
    for request in requests {
        let agent = request.header("user-agent").unwrap();
        assert!(
            agent.starts_with(concat!("ghe-license-sync/", env!("CARGO_PKG_VERSION"))),
            "{agent}"
        );
    }
    others.into_iter().map(described).collect()
}

const FACTS: [&str; 3] = [
    "GET /api/v3/meta as a person",
    "GET /api/v3/enterprise/settings/license as a person",
    "GET /api/v3/enterprise/stats/users as a person",
];
/// Who reports under our ID, before the document is sent and after it was processed.
const STATUS: &str = "GET /enterprises/{enterprise}/license-sync-status as a person";
/// What the servers report about themselves.
const STATISTICS: &str = "GET /enterprise-installation/{enterprise_or_org}/server-statistics as a person";
/// Whether the document was processed.
const LOCATION: &str = "GET /enterprises/{enterprise}/license-usage/{id} as the installation";
const TOKEN: &str = "POST /app/installations/{installation_id}/access_tokens as the App";
const UPLOAD: &str = "POST /enterprises/{enterprise}/license-usage as the installation";

#[tokio::test]
async fn a_sync_asks_only_what_is_described_and_as_it_is_described() {
    let lab = Lab::with_faults(&["report:202"]).await;
    let requests = requests_of_a_sync(&lab, 0).await;
    assert_eq!(
        all_described(&requests),
        [&FACTS[..], &[STATUS, TOKEN, UPLOAD, LOCATION, STATUS]].concat()
    );
    assert_eq!(requests.len(), 10, "and the report, twice");
}

#[tokio::test]
async fn a_sync_that_may_not_read_the_status_leaves_it_out() {
    let lab = Lab::with_faults(&[]).await;
    let path = lab.directory.path().display().to_string();
    lab.edit_settings(
        &format!("read-token-file = \"{path}/credentials/connect-read-token\""),
        "",
    );
    let requests = requests_of_a_sync(&lab, 0).await;
    assert_eq!(
        all_described(&requests),
        [&FACTS[..], &[TOKEN, UPLOAD, LOCATION]].concat()
    );
}

#[tokio::test]
async fn a_report_asks_only_for_the_pages_of_the_list() {
    let lab = Lab::of(300, &[], Arc::new(SystemClock)).await;
    let requests = requests_of(&["report"], &lab, 0).await;
    let pages = lab.sandbox.tally().licenses.div_ceil(100);
    let page = "GET /enterprises/{enterprise}/consumed-licenses as a person".to_owned();
    assert!(pages > 1);
    assert_eq!(all_described(&requests), vec![page; usize::try_from(pages).unwrap()]);
}

#[tokio::test]
async fn a_status_of_the_cloud_asks_for_nothing_else_with_license_sync_on_or_off() {
    let lab = Lab::with_faults(&[]).await;
    for license_sync in ["true", "false"] {
        let switch = format!("--set=license-sync.enabled={license_sync}");
        // With license sync on, no run was confirmed yet.
        let exit = if license_sync == "true" { 5 } else { 0 };
        let requests = requests_of(&["status", "--cloud", &switch], &lab, exit).await;
        assert_eq!(all_described(&requests), [STATUS, STATISTICS]);
    }
}

#[tokio::test]
async fn an_explanation_asks_only_for_the_report_the_pages_of_the_list_and_what_the_cloud_knows_besides() {
    let lab = Lab::with_faults(&[]).await;
    assert_eq!(requests_of_a_sync(&lab, 0).await.len(), 9);
    let (others, described): (Vec<_>, Vec<_>) = requests_of(&["explain"], &lab, 0)
        .await
        .into_iter()
        .partition(|request| request.target == "/graphql" || request.target.starts_with("/scim/"));
    assert_eq!(
        all_described(&described),
        ["GET /enterprises/{enterprise}/consumed-licenses as a person", STATUS]
    );
    assert_eq!(described.len(), 3, "and the report");
    // The queries are held against the published schema by .ci/graphql.
    let said = others.iter().map(|request| {
        assert_eq!(credentials(request), "a person");
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let query = body["query"].as_str().and_then(|query| query.split(['(', ' ']).nth(1));
        format!("{} {} {}", request.method, request.target, query.unwrap_or_default())
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"), @"
    POST /graphql Domains
    POST /graphql Servers
    POST /graphql ServerAccounts
    POST /graphql Identities
    GET /scim/v2/enterprises/octo-corp/Users?startIndex=1&count=100
    ");
}

#[tokio::test]
async fn a_sync_whose_installation_is_not_found_asks_who_the_app_is() {
    let lab = Lab::with_faults(&["token:404"]).await;
    let requests = requests_of_a_sync(&lab, 77).await;
    assert_eq!(
        all_described(&requests),
        [&FACTS[..], &[STATUS, TOKEN, "GET /app as the App"]].concat()
    );
}

#[tokio::test]
async fn every_attempt_sends_the_same_bytes_under_the_same_key() {
    let lab = Lab::with_faults(&["upload:503", "upload:cut", "upload:reset"]).await;
    let mut uploads = requests_of_a_sync(&lab, 0).await;
    uploads.retain(|request| request.method == "POST" && request.target.ends_with("/license-usage"));
    assert_eq!(uploads.len(), 4);
    for upload in &uploads {
        assert_eq!(described(upload), UPLOAD);
        assert_eq!(upload.body, uploads[0].body);
        for header in ["idempotency-key", "content-digest", "content-length"] {
            assert_eq!(upload.header(header), uploads[0].header(header), "{header}");
        }
    }
}

#[tokio::test]
async fn scim_takes_only_what_is_described_but_for_its_address_without_an_enterprise() {
    let lab = Lab::with_faults(&["provisioned:404"]).await;
    lab.edit_settings(
        "[server.source.report]\nusername = \"license-bot\"",
        "[server.source.scim]\nenterprise = \"octo-corp\"",
    );
    let requests = requests_of_a_sync(&lab, 0).await.into_iter();
    // GitHub's page says to leave the enterprise out on a server; its description has it for every product.
    let (own, others): (Vec<_>, Vec<_>) =
        requests.partition(|it| it.target == "/api/v3/scim/v2/Users?startIndex=1&count=100");
    assert_eq!(own.len(), 1);
    let of_scim = [
        "GET /api/v3/scim/v2/enterprises/{enterprise}/Users as a person",
        "GET /api/v3/users as a person",
        "GET /api/v3/users/{username} as a person",
    ];
    assert_eq!(
        all_described(&others),
        [&FACTS[..], &of_scim, &[STATUS, TOKEN, UPLOAD, LOCATION, STATUS]].concat()
    );
}

#[tokio::test]
async fn a_sync_with_products_asks_for_every_page_of_the_three_lists_before_the_report() {
    let lab = Lab::with_faults(&[]).await;
    let requests = requests_of(&["sync", "--set=server.enterprise=octo-corp"], &lab, 0).await;
    let pages = ["GET /api/v3/enterprises/{enterprise}/settings/billing/advanced-security as a person"; 9];
    assert_eq!(
        all_described(&requests),
        [&FACTS[..], &pages, &[STATUS, TOKEN, UPLOAD, LOCATION, STATUS]].concat()
    );
    assert!(requests[12].target.starts_with("/stafftools/"));
}
