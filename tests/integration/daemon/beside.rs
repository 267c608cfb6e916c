//! A daemon beside another process on the same state directory: it waits, and says for which process.

use std::path::Path;
use std::process::Command;

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{State, lock};
use tempfile::TempDir;

use crate::support::lab::Lab;
use crate::support::service::Service;

/// Another daemon with the settings of `lab`, whose notification socket is in this directory.
fn second(lab: &Lab, directory: &Path) -> Service {
    let daemon = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
    Service::start_in(directory, lab.sandbox.config_file(), daemon, &[])
}

#[tokio::test]
async fn a_second_daemon_says_at_once_for_which_process_it_waits() {
    let lab = Lab::with_faults(&["report:latency=300s*always"]).await;
    let first = Service::start(&lab);
    first.says("STATUS=collecting").await;
    let directory = TempDir::new().unwrap();
    let second = second(&lab, directory.path());
    let waits = format!(
        "waiting: process {} (the daemon) is using the state directory",
        first.id()
    );
    second.says(&format!("STATUS={waits}")).await;
    // A person who asks gets it each time, the journal once.
    second.signal("HUP");
    second.says(&format!("STATUS={waits}")).await;
    second.signal("TERM");
    let (_, log) = second.end().await;
    let told = log
        .lines()
        .filter(|line| line.contains(" INFO ") && line.contains(&waits));
    let told: Vec<_> = told.collect();
    // Nobody knows when it ends, so it is no planned wait.
    let is_blocked = |line: &&str| line.contains("reason=already-running");
    assert!(told.len() == 1 && told.iter().all(is_blocked), "{log}");
    first.signal("TERM");
    first.end().await;
}

#[tokio::test]
async fn a_daemon_behind_a_closed_gate_says_who_keeps_it_from_deleting_and_deletes_once_it_can() {
    let lab = Lab::with_faults(&["upload:503@3600*1"]).await;
    lab.sync(&[]).await.unwrap_err();
    let other = lock(&lab.directory.path().join("state")).await.unwrap();
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    let service = Service::start(&lab);
    service
        .says("waiting for another process to delete what was not delivered")
        .await;
    assert_eq!(lab.last_run().await.state, State::Frozen);
    drop(other);
    service.signal("HUP");
    service.says("RELOADING=1").await;
    let status = service.says("STATUS=gate closed").await;
    assert!(!status.contains("waiting for"), "{status}");
    let run = lab.last_run().await;
    assert_eq!(
        (run.state, run.reason),
        (State::Refused, Some(Reason::LicenseSyncDisabled))
    );
    assert_eq!(lab.store().await.piece(run.id, 0).await.unwrap(), None);
    service.signal("TERM");
    let (_, log) = service.end().await;
    let told = log
        .lines()
        .filter(|line| line.contains(" INFO ") && line.contains("waiting for another process"));
    assert_eq!(told.count(), 1, "{log}");
}

#[tokio::test]
async fn reasons_that_alternate_are_each_reported_once() {
    let lab = Lab::with_faults(&["meta:404*1"]).await;
    let service = Service::start(&lab);
    service.says("last run failed").await;
    for fault in ["meta:503*1", "meta:404*1", "meta:503*1", "meta:404*1"] {
        lab.sandbox.add_fault(fault.parse().unwrap());
        service.signal("USR1");
        service.says("STATUS=a run is starting").await;
        service.says("last run failed").await;
    }
    service.signal("TERM");
    let (_, log) = service.end().await;
    let reported = |reason: &str| {
        let record = |line: &&str| line.contains(reason) && line.contains("no license usage was sent");
        log.lines().filter(record).count()
    };
    assert_eq!(
        (reported("reason=malformed-source"), reported("reason=server-error")),
        (1, 1),
        "{log}"
    );
}
