//! What `explain` makes of the license sync status: a sync that this program did not make, and a server under an old name.

use serde_json::{Value, json};

use crate::support::lab::{Lab, Ran};
use crate::support::loopback::{Loopback, Reply};

/// The report's latest sign-in is of February 2026.
const REPORT: &str = "id,login,email,role,suspended?,last_logged_ip,last_active,raw_login\n\
                      1,mona,mona@corp.example,user,false,x,2026-02-01T00:00:00Z,mona\n";

/// Someone who has a seat, and was uploaded under another address.
fn rows(account: &str) -> Value {
    json!([
        {
            "github_com_login": "mona-corp", "github_com_user": true, "license_type": "Enterprise",
            "github_com_verified_domain_emails": ["mona@corp.example"],
        },
        {
            "github_com_login": null, "enterprise_server_user": true, "license_type": "Enterprise",
            "enterprise_server_user_ids": [account],
            "enterprise_server_primary_emails": ["mona@old.example"],
        },
    ])
}

/// An entry of the license sync status.
fn synced(id: &str, host: &str, date: &str) -> Value {
    json!({ "server_id": id, "hostname": host, "last_sync": { "date": date, "status": "success", "error": "" } })
}

/// Explains a list with one `account` of a server, with these entries in the license sync status or none to be read.
async fn explained(lab: &Lab, account: &str, entries: Option<Value>, arguments: &[&str]) -> Ran {
    let users = rows(account);
    let list = json!({ "total_seats_consumed": 2, "total_seats_purchased": 9, "users": users }).to_string();
    let status = entries.map(|entries| json!({ "server_instances": entries }).to_string());
    let json = "Content-Type: application/json\r\n";
    let cloud = Loopback::serve(move |request| {
        let path = request.path();
        match &status {
            _ if path.starts_with("/enterprises/octo-corp/consumed-licenses") => {
                Reply::answer(200, json, list.as_bytes())
            }
            Some(status) if path == "/enterprises/octo-corp/license-sync-status" => {
                Reply::answer(200, json, status.as_bytes())
            }
            _ => Reply::answer(403, json, br#"{"message":"Must be an owner"}"#),
        }
    })
    .await;
    let address = format!("--set=connect.api-url={}", cloud.url);
    let command = ["explain", "--json", "--show-users", &address];
    lab.run(&[&command, arguments].concat()).await
}

/// The same of the downloaded report of `ghes.example.com`, while license sync is off: cause, grade and what is freed of the
/// row of the server.
async fn of_built_in_sync(entries: Option<Value>) -> (Value, Ran) {
    let lab = Lab::with_faults(&[]).await;
    let path = lab.directory.path().join("all_users.csv");
    std::fs::write(&path, REPORT).unwrap();
    let path = path.to_string_lossy();
    let arguments = [
        "--set=license-sync.enabled=false",
        "--host=ghes.example.com",
        "--report",
        &path,
    ];
    let ran = explained(&lab, "ghes.example.com:1", entries, &arguments).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    let fix = &answer["fixes"][0];
    (json!([fix["cause"], fix["grade"], fix["frees"]]), ran)
}

#[tokio::test]
async fn what_changed_since_the_last_built_in_sync_is_certain() {
    let newer_than = |date: &str| Some(json!([synced("a", "GHES.example.com", date)]));
    let (found, ran) = of_built_in_sync(newer_than("2026-01-31T12:00:00Z")).await;
    assert_eq!(found, json!(["not-synced-since", "certain", "certain"]));
    assert!(!ran.stderr.contains("license sync status"), "{ran}");
    let (found, _) = of_built_in_sync(newer_than("2026-02-01T12:00:00Z")).await;
    assert_eq!(found, json!(["list-outdated", "unknown", null]));
}

#[tokio::test]
async fn clocks_may_differ_by_five_minutes_before_a_change_is_newer_than_a_sync() {
    let (found, _) = of_built_in_sync(Some(json!([synced("a", "ghes.example.com", "2026-01-31T23:56:00Z")]))).await;
    assert_eq!(found, json!(["list-outdated", "unknown", null]));
    let (found, _) = of_built_in_sync(Some(json!([synced("a", "ghes.example.com", "2026-01-31T23:54:59Z")]))).await;
    assert_eq!(found, json!(["not-synced-since", "certain", "certain"]));
}

#[tokio::test]
async fn the_sync_of_another_server_says_nothing_of_this_one() {
    let (found, _) = of_built_in_sync(Some(json!([synced("a", "other.example.com", "2026-01-31T12:00:00Z")]))).await;
    assert_eq!(found, json!(["not-synced-since", "likely", "likely"]));
}

#[tokio::test]
async fn a_license_sync_status_that_may_not_be_read_is_reported_and_leaves_the_last_sync_unknown() {
    let (found, ran) = of_built_in_sync(None).await;
    assert_eq!(found, json!(["not-synced-since", "likely", "likely"]));
    let (said, _) = ran.stderr.split_once(" (GET").unwrap();
    insta::assert_snapshot!(said, @"warning: the license sync status could not be read, so a sync that this program did not make is not known: reading the license sync status was answered with status 403");
    assert!(
        ran.stdout.contains("which changes are newer than the last sync"),
        "{ran}"
    );
}

#[tokio::test]
async fn accounts_under_the_old_name_of_this_server_are_known_by_its_id() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let settings = std::fs::read_to_string(lab.sandbox.config_file()).unwrap();
    let settings: toml::Table = settings.parse().unwrap();
    let ours = settings["server"]["id"].as_str().unwrap();
    let counted = lab.run(&["explain", "--json", "--show-users"]).await;
    let counted: Value = serde_json::from_str(&counted.stdout).unwrap();
    let account = counted["fixes"][0]["server_users"][0].as_str().unwrap();
    let account = account.replace("127.0.0.1", "old.example.com");
    let of_own_row = async |id: &str| {
        let entries = json!([synced(id, "old.example.com", "2026-01-31T12:00:00Z")]);
        let ran = explained(&lab, &account, Some(entries), &[]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
        answer["matched"].as_u64().unwrap() + answer["server_only"].as_u64().unwrap()
    };
    assert_eq!(of_own_row(ours).await, 1);
    assert_eq!(of_own_row("b5a1f1c0-0000-4000-8000-000000000000").await, 0);
}
