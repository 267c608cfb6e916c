//! `status --cloud`: what the cloud lists of every server of the account.

use serde_json::{Value, json};

use super::told;
use crate::support::lab::{Lab, Ran};
use crate::support::loopback::{Loopback, Reply};

/// When the cloud answers, far from the time of this machine.
const DATE: &str = "Date: Tue, 01 Jan 2030 12:00:00 GMT\r\n";

/// An entry whose last sync was on this day of December 2029, and a success.
fn server(id: &str, hostname: &str, day: u32) -> Value {
    let date = format!("2029-12-{day:02}T12:00:00Z");
    json!({ "server_id": id, "hostname": hostname, "last_sync": { "date": date, "status": "success", "error": "" } })
}

/// The ID of this server in its settings.
fn our_id(lab: &Lab) -> String {
    let settings = std::fs::read_to_string(lab.sandbox.config_file()).unwrap();
    let settings: toml::Table = settings.parse().unwrap();
    settings["server"]["id"].as_str().unwrap().to_owned()
}

/// The status of a lab whose cloud lists these entries, while license sync is off.
async fn watched(lab: &Lab, entries: &[Value], arguments: &[&str]) -> Ran {
    watched_with(Some(json!([])), lab, entries, arguments).await
}

/// The same with these statistics, or with none.
async fn watched_with(statistics: Option<Value>, lab: &Lab, entries: &[Value], arguments: &[&str]) -> Ran {
    let list = json!({ "server_instances": entries }).to_string();
    let statistics = statistics.map(|rows| rows.to_string());
    let headers = format!("Content-Type: application/json\r\n{DATE}");
    let cloud = Loopback::serve(move |request| match (&statistics, request.path()) {
        (_, "/enterprises/octo-corp/license-sync-status") => Reply::answer(200, &headers, list.as_bytes()),
        (Some(rows), "/enterprise-installation/octo-corp/server-statistics") => {
            Reply::answer(200, &headers, rows.as_bytes())
        }
        _ => Reply::answer(404, &headers, b"{}"),
    })
    .await;
    let flags = [
        "--set=license-sync.enabled=false".to_owned(),
        format!("--set=connect.api-url={}", cloud.url),
    ];
    let flags = flags.each_ref().map(String::as_str);
    let ran = lab.run(&[&["status", "--cloud"], &flags[..], arguments].concat()).await;
    Ran {
        stdout: ran.stdout.replace(cloud.url.as_str(), "http://CLOUD/"),
        ..ran
    }
}

/// The lines about the cloud.
fn lines(ran: &Ran) -> String {
    let at = ran.stdout.find("cloud  ").unwrap_or_default();
    format!("{}exit {}", &ran.stdout[at..], ran.exit.unwrap())
}

#[tokio::test]
async fn each_server_has_a_line_and_what_a_person_has_to_look_at_comes_first() {
    let lab = Lab::with_faults(&[]).await;
    let failed = json!({
        "server_id": "c", "hostname": "ghes-3.example.com",
        "last_sync": { "date": "2029-12-31T12:00:00Z", "status": "failure", "error": "no \u{1b}[2J license for mona@example.com" },
    });
    let entries = [
        server("a", "ghes-1.example.com", 30),
        server("b", "127.0.0.1", 31),
        failed,
        server("d", "ghes-4.example.com", 24),
        json!({ "server_id": "e", "hostname": "ghes-5.example.com" }),
        json!({ "server_id": 42, "last_sync": { "date": 1_893_456_000, "status": "success" } }),
        json!({ "server_id": "g", "hostname": "ghes-7.example.com", "last_sync": { "date": "2029-12-31T12:00:00Z", "status": "pending" } }),
        json!({ "hostname": "nameless.example.com" }),
        server(&our_id(&lab), "old-name.example.com", 25),
    ];
    let ran = watched(&lab, &entries, &[]).await;
    insta::assert_snapshot!(lines(&ran).replace(&our_id(&lab), "ID"), @r"
    cloud           8 servers of the enterprise octo-corp at http://CLOUD/, 2030-01-01 12:00:00 UTC
                    failed   ghes-3.example.com (c), last sync at 2029-12-31 12:00:00 UTC, 1 day ago; the cloud says: no \u{1b}[2J license for ***
                    stale    ghes-4.example.com (d), last sync at 2029-12-24 12:00:00 UTC, 8 days ago
                    unknown  no host name (42), last sync at an unknown time; cannot be read: `last_sync.date` is a number, a time with its zone was expected
                    unknown  ghes-7.example.com (g), last sync at 2029-12-31 12:00:00 UTC, 1 day ago; the cloud calls it `pending`
                    never    ghes-5.example.com (e), no sync yet
                    fresh    127.0.0.1 (b), last sync at 2029-12-31 12:00:00 UTC, 1 day ago; ours by host name
                    fresh    ghes-1.example.com (a), last sync at 2029-12-30 12:00:00 UTC, 2 days ago
                    fresh    old-name.example.com (ID), last sync at 2029-12-25 12:00:00 UTC, 7 days ago; ours by server ID
                    note: 1 entry names no server and cannot be read
    exit 5
    ");
    assert!(!lab.directory.path().join("state").exists());
}

#[tokio::test]
async fn in_json_every_server_is_listed_with_what_is_known_of_it() {
    let lab = Lab::with_faults(&[]).await;
    let entries = [
        server("a", "ghes-1.example.com", 30),
        json!({ "server_id": "b", "hostname": 7, "last_sync": { "date": "2029-12-01T12:00:00Z" } }),
        json!({ "server_id": "c" }),
        json!(null),
    ];
    let ran = watched(&lab, &entries, &["--json"]).await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (Some(5), ""));
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    insta::assert_snapshot!(format!("{:#}", answer["cloud"]), @r#"
    {
      "answered_at": "2030-01-01T12:00:00Z",
      "api_url": "http://CLOUD/",
      "enterprise": "octo-corp",
      "servers": [
        {
          "age_seconds": 2678400,
          "built_in_sync": null,
          "error": null,
          "freshness": "stale",
          "hostname": null,
          "ours_by": null,
          "server_id": "b",
          "status": null,
          "synced_at": "2029-12-01T12:00:00Z",
          "unreadable": [
            "`hostname` is a number, a text was expected"
          ]
        },
        {
          "age_seconds": null,
          "built_in_sync": null,
          "error": null,
          "freshness": "never",
          "hostname": null,
          "ours_by": null,
          "server_id": "c",
          "status": null,
          "synced_at": null,
          "unreadable": []
        },
        {
          "age_seconds": 172800,
          "built_in_sync": null,
          "error": null,
          "freshness": "fresh",
          "hostname": "ghes-1.example.com",
          "ours_by": null,
          "server_id": "a",
          "status": "success",
          "synced_at": "2029-12-30T12:00:00Z",
          "unreadable": []
        }
      ],
      "statistics_error": null,
      "unnamed": 1
    }
    "#);
    assert_eq!(answer["health"], "disabled");
    let without: Value = serde_json::from_str(&lab.run(&["status", "--json"]).await.stdout).unwrap();
    assert!(without.get("cloud").is_none());
}

#[tokio::test]
async fn one_stale_or_failed_server_is_exit_code_5_and_no_other_is() {
    let lab = Lab::with_faults(&[]).await;
    let last = |last: Value| json!({ "server_id": "a", "last_sync": last });
    for (entry, exit) in [
        (server("a", "x", 25), 0),
        (server("a", "x", 24), 5),
        (last(json!(null)), 0),
        (last(json!({ "date": "2029-12-31T12:00:00Z", "status": "Failure" })), 5),
        (last(json!({ "date": "2029-12-31T12:00:00Z", "status": "odd" })), 0),
    ] {
        let ran = watched(&lab, std::slice::from_ref(&entry), &[]).await;
        assert_eq!(ran.exit, Some(exit), "{entry}: {ran}");
    }
    assert_eq!(watched(&lab, &[], &[]).await.exit, Some(0));
}

#[tokio::test]
async fn whether_the_built_in_sync_is_on_is_shown_where_the_cloud_says_so() {
    let lab = Lab::with_faults(&[]).await;
    let entries = [
        server("a", "ghes-1.example.com", 30),
        server("b", "ghes-2.example.com", 30),
        server("c", "ghes-3.example.com", 30),
    ];
    let row = |id: &str, hostname: &str, features: &[&str]| {
        json!({
            "server_id": id, "host_name": hostname, "collection_date": "2029-12-31T23:59:59Z",
            "github_connect": { "features_enabled": features },
        })
    };
    let rows = json!([
        row("a", "ghes-1.example.com", &["license_usage_sync", "content_analysis"]),
        row("other", "GHES-2.example.com", &[]),
    ]);
    let ran = watched_with(Some(rows.clone()), &lab, &entries, &[]).await;
    insta::assert_snapshot!(lines(&ran), @"
    cloud           3 servers of the enterprise octo-corp at http://CLOUD/, 2030-01-01 12:00:00 UTC
                    fresh    ghes-1.example.com (a), last sync at 2029-12-30 12:00:00 UTC, 2 days ago; built-in license sync on, as of 2029-12-31 23:59:59 UTC
                    fresh    ghes-2.example.com (b), last sync at 2029-12-30 12:00:00 UTC, 2 days ago; built-in license sync off, as of 2029-12-31 23:59:59 UTC
                    fresh    ghes-3.example.com (c), last sync at 2029-12-30 12:00:00 UTC, 2 days ago
    exit 0
    ");
    let ran = watched_with(Some(rows), &lab, &entries, &["--json"]).await;
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let is_on = |at: usize| &answer["cloud"]["servers"][at]["built_in_sync"]["on"];
    assert_eq!(
        [is_on(0), is_on(1), is_on(2)],
        [&json!(true), &json!(false), &json!(null)]
    );
}

#[tokio::test]
async fn statistics_that_cannot_be_read_are_one_remark() {
    let lab = Lab::with_faults(&[]).await;
    let entries = [
        server("a", "ghes-1.example.com", 30),
        server("b", "ghes-2.example.com", 30),
    ];
    let ran = watched_with(None, &lab, &entries, &[]).await;
    insta::assert_snapshot!(lines(&ran), @"
    cloud           2 servers of the enterprise octo-corp at http://CLOUD/, 2030-01-01 12:00:00 UTC
                    fresh    ghes-1.example.com (a), last sync at 2029-12-30 12:00:00 UTC, 2 days ago
                    fresh    ghes-2.example.com (b), last sync at 2029-12-30 12:00:00 UTC, 2 days ago
                    note: it is not known whether the built-in license sync is on: reading the server statistics was answered with status 404 (GET http://CLOUD/enterprise-installation/octo-corp/server-statistics)
    exit 0
    ");
    let ran = watched_with(Some(json!({ "mona@example.com": 1 })), &lab, &entries, &["--json"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(!ran.to_string().contains("mona"), "{ran}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(answer["cloud"]["statistics_error"].is_string());
}

#[tokio::test]
async fn with_license_sync_on_our_own_server_is_known_by_its_id() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let ran = lab.run(&["status", "--cloud"]).await;
    let ago = regex::Regex::new(r"[0-9]+m?s ago").unwrap();
    let said = super::plain(&lab, &ran);
    let said = ago.replace_all(&said, "AGE ago");
    let at = said.find("cloud  ").unwrap();
    insta::assert_snapshot!(&said[at..], @"
    cloud           1 server of the enterprise octo-corp at http://CLOUD/, TIME
                    fresh    127.0.0.1 (ID), last sync at TIME, AGE ago; ours by server ID; built-in license sync off, as of TIME
    ");
    assert_eq!(ran.exit, Some(0));
}

#[tokio::test]
async fn what_keeps_the_cloud_from_being_asked_is_reported() {
    let lab = Lab::with_faults(&["status:404", "status:401", "status:429@60", "status:503", "status:html"]).await;
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(told(&lab, &["status", "--cloud"]).await);
    }
    said.push(told(&lab, &["status", "--cloud", "--set=connect.enabled=false"]).await);
    said.push(
        told(
            &lab,
            &["status", "--cloud", "--set=connect.read-token-file=/nonexistent/token"],
        )
        .await,
    );
    insta::assert_snapshot!(said.join("\n"), @"
    exit 77, stderr:
    error: the license sync status of the servers is not known: reading the license sync status was answered with status 404 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)
      help: check `connect.enterprise`, and that `connect-read-token` is a personal access token (classic) with `read:enterprise`, of an owner of the enterprise; the account's IP allow list must contain this machine
      reason: permission-missing

    exit 77, stderr:
    error: the license sync status of the servers is not known: reading the license sync status was answered with status 401 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)
      help: replace the credential `connect-read-token`: a personal access token (classic) with `read:enterprise`, of an owner of the enterprise
      reason: credentials-refused

    exit 69, stderr:
    error: the license sync status of the servers is not known: reading the license sync status was answered with status 429 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)
      help: run the command again when the limit is over
      reason: rate-limited

    exit 69, stderr:
    error: the license sync status of the servers is not known: reading the license sync status was answered with status 503 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)
      help: run the command again; see githubstatus.com if it happens again
      reason: server-error

    exit 69, stderr:
    error: the license sync status of the servers is not known: the answer to reading the license sync status cannot be understood
      because: it is not JSON (line 1, column 1)
      help: something other than the cloud may be answering; check `connect.api-url`, `connect.uploads-url` and the proxy
      reason: malformed-answer

    exit 3, stderr:
    error: the license sync status of the servers is not known: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
      reason: connect-disabled

    exit 77, stderr:
    error: the license sync status of the servers is not known: the credential `connect-read-token` could not be read from /nonexistent/token
      because: No such file or directory (os error 2)
      help: write the secret into /nonexistent/token (mode 0600), or correct the path in the settings
      reason: credentials-missing
    ");
}
