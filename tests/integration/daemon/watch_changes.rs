//! What changes between two questions to the cloud, and during one.

use std::os::unix::fs::PermissionsExt as _;

use chrono::TimeDelta;
use ghe_license_sync::clock::Clock as _;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::sandbox::OtherServer;
use ghe_license_sync::sync::publish_metrics;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::watch::{Watching, list, site};
use crate::support::lab::Lab;
use crate::support::loopback::{Loopback, Reply, Request};
use crate::support::patience::in_time;
use crate::support::service::Service;

const CONNECT_ON: &str = "[connect]\nenabled = true";
const CONNECT_OFF: &str = "[connect]\nenabled = false";

fn replace_token(lab: &Lab, token: &str) {
    let file = lab.directory.path().join("credentials/connect-read-token");
    std::fs::write(&file, token).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

fn token(lab: &Lab) -> String {
    std::fs::read_to_string(lab.directory.path().join("credentials/connect-read-token")).unwrap()
}

/// The line about the cloud in `status`, and what is below it.
async fn shown(lab: &Lab) -> String {
    let ran = lab.run(&["status"]).await;
    let at = ran.stdout.find("watch  ");
    at.map_or_else(String::new, |at| ran.stdout[at..].to_owned())
}

#[tokio::test]
async fn a_reload_that_turns_connect_off_ends_the_question_on_the_wire_and_none_follows() {
    let watching = Watching::with_faults(&["status:latency=300s*1"]).await;
    let lab = &watching.bench.lab;
    in_time(async || (lab.sandbox.faults_left() == 0).then_some(())).await;
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    watching.reload().await;
    lab.sandbox.add_fault("status:503".parse().unwrap());
    in_time(async || {
        let is_off = watching.records.take("Connect is not enabled").pop();
        is_off.filter(|record| record.contains("gate closed"))
    })
    .await;
    for _ in 0..3 {
        watching.bench.advance(TimeDelta::hours(2));
        watching
            .bench
            .written("written_timestamp_seconds", watching.now().timestamp())
            .await;
    }
    assert_eq!(lab.sandbox.faults_left(), 1, "nobody asked");
    assert_eq!(lab.store().await.cloud_record().await.unwrap(), None);
    lab.clear_faults().await;
    lab.edit_settings(CONNECT_OFF, CONNECT_ON);
    watching.reload().await;
    assert_eq!(watching.asked().await.servers.len(), 1);
    watching.bench.stop().await;
}

#[tokio::test]
async fn what_the_cloud_said_is_neither_shown_nor_kept_once_connect_is_off() {
    let watching = Watching::with_faults(&[]).await;
    let lab = &watching.bench.lab;
    watching.asked().await;
    watching.bench.written("cloud_watch_works", 1).await;
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    assert_eq!(shown(lab).await, "");
    watching.reload().await;
    in_time(async || lab.store().await.cloud_record().await.unwrap().is_none().then_some(())).await;
    let metrics = std::fs::read_to_string(lab.directory.path().join("sync.prom")).unwrap();
    assert!(!metrics.contains("cloud_"), "{metrics}");
    watching.bench.stop().await;
}

#[tokio::test]
async fn the_metrics_have_nothing_of_the_cloud_once_nobody_has_asked_for_25_hours() {
    let watching = Watching::with_faults(&[]).await;
    let kept = watching.asked().await;
    let (lab, _) = watching.bench.stop().await;
    let settings = lab.settings(&[]);
    let mut has_servers = Vec::new();
    for hours in [24, 25, -25] {
        let now = kept.asked_at + TimeDelta::hours(hours);
        publish_metrics(&settings, now).await.unwrap();
        let metrics = std::fs::read_to_string(lab.directory.path().join("sync.prom")).unwrap();
        has_servers.push(metrics.contains("cloud_server_stale{"));
        assert_eq!(metrics.contains("cloud_"), metrics.contains("cloud_server_stale{"));
    }
    assert_eq!(has_servers, [true, false, false]);
    assert!(shown(&lab).await.contains("1 server of the enterprise octo-corp"));
}

#[tokio::test]
async fn a_token_that_is_replaced_is_used_for_the_next_question_without_a_reload() {
    let (lab, clock) = site(&[]).await;
    let good = token(&lab);
    replace_token(&lab, "ghp_revoked");
    let watching = Watching::start((lab, clock));
    let kept = watching.asked().await;
    assert_eq!(kept.failure.unwrap().reason, Reason::CredentialsRefused);
    replace_token(&watching.bench.lab, &good);
    let kept = watching.after(TimeDelta::hours(6)).await;
    assert_eq!((kept.failure, kept.servers.len()), (None, 1));
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_token_that_came_with_settings_that_are_not_in_force_goes_to_no_old_host() {
    let (lab, clock) = site(&[]).await;
    let answer = |_: &Request| Reply::answer(404, "", b"{}");
    let (old, new) = (Loopback::serve(answer).await, Loopback::serve(answer).await);
    let cloud = format!("api-url = \"{}\"", lab.sandbox.cloud_url());
    let at = |host: &Loopback| format!("api-url = \"{}\"", host.url);
    lab.edit_settings(&cloud, &at(&old));
    let watching = Watching::start((lab, clock));
    watching.asked().await;
    let lab = &watching.bench.lab;
    lab.edit_settings(&at(&old), &at(&new));
    replace_token(lab, "ghp_ofthenewhost");
    let kept = watching.after(TimeDelta::hours(6)).await;
    assert_eq!(kept.failure.unwrap().reason, Reason::ConfigInvalid);
    watching.bench.clock.advance(TimeDelta::seconds(1));
    watching.reload().await;
    let kept = watching.asked().await;
    assert_eq!(kept.failure.unwrap().reason, Reason::PermissionMissing);
    let saw = |host: &Loopback| {
        host.requests()
            .iter()
            .any(|request| request.0.contains("ghp_ofthenewhost"))
    };
    assert_eq!((saw(&old), saw(&new)), (false, true));
    watching.bench.stop().await;
}

#[tokio::test]
async fn what_the_cloud_said_about_another_account_is_shown_no_more() {
    let watching = Watching::with_faults(&[]).await;
    watching.asked().await;
    let lab = &watching.bench.lab;
    assert!(shown(lab).await.contains("1 server of the enterprise octo-corp"));
    lab.edit_settings("enterprise = \"octo-corp\"", "enterprise = \"octo-other\"");
    assert_eq!(shown(lab).await, "", "before the daemon knows of it");
    watching.bench.clock.advance(TimeDelta::seconds(1));
    watching.reload().await;
    let kept = watching.asked().await;
    assert_eq!(
        (kept.account.enterprise.as_str(), kept.servers.len()),
        ("octo-other", 0)
    );
    let said = shown(lab).await;
    assert!(
        said.contains("has not answered yet") && said.contains("permission-missing"),
        "{said}"
    );
    let metrics = watching.bench.written("cloud_watch_works", 0).await;
    assert!(!metrics.contains("cloud_server_"), "{metrics}");
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_server_with_another_host_name_is_the_same_server() {
    let (lab, clock) = site(&[]).await;
    list(&lab, "old.example.com", clock.now() - TimeDelta::days(9), None);
    let watching = Watching::start((lab, clock));
    watching.asked().await;
    assert!(watching.said().contains("old.example.com (a) is stale"));
    list(
        &watching.bench.lab,
        "new.example.com",
        watching.now() - TimeDelta::days(9),
        None,
    );
    let kept = watching.after(TimeDelta::hours(1)).await;
    assert_eq!(kept.servers[0].hostname.as_deref(), Some("new.example.com"));
    assert_eq!(watching.said(), "");
    let metrics = watching
        .bench
        .written("cloud_answered_timestamp_seconds", watching.now().timestamp())
        .await;
    let stale = r#"server_id="a",host="new.example.com"} 1"#;
    assert!(
        metrics
            .lines()
            .any(|line| line.contains("_server_stale{") && line.ends_with(stale)),
        "{metrics}"
    );
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_clock_that_jumps_back_or_ahead_makes_a_question_due() {
    let watching = Watching::with_faults(&[]).await;
    let first = watching.asked().await;
    watching.bench.clock.advance(TimeDelta::days(-30));
    in_time(async || {
        watching.bench.advance(TimeDelta::zero());
        let kept = watching.bench.lab.store().await.cloud_record().await.unwrap()?;
        (kept.asked_at < first.asked_at).then_some(())
    })
    .await;
    let kept = watching.after(TimeDelta::days(60)).await;
    assert_eq!(kept.servers[0].freshness, "stale");
    watching.bench.stop().await;
}

/// Lets the database refuse to do this with what the cloud said, as on a full disk.
async fn refuse_to(action: &str, lab: &Lab) {
    let fail = "SELECT RAISE(FAIL, 'database or disk is full')";
    let sql = format!("CREATE TRIGGER full BEFORE {action} ON cloud_watch BEGIN {fail}; END");
    execute(sql, lab).await;
}

async fn refuse_nothing(lab: &Lab) {
    execute("DROP TRIGGER full".to_owned(), lab).await;
}

async fn execute(sql: String, lab: &Lab) {
    let options = SqliteConnectOptions::new().filename(lab.directory.path().join("state/state.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&mut database)
        .await
        .unwrap();
    database.close().await.unwrap();
}

#[tokio::test]
async fn a_record_that_cannot_be_deleted_is_reported_and_deleted_as_soon_as_it_can_be() {
    let watching = Watching::with_faults(&[]).await;
    watching.asked().await;
    let lab = &watching.bench.lab;
    refuse_to("DELETE", lab).await;
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    watching.reload().await;
    let report = in_time(async || watching.records.take("could not be").pop()).await;
    insta::assert_snapshot!(report, @"WARN the sync status of the servers could not be deleted: the store could not delete what the cloud said: (code: 1811) database or disk is full");
    refuse_nothing(lab).await;
    watching.pass(2).await;
    in_time(async || lab.store().await.cloud_record().await.unwrap().is_none().then_some(())).await;
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_daemon_whose_connect_is_off_makes_no_store_anew() {
    let (lab, clock) = site(&[]).await;
    lab.edit_settings(CONNECT_ON, CONNECT_OFF);
    let watching = Watching::start((lab, clock));
    watching.pass(2).await;
    let state = watching.bench.lab.directory.path().join("state");
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        let removed = std::fs::remove_file(state.join(name));
        assert!(removed.is_ok() || name != "state.db");
    }
    watching.pass(3).await;
    // It waits for what is under way.
    let (_lab, _) = watching.bench.stop().await;
    assert!(!state.join("state.db").exists());
}

#[tokio::test]
async fn a_store_that_keeps_nothing_is_reported_once_and_silences_nothing() {
    let watching = Watching::with_faults(&[]).await;
    watching.asked().await;
    watching.said();
    let lab = &watching.bench.lab;
    refuse_to("INSERT", lab).await;
    let mut said = Vec::new();
    watching.bench.clock.advance(TimeDelta::days(8));
    for _ in 0..3 {
        // That it is taken shows that there is a question.
        lab.sandbox.add_fault("status:latency=50ms*1".parse().unwrap());
        watching.bench.clock.advance(TimeDelta::hours(2));
        in_time(async || {
            watching.bench.advance(TimeDelta::zero());
            (lab.sandbox.faults_left() == 0).then_some(())
        })
        .await;
        // The metrics of this second are written at its end.
        watching.bench.clock.advance(TimeDelta::seconds(1));
        let now = watching.now().timestamp();
        watching.bench.written("written_timestamp_seconds", now).await;
        said.push(watching.said());
    }
    refuse_nothing(lab).await;
    watching.after(TimeDelta::hours(1)).await;
    said.push(watching.said());
    let said = said.concat();
    assert_eq!(said.matches(" is stale: ").count(), 1, "{said}");
    assert_eq!(said.matches("could not be stored").count(), 1, "{said}");
    let report = said.lines().find(|line| line.contains("could not be stored")).unwrap();
    insta::assert_snapshot!(report, @"WARN the sync status of the servers could not be stored: the store could not keep what the cloud said: (code: 1811) database or disk is full");
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_sync_and_a_look_at_the_cloud_by_other_processes_disturb_no_question() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    for _ in 0..5 {
        service.signal("HUP");
        let (sync, cloud, status) = tokio::join!(
            lab.run(&["sync"]),
            lab.run(&["status", "--cloud"]),
            lab.run(&["status", "--json"]),
        );
        assert_eq!(
            (sync.exit, cloud.exit, status.exit),
            (Some(0), Some(0), Some(0)),
            "{sync}{cloud}{status}"
        );
        service.says("READY=1").await;
    }
    in_time(async || {
        shown(&lab)
            .await
            .contains("1 server of the enterprise octo-corp")
            .then_some(())
    })
    .await;
    service.signal("TERM");
    let (status, log) = service.end().await;
    assert!(status.success());
    assert!(!log.contains("could not be stored"), "{log}");
}

#[tokio::test]
async fn status_shows_the_last_answer_with_its_age_without_a_question() {
    let (lab, clock) = site(&[]).await;
    for (number, days) in [(2, 9), (3, 10), (4, 11), (5, 12)] {
        lab.sandbox.list_server(OtherServer {
            server_id: format!("{number}"),
            hostname: Some(format!("ghes-{number}.example.com")),
            synced_at: Some(clock.now() - TimeDelta::days(days)),
            ..OtherServer::default()
        });
    }
    let watching = Watching::start((lab, clock));
    watching.asked().await;
    let lab = &watching.bench.lab;
    lab.sandbox.add_fault("status:401".parse().unwrap());
    watching.after(TimeDelta::hours(1)).await;
    let ago = regex::Regex::new(", [0-9a-z ]* ago").unwrap();
    insta::assert_snapshot!(lab.plain(&ago.replace_all(&shown(lab).await, ", AGE ago")), @"
    watch           5 servers of the enterprise octo-corp, AGE ago: 4 stale, 1 fresh; ghes-2.example.com is stale, ghes-3.example.com is stale, ghes-4.example.com is stale, 1 more
                    no answer at 2026-11-02 13:00:00 UTC (credentials-refused): reading the license sync status was answered with status 401 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)
    ");
    let json = lab.run(&["status", "--json"]).await.stdout;
    let mut watch = serde_json::from_str::<serde_json::Value>(&json).unwrap()["watch"].take();
    watch["servers"].as_array_mut().unwrap().truncate(1);
    let origin = lab.sandbox.cloud_url().origin().ascii_serialization();
    insta::assert_snapshot!(lab.plain(&format!("{watch:#}")).replace(&origin, "http://CLOUD"), @r#"
    {
      "answered_at": "2026-11-02T12:00:00Z",
      "api_origin": "http://CLOUD",
      "asked_at": "2026-11-02T13:00:00Z",
      "enterprise": "octo-corp",
      "failure": {
        "detail": "reading the license sync status was answered with status 401 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)",
        "reason": "credentials-refused"
      },
      "servers": [
        {
          "built_in_sync_on": null,
          "freshness": "stale",
          "hostname": "ghes-2.example.com",
          "ours": false,
          "server_id": "2",
          "status": "success",
          "synced_at": "2026-10-24T12:00:00Z"
        }
      ]
    }
    "#);
    watching.bench.stop().await;
}
