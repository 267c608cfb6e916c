//! `status` while a process works on the state directory, and after that was killed.

use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::store::{Role, lock};
use rustix::process::Signal;
use serde_json::Value;

use super::told;
use crate::support::lab::Lab;
use crate::support::process::Process;
use crate::support::service::Service;

#[tokio::test]
async fn a_run_that_continues_is_reported_with_its_process_and_since_when() {
    let lab = Lab::with_faults(&["report:latency=300s*always"]).await;
    // So that the daemon watches nothing, of which `status` would show the age.
    lab.edit_settings("read-token-file", "# read-token-file");
    let service = Service::start(&lab);
    service.says("STATUS=collecting").await;
    let process = format!("process {} ", service.id());
    let status = told(&lab, &["status"]).await.replace(&process, "process ID ");
    insta::assert_snapshot!(status, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          stale: no run was confirmed yet, and one is under way
    server ID       ID, set in `server.id`
    running         since TIME, by process ID (the daemon)
    last run        collecting TIME
    last confirmed  none yet
    outbox          collecting TIME
    next window     TIME
    ");
    let json = lab.run(&["status", "--json"]).await.stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["running"]["pid"], service.id());
    assert_eq!(json["running"]["command"], "run");
    assert!(json["running"]["since"].is_string(), "{json}");
    // Another sync gets the same answer.
    let refused = told(&lab, &["sync"]).await.replace(&process, "process ID ");
    insta::assert_snapshot!(refused, @"
    exit 69, stderr:
    error: no license usage was sent
      because: process ID (the daemon) is using the state directory DIR/state
      help: a sync is under way; wait until it is finished, `ghe-license-sync --config DIR/config.toml status` shows how far it is
      reason: already-running
    ");
    service.signal("TERM");
    service.end().await;
    let json = lab.run(&["status", "--json"]).await.stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["running"], Value::Null);
}

/// Kills a sync once it says this.
async fn killed(lab: &Lab, says: &str) {
    let config = lab.sandbox.config_file().to_str().unwrap();
    let mut sync = Process::start(&["--config", config, "sync", "--verbose"]);
    sync.wait_for(says).await;
    sync.signal(Signal::KILL);
    sync.end().await;
}

#[tokio::test]
async fn a_collection_that_was_killed_is_collected_anew_and_is_not_called_healthy() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    lab.sandbox.add_fault("report:latency=300s".parse().unwrap());
    killed(&lab, "collecting who consumes").await;
    insta::assert_snapshot!(told(&lab, &["status"]).await, @"
    exit 5, stdout:
    gate            open: 127.0.0.1:PORT → enterprise octo-corp at 127.0.0.1:PORT
    health          failing: the last run was interrupted, and no process works on it
    server ID       ID, set in `server.id`
    last run        collecting TIME
    last confirmed  confirmed TIME, 54 licenses, digest DIGEST
    growth          not known yet: 1 day with a confirmed run in the last 26 weeks; it takes 4, over 3 weeks
    outbox          collecting TIME, interrupted: nothing was frozen, the next run collects anew
    next window     TIME
    next            `ghe-license-sync --config DIR/config.toml sync` collects anew at once
    ");
    // The caller who starts it anew saw that, and the window is served.
    lab.clear_faults().await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    assert_eq!(lab.run(&["status"]).await.exit, Some(0));
}

#[tokio::test]
async fn an_upload_that_was_killed_is_gone_on_with() {
    let lab = Lab::with_faults(&["upload:latency=300s"]).await;
    killed(&lab, "sending the license usage").await;
    let status = told(&lab, &["status"]).await;
    let lines: Vec<_> = status
        .lines()
        .filter(|line| ["health", "outbox", "next  "].iter().any(|name| line.starts_with(name)))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    health          failing: the last run was interrupted, and no process works on it
    outbox          sending TIME, 54 licenses, digest DIGEST, interrupted: the next run continues it
    next            `ghe-license-sync --config DIR/config.toml sync` continues with the outbox at once
    ");
}

/// It takes the state directory first.
#[tokio::test]
async fn a_first_sync_that_has_not_made_its_store_yet_is_under_way() {
    let lab = Lab::with_faults(&[]).await;
    let state = lab.directory.path().join("state");
    let _sync = lock(&state).await.unwrap().signed(Role::Sync, SystemClock.now());
    let status = told(&lab, &["status"]).await;
    assert!(
        status.contains("stale: no run was confirmed yet, and one is under way\n"),
        "{status}"
    );
    assert_eq!(lab.run(&["sync"]).await.exit, Some(69));
}
