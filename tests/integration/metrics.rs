//! The metrics that a run leaves behind: from the real binary, over several processes.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::store::{State, Store};
use ghe_license_sync::sync::publish_metrics;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::support::lab::{Lab, Ran};
use crate::support::destination::begin;

/// Syncs with metrics; the exit code, and the samples without the label of the state directory.
async fn sync(lab: &Lab, more: &[&str]) -> (Option<i32>, BTreeMap<String, f64>) {
    let path = lab.directory.path().join("sync.prom");
    let textfile = format!("metrics.textfile={}", path.display());
    let ran = lab.run(&[&["sync", "--set", &textfile], more].concat()).await;
    let text = fs::read_to_string(path).unwrap();
    let directory = format!("state_directory=\"{}\"", lab.directory.path().join("state").display());
    let samples = text.lines().filter(|line| !line.starts_with('#')).map(|line| {
        assert!(line.contains(&directory), "{line}");
        let line = line
            .replace(&format!("{directory},"), "")
            .replace(&format!("{{{directory}}}"), "");
        let (name, value) = line.trim_start_matches("ghe_license_sync_").rsplit_once(' ').unwrap();
        (name.to_owned(), value.parse().unwrap())
    });
    (ran.exit, samples.collect())
}

#[tokio::test]
async fn counters_proceed_from_one_process_to_the_next() {
    let lab = Lab::with_faults(&["upload:503@3600*1"]).await;
    let (exit, samples) = sync(&lab, &[]).await;
    assert_eq!(exit, Some(75));
    assert_eq!(samples["attempts_total{outcome=\"undelivered\"}"], 1.0);
    assert_eq!(samples["attempts_total{outcome=\"accepted\"}"], 0.0);
    assert_eq!(samples["health{health=\"failing\"}"], 1.0);
    assert_eq!(samples["run_state{state=\"frozen\"}"], 1.0);
    assert_eq!(samples["last_run_reason{reason=\"server-error\"}"], 1.0);
    assert!(samples["outbox_since_timestamp_seconds"] >= samples["last_run_timestamp_seconds"]);
    assert!(!samples.contains_key("users_sent") && !samples.contains_key("last_confirmed_timestamp_seconds"));

    let (exit, samples) = sync(&lab, &[]).await;
    assert_eq!(exit, Some(0));
    assert_eq!(samples["attempts_total{outcome=\"accepted\"}"], 1.0);
    assert_eq!(samples["attempts_total{outcome=\"undelivered\"}"], 1.0);
    assert_eq!(samples["runs_total{outcome=\"confirmed\"}"], 1.0);
    assert_eq!(samples["reasons_total{reason=\"server-error\"}"], 1.0);
    assert_eq!(samples["health{health=\"healthy\"}"], 1.0);
    let sent = lab.last_run().await.totals.unwrap().consumed;
    assert_eq!(samples["users_sent"].to_string(), sent.to_string());
    assert!(samples["written_timestamp_seconds"] >= samples["last_confirmed_timestamp_seconds"]);
    assert!(!samples.contains_key("outbox_since_timestamp_seconds"));
    assert!(samples["next_window_timestamp_seconds"] > samples["written_timestamp_seconds"]);
}

#[tokio::test]
async fn a_closed_gate_is_reported_before_anything_was_stored() {
    let lab = Lab::with_faults(&[]).await;
    let (exit, samples) = sync(&lab, &["--set", "license-sync.enabled=false"]).await;
    assert_eq!(exit, Some(3));
    assert_eq!(samples["gate_open"], 0.0);
    assert_eq!(samples["health{health=\"disabled\"}"], 1.0);
    assert!(!samples.contains_key("next_window_timestamp_seconds"));
    assert!(!lab.directory.path().join("state").exists());
}

#[tokio::test]
async fn metrics_that_cannot_be_written_do_not_touch_the_sync() {
    let lab = Lab::with_faults(&[]).await;
    let ran = lab
        .run(&["sync", "--verbose", "--set", "metrics.textfile=/proc/nowhere/sync.prom"])
        .await;
    assert_eq!(ran.exit, Some(0));
    assert!(ran.stderr.contains("the metrics are stale"), "{}", ran.stderr);
}

#[tokio::test]
async fn the_time_that_the_newest_run_took_is_reported() {
    let lab = Lab::with_faults(&[]).await;
    let (store, began_at) = (lab.store().await, DateTime::<Utc>::UNIX_EPOCH);
    let run = begin(&store, began_at).await.unwrap();
    let ended_at = began_at + TimeDelta::seconds(90);
    store.settle(run, State::Failed, ended_at, None).await.unwrap();
    store.close().await;
    let (_, samples) = sync(&lab, &["--set", "license-sync.enabled=false"]).await;
    assert_eq!(samples["last_run_duration_seconds"], 90.0);
}

/// The process that writes them has opened the store before, and checked it then.
#[tokio::test]
async fn the_whole_store_is_not_looked_over_each_time_the_metrics_are_written() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    let path = lab.directory.path().join("sync.prom");
    let settings = lab.settings(&[&format!("metrics.textfile={}", path.display())]);
    let file = lab.directory.path().join("state/state.db");
    let mut database = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file))
        .await
        .unwrap();
    for sql in [
        "PRAGMA ignore_check_constraints = ON",
        "INSERT INTO installation (singleton, enabled_at) VALUES (2, '')",
    ] {
        sqlx::query(sql).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
    let state = lab.directory.path().join("state");
    assert!(Store::open(&state).await.is_err(), "who looks it over finds that");
    publish_metrics(&settings, SystemClock.now()).await.unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert!(text.contains("health=\"healthy\"} 1"), "{text}");
}

/// A user who may write in the directory can put links there, also under the number of the process.
#[tokio::test]
async fn a_link_beside_the_metrics_is_not_followed() {
    let lab = Lab::with_faults(&[]).await;
    let path = |name: &str| lab.directory.path().join(name);
    fs::write(path("other"), "a secret").unwrap();
    fs::set_permissions(path("other"), fs::Permissions::from_mode(0o600)).unwrap();
    let script = "for link in \"$2\" \"$2.$$\"; do ln -s \"$1\" \"$link\"; done; shift 2; exec \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .args([path("other"), path("sync.prom")]);
    command.arg(env!("CARGO_BIN_EXE_ghe-license-sync"));
    command.arg("--config").arg(lab.sandbox.config_file()).arg("sync");
    command.args(["--set", &format!("metrics.textfile={}", path("sync.prom").display())]);
    let ran = Ran::of(command).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(fs::read_to_string(path("other")).unwrap(), "a secret");
    assert_eq!(path("other").metadata().unwrap().mode() & 0o777, 0o600);
    assert!(path("sync.prom").symlink_metadata().unwrap().is_file());
}

#[tokio::test]
async fn root_writes_no_metrics_where_another_user_could_change_them() {
    let lab = Lab::with_faults(&[]).await;
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let metrics = lab.directory.path().join("metrics");
    fs::create_dir(&metrics).unwrap();
    chown(&metrics, Some(4321), None).unwrap();
    let textfile = format!("metrics.textfile={}/sync.prom", metrics.display());
    let ran = lab.run(&["sync", "--verbose", "--set", &textfile]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(ran.stderr.contains("root cannot safely write the metrics"), "{ran}");
    assert_eq!(fs::read_dir(&metrics).unwrap().count(), 0);
}
