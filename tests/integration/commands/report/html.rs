//! The page with charts: what it shows, that it loads and runs nothing, and that nobody is named unless that is asked for.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::people::people;
use super::{at, counted};
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply};

const PAGE: [&str; 3] = ["report", "--format", "html"];

async fn page(lab: &Lab, arguments: &[&str]) -> String {
    let ran = lab.run(&[&PAGE, arguments].concat()).await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(0), ""), "{ran}");
    ran.stdout
}

/// What a person reads of the part with this heading, a line for each piece of text.
fn section(page: &str, heading: &str) -> String {
    let (_, rest) = page.split_once(&format!("<h2 id=\"{heading}\">")).unwrap();
    let section = rest.split("</section>").next().unwrap();
    let section: Vec<_> = section
        .split("<desc")
        .map(|part| part.split_once("</svg>").map_or(part, |it| it.1))
        .collect();
    let section = section.join(">");
    let texts = section.split('>').filter_map(|piece| piece.split('<').next());
    texts
        .filter(|text| !text.trim().is_empty())
        .map(|text| text.replace('\u{a0}', " ") + "\n")
        .collect()
}

/// A cloud with this list and no servers.
async fn cloud(list: Value) -> Loopback {
    let answer = |body: Value| {
        Reply::answer(
            200,
            "Content-Type: application/json\r\nDate: Tue, 01 Jan 2030 12:00:00 GMT\r\n",
            body.to_string().as_bytes(),
        )
    };
    Loopback::serve(move |request| match request.path().split('?').next() {
        Some("/enterprises/octo-corp/consumed-licenses") => answer(list.clone()),
        Some("/enterprises/octo-corp/license-sync-status") => answer(json!({ "server_instances": [] })),
        _ => answer(json!([])),
    })
    .await
}

#[tokio::test]
async fn a_page_shows_deployments_products_and_servers_in_counts() {
    let lab = counted().await;
    let page = page(&lab, &[]).await;
    let parts = ["seats", "deployment", "kind", "matching"].map(|part| section(&page, part));
    insta::assert_snapshot!(parts.join("\n"), @"
    Seats
    How many of the purchased seats are consumed, and how many are left until somebody should look.
    Seats consumed of those purchased
    Consumed of 98 purchased seats, with marks at 80, 90 and 95 %.
    Seats at each threshold
    Threshold
    Seats
    Until then
    80 %
    79
    16 left
    90 %
    89
    26 left
    95 %
    94
    31 left

    Licenses by deployment
    Where the user of each license has an account. A license for both is what a sync is for.
    Licenses by deployment
    Licenses by deployment
    Deployment
    Licenses
    Share
    Cloud and server
    merged: one license for both
    40
    63.5 %
    Cloud only
    9
    14.3 %
    Server only
    matched with no user of the cloud
    14
    22.2 %
    All
    63

    Licenses by product
    What each license is of, as the cloud names it.
    Licenses by product
    Licenses by product
    License type
    Licenses
    Share
    Enterprise
    61
    96.8 %
    Visual Studio
    2
    3.2 %
    All
    63

    Merged, unmatched and one too many
    A user of a server and a user of the cloud whose addresses match share one license.
    Merged
    40
    one license for cloud and server
    Unmatched
    14
    of a server, without a user on the cloud
    Freed by fixes
    –
    not examined
    What the cloud's list shows about matching
    Of all licenses
    Licenses
    On several servers
    one license for all accounts of a user
    0
    Pending invitations
    a license that nobody uses yet
    1
    No address shown
    the cloud may know one: it shows addresses of verified domains only
    2
    Causes
    The cloud's list alone does not show who is counted twice: it takes the server's list as well. 
    --explain
     reads it, and 
    --report FILE
     takes it from an all-users report that was downloaded.
    ");
    assert!(section(&page, "trend").contains("One confirmed run is recorded: 54 licenses on "));
    assert!(section(&page, "servers").starts_with("Servers\n1 server is listed; none is stale or failed.\n"));
}

#[tokio::test]
async fn a_page_names_nobody_unless_users_are_to_be_shown() {
    let lab = counted().await;
    let people = people(&lab).await;
    assert!(people.len() > 100, "{}", people.len());
    for explained in [&[][..], &["--explain"]] {
        let counts = page(&lab, explained).await;
        let named: Vec<_> = people.iter().filter(|name| counts.contains(*name)).collect();
        assert!(named.is_empty(), "{named:?}");
        let users = page(&lab, &[explained, &["--show-users"]].concat()).await;
        let missing: Vec<_> = people
            .iter()
            .filter(|name| !users.contains(&name.replace('"', "&quot;")))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}

#[tokio::test]
async fn a_page_loads_and_runs_nothing_and_its_policy_allows_its_own_style_alone() {
    let lab = counted().await;
    let page = page(&lab, &["--explain", "--show-users"]).await;
    let style = page
        .split("<style>")
        .nth(1)
        .and_then(|rest| rest.split("</style>").next())
        .unwrap();
    let digest = BASE64_STANDARD.encode(Sha256::digest(style));
    let policy = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; \
         form-action 'none'\">"
    );
    assert!(page.contains(&policy), "{}", &page[..600]);
    assert!(page.contains("<meta name=\"referrer\" content=\"no-referrer\">"));
    for loads in [
        "<script", "<img", "<link", "<iframe", "<form", " style=", " href=", " src=", " on", "url(", "@import",
    ] {
        let markup = page.split('<').map(|piece| piece.split('>').next().unwrap_or_default());
        let found: Vec<_> = markup.filter(|tag| format!("<{tag}").contains(loads)).collect();
        assert!(
            found.iter().all(|tag| tag.contains("Content-Security-Policy")),
            "{loads}: {found:?}"
        );
    }
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[tokio::test]
async fn a_name_that_is_markup_is_text_on_the_page() {
    let lab = Lab::with_faults(&[]).await;
    let hostile = "\"><script>alert('1')</script><img src=x onerror=alert(1)>\u{202e}";
    let member = json!({
        "github_com_login": hostile, "github_com_user": true, "github_com_saml_name_id": hostile,
        "enterprise_server_user_ids": [format!("{hostile}:7")], "license_type": hostile,
        "github_com_verified_domain_emails": [hostile],
    });
    let cloud = cloud(json!({ "total_seats_consumed": 1, "total_seats_purchased": 10, "users": [member] })).await;
    let page = page(&lab, &[&at(&cloud), "--show-users"]).await;
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\u{202e}'));
    assert_eq!(
        page.matches("&quot;&gt;&lt;script&gt;alert('1')&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;\\u{202e}")
            .count(),
        3
    );
}

#[tokio::test]
async fn a_page_without_an_answer_about_the_servers_says_why() {
    let lab = Lab::with_faults(&["status:503*9"]).await;
    let ran = lab.run(&PAGE).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let said = section(&ran.stdout, "servers");
    insta::assert_snapshot!(lab.plain(&said), @"
    Servers
    When the servers were last synced is not known: reading the license sync status was answered with status 503 (GET http://CLOUD/enterprises/octo-corp/license-sync-status).
    ");
}

#[tokio::test]
async fn the_causes_on_a_page_are_those_that_explain_finds() {
    let lab = counted().await;
    let explained = lab.run(&["explain", "--json"]).await.stdout;
    let explained: Value = serde_json::from_str(&explained).unwrap();
    let causes = section(&page(&lab, &["--explain"]).await, "matching");
    let frees = &explained["frees"];
    let said = format!(
        "Freed by fixes\n{}\ncertain; besides, {} likely, {} possible\n",
        frees["certain"], frees["likely"], frees["possible"]
    );
    assert!(causes.contains(&said), "{causes}");
    assert!(explained["causes"].as_array().unwrap().len() > 3);
    for cause in explained["causes"].as_array().unwrap() {
        let text = |name: &str| cause[name].as_str().unwrap();
        let row = format!(
            "{}\n{}\n{}\n{}\n{}\n",
            text("says"),
            text("fix"),
            text("fixer"),
            text("grade"),
            cause["count"]
        );
        assert!(causes.contains(&row), "{row} is not in\n{causes}");
    }
}

#[tokio::test]
async fn the_server_is_read_only_where_causes_are_asked_for_and_no_report_is_given() {
    let lab = counted().await;
    let report = lab.directory.path().join("all_users.csv");
    let accounts = "id,login,email,role,suspended?,last_logged_ip,last_active,raw_login\n\
        7,mona,mona@example.com,user,false,x,2026-01-01T00:00:00Z,idp-7\n";
    fs::write(&report, accounts).unwrap();
    let unread = "--set=server.token-file=/nonexistent/token";
    page(&lab, &[unread]).await;
    let from_report = page(&lab, &[unread, "--report", report.to_str().unwrap()]).await;
    assert!(
        section(&from_report, "matching").contains("Causes, and what a fix frees"),
        "{from_report}"
    );
    let ran = lab.run(&[&PAGE[..], &[unread, "--explain"]].concat()).await;
    assert_eq!(ran.exit, Some(77), "{ran}");
}

#[tokio::test]
async fn the_trend_has_the_counts_of_runs_that_were_deleted() {
    let lab = counted().await;
    let options = SqliteConnectOptions::new().filename(lab.directory.path().join("state/state.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let kept = "INSERT INTO deleted_run (id, api_origin, uploads_origin, account, server_id, started_at, updated_at, accounts, consumed, suspended, organizations, \
        bots, setup_users, ghosts, dormant, unmatchable, no_sign_in, server_users, server_suspended, seats_used, seats) SELECT '019ae000-0000-7000-8000-000000000001', api_origin, uploads_origin, account, server_id, \
        '2024-01-02T03:04:05.000Z', '2024-01-02T03:05:00.000Z', 60, 31, 4, 0, 1, 1, 0, 5, 1, 6, 61, 4, 52, '69' FROM run LIMIT 1";
    sqlx::query(kept).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let page = page(&lab, &[]).await;
    assert!(
        section(&page, "trend").contains("2024-01-02\n31\n69\n"),
        "{}",
        section(&page, "trend")
    );
    assert!(page.contains("<title id=\"trend-title\">Licenses from run to run</title>"));
    assert!(page.contains("From 31 licenses on 2024-01-02 to 54 on "));
}

#[tokio::test]
async fn a_page_goes_to_a_new_file_of_its_owner_and_replaces_one_only_by_force() {
    let lab = counted().await;
    let file = lab.directory.path().join("report.html");
    let output = ["--output", file.to_str().unwrap()];
    let ran = lab.run(&[&PAGE[..], &output].concat()).await;
    assert_eq!(
        (ran.exit, ran.stderr),
        (Some(0), format!("written to {}\n", file.display()))
    );
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(&file, "precious").unwrap();
    let ran = lab.run(&[&PAGE[..], &output].concat()).await;
    assert_eq!(
        (ran.exit, fs::read_to_string(&file).unwrap().as_str()),
        (Some(64), "precious")
    );
    assert_eq!(
        lab.run(&[&PAGE[..], &output, &["--force"]].concat()).await.exit,
        Some(0)
    );
    assert!(fs::read_to_string(&file).unwrap().starts_with("<!DOCTYPE html>"));
}

#[tokio::test]
async fn what_contradicts_the_page_is_reported() {
    let lab = Lab::with_faults(&[]).await;
    let mut said = Vec::new();
    for arguments in [
        &["report", "--explain"][..],
        &["report", "--format", "csv", "--report", "all_users.csv"],
        &["--json", "report", "--format", "html"],
        &[
            "report",
            "--format",
            "html",
            "--set=connect.read-token-file=/nonexistent/token",
        ],
    ] {
        said.push(format!("{}: {}", arguments.join(" "), lab.run(arguments).await));
    }
    insta::assert_snapshot!(lab.plain(&said.join("\n")), @r#"
    report --explain: exit 64, stderr:
    error: `--explain`, `--report` or `--host` was given, and causes are shown on the HTML page alone
      help: add `--format html`

    report --format csv --report all_users.csv: exit 64, stderr:
    error: `--explain`, `--report` or `--host` was given, and causes are shown on the HTML page alone
      help: add `--format html`

    --json report --format html: exit 64, stdout:
    {
      "schema": "ghe-license-sync/error/1",
      "error": "`--json` and another `--format` were given",
      "because": [],
      "details": null,
      "help": "write one of them",
      "reason": null,
      "exit_code": 64
    }
    --- stderr
    error: `--json` and another `--format` were given
      help: write one of them

    report --format html --set=connect.read-token-file=/nonexistent/token: exit 77, stderr:
    error: the consumed licenses were not reported: the credential `connect-read-token` could not be read from /nonexistent/token
      because: No such file or directory (os error 2)
      help: write the secret into /nonexistent/token (mode 0600), or correct the path in the settings
      reason: credentials-missing
    "#);
}
