//! What is said about a held list before somebody decides: who is new, and what happened to those who are gone.

use insta::assert_snapshot;
use serde_json::Value;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::Site;
use crate::support::counter::Counter;

/// Of 100 people 40 are gone, 10 of them suspended, and 10 are new.
async fn held() -> Site {
    let site = Site::changed(1..101, 41..111).await;
    site.staff.lock().unwrap().left = 31..41;
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    site
}

#[tokio::test]
async fn the_held_list_is_explained_in_counts_and_the_new_users_are_named_on_request() {
    let site = held().await;
    assert_snapshot!(site.told(&["review"]).await, @"
    exit 0, stdout:
    the held list, digest DIGEST; today's report makes the same list
      today    70 licenses
      before   confirmed TIME, 100 licenses, digest DIGEST
      new      10: on today's list, and not on that one with the same address
               10 at example.com
      gone     40: on that list, and not on today's with the same address
               10 of them are suspended now
               30 of them are not in the report with the same address: at least 20 of their accounts no longer exist; of the others it is not known, they may have another address
      nothing was decided: `ghe-license-sync --config DIR/config.toml approve DIGEST` releases the held list, `ghe-license-sync --config DIR/config.toml discard DIGEST` drops it
    ");
    assert_snapshot!(site.told(&["review", "--show-users"]).await, @"
    exit 0, stdout:
    the held list, digest DIGEST; today's report makes the same list
      today    70 licenses
      before   confirmed TIME, 100 licenses, digest DIGEST
      new      10: on today's list, and not on that one with the same address
               10 at example.com
      gone     40: on that list, and not on today's with the same address
               10 of them are suspended now
               30 of them are not in the report with the same address: at least 20 of their accounts no longer exist; of the others it is not known, they may have another address
      new users, by ID and login
              101  user101
              102  user102
              103  user103
              104  user104
              105  user105
              106  user106
              107  user107
              108  user108
              109  user109
              110  user110
      nothing was decided: `ghe-license-sync --config DIR/config.toml approve DIGEST` releases the held list, `ghe-license-sync --config DIR/config.toml discard DIGEST` drops it
    ");
    assert_eq!(site.uploads(), 1);
}

#[tokio::test]
async fn in_json_there_are_no_users_without_the_flag() {
    let site = held().await;
    let json = async |arguments: &[&str]| {
        let ran = site.run(&[&["review", "--json"], arguments].concat()).await;
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let counts = json(&[]).await;
    assert_eq!(counts.get("new_users"), None);
    assert_eq!(counts["held_list"]["same_today"], true);
    assert_snapshot!(format!("{:#}", counts["held_list"]["difference"]), @r#"
    {
      "before": 100,
      "gone": 40,
      "gone_deleted_at_least": 20,
      "gone_not_found": 30,
      "gone_other_domain": 0,
      "gone_other_kind": 0,
      "gone_suspended": 10,
      "kept": 60,
      "new": 10,
      "new_by_domain": {
        "example.com": 10
      }
    }
    "#);
    let users = json(&["--show-users"]).await;
    assert_eq!(
        users["new_users"][0],
        serde_json::json!({"id": 101, "login": "user101"})
    );
    assert_eq!(users["new_users"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_report_that_makes_another_list_by_now_is_called_that() {
    let site = held().await;
    site.change_to(1..101);
    assert_snapshot!(site.told(&["review"]).await, @"
    exit 0, stdout:
    the held list, digest DIGEST; today's report makes another list, digest DIGEST, to which the rest applies
      today    100 licenses
      before   confirmed TIME, 100 licenses, digest DIGEST
      new      0: on today's list, and not on that one with the same address
      gone     0: on that list, and not on today's with the same address
      nothing was decided: `ghe-license-sync --config DIR/config.toml approve DIGEST` releases the held list, `ghe-license-sync --config DIR/config.toml discard DIGEST` drops it
    ");
    let held = site.lab.store().await.held().await.unwrap();
    assert!(held.is_some(), "it stays as it is");
}

#[tokio::test]
async fn a_report_that_the_server_kept_is_called_old() {
    let site = held().await;
    site.staff.lock().unwrap().kept = true;
    let told = site.told(&["review"]).await;
    let today = told.lines().skip_while(|line| !line.contains("today  ")).take(2);
    assert_snapshot!(today.collect::<Vec<_>>().join("\n"), @"
      today    70 licenses
               the report was 2h old: made at 2030-01-01T10:00:00Z, so it lacks what changed since then
    ");
    let json: Value = serde_json::from_str(&site.run(&["review", "--json"]).await.stdout).unwrap();
    assert_eq!(json["held_list"]["report"]["age_seconds"], 7200);
}

#[tokio::test]
async fn without_the_key_of_the_last_confirmed_list_nobody_is_called_new() {
    let site = held().await;
    let key = site.lab.directory.path().join("fingerprint-key");
    assert!(key.exists(), "{}", key.display());
    std::fs::remove_file(&key).unwrap();
    assert_snapshot!(site.told(&["review", "--show-users"]).await, @"
    exit 0, stdout:
    the held list, digest DIGEST; today's report makes the same list
      today    70 licenses
      before   confirmed TIME, 100 licenses, digest DIGEST; who is new or gone is not known: that list left no fingerprint under the key in force
      nothing was decided: `ghe-license-sync --config DIR/config.toml approve DIGEST` releases the held list, `ghe-license-sync --config DIR/config.toml discard DIGEST` drops it
    ");
    assert!(!key.exists(), "looking makes no key");
}

#[tokio::test]
async fn there_is_nothing_to_review_when_nothing_is_held() {
    let site = Site::with(1..4).await;
    assert_snapshot!(site.told(&["review"]).await, @"
    exit 0, stdout:
    no list is held for the account in force; there is nothing to review
    ");
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_snapshot!(site.told(&["review"]).await, @"
    exit 0, stdout:
    no list is held for the account in force; there is nothing to review
    ");
    let json: Value = serde_json::from_str(&site.run(&["review", "--json"]).await.stdout).unwrap();
    assert_eq!(json["held_list"], Value::Null);
}

#[tokio::test]
async fn the_cloud_is_not_connected_to() {
    let (site, everybody) = (held().await, Counter::listen().await);
    let in_place = ["connect.api-url", "connect.uploads-url"].map(|key| format!("--set={key}={}", everybody.url));
    let review = [in_place[0].as_str(), &in_place[1], "review"];
    // Nothing is held for that destination yet.
    assert!(site.run(&review).await.stdout.starts_with("no list is held"));
    let origin = everybody.url.trim_end_matches('/').to_owned();
    let options = SqliteConnectOptions::new().filename(site.lab.directory.path().join("state/state.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("UPDATE run SET api_origin = ?1, uploads_origin = ?1")
        .bind(origin)
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
    let ran = site.run(&review).await;
    assert!(ran.exit == Some(0) && ran.stdout.contains("  gone     40"), "{ran}");
    assert_eq!(everybody.connections().await, 0);
}
