//! A daemon beside another process on the same state directory: it waits, and says for which process.

use std::path::Path;
use std::process::Command;

use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::license::Digest;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{State, lock, lock_for_daemon};
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
async fn a_second_daemon_waits_beside_an_idle_one_and_takes_its_place_after_its_end() {
    let lab = Lab::with_faults(&[]).await;
    let first = Service::start(&lab);
    first.says("STATUS=waiting; next at").await;
    let directory = TempDir::new().unwrap();
    let second = second(&lab, directory.path());
    let waits = format!("process {} (the daemon) is using the state directory", first.id());
    second.says(&format!("STATUS=waiting: {waits}")).await;
    // An idle daemon keeps no person from a sync.
    lab.sync(&[]).await.unwrap();
    second.signal("USR1");
    second.signal("HUP");
    second.says(&format!("STATUS=waiting: {waits}")).await;
    first.signal("TERM");
    first.end().await;
    second.signal("HUP");
    second.says("STATUS=waiting; next at").await;
    second.signal("TERM");
    let (_, log) = second.end().await;
    let refused = format!("a sync was requested, but this daemon cannot start it: {waits}");
    assert!(log.contains(&refused), "{log}");
    assert_eq!(
        lab.sandbox.uploads().len(),
        2,
        "that of the window and that of the person"
    );
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

/// The file of another daemon takes the place of the first one's in one step: between a deletion and the start of another, the
/// first one's alarm may ring, and it would lock its place again.
#[tokio::test]
async fn a_daemon_whose_lock_file_was_replaced_gives_way_to_the_next_one() {
    let lab = Lab::with_faults(&[]).await;
    let first = Service::start(&lab);
    first.says("STATUS=waiting; next at").await;
    let directory = TempDir::new_in(lab.directory.path()).unwrap();
    let next = lock_for_daemon(directory.path(), SystemClock.now(), Digest([1; 32]));
    let next = next.await.unwrap();
    let file = "daemon.lock";
    std::fs::rename(
        directory.path().join(file),
        lab.directory.path().join("state").join(file),
    )
    .unwrap();
    first.signal("HUP");
    let process = std::process::id();
    first
        .says(&format!("STATUS=waiting: process {process} (the daemon)"))
        .await;
    drop(next);
    first.signal("HUP");
    first.says("STATUS=waiting; next at").await;
    first.signal("TERM");
    first.end().await;
}

#[tokio::test]
async fn a_second_daemon_behind_a_closed_gate_deletes_what_waits_and_says_that_another_one_works() {
    let lab = Lab::with_faults(&["upload:503@3600*1"]).await;
    lab.sync(&[]).await.unwrap_err();
    let waiting = lab.last_run().await;
    let first = Service::start(&lab);
    first.says("STATUS=waiting; next at").await;
    let directory = TempDir::new().unwrap();
    let second = second(&lab, directory.path());
    second.says("STATUS=waiting: process").await;
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    second.signal("HUP");
    let status = second.says("STATUS=gate closed").await;
    let other = format!(
        "nothing is sent by this process, but process {} (the daemon)",
        first.id()
    );
    assert!(status.contains(&other), "{status}");
    let store = lab.store().await;
    let run = store.run(waiting.id).await.unwrap();
    assert_eq!(
        (run.state, run.reason),
        (State::Refused, Some(Reason::LicenseSyncDisabled))
    );
    assert_eq!(store.piece(run.id, 0).await.unwrap(), None);
    for daemon in [first, second] {
        daemon.signal("TERM");
        daemon.end().await;
    }
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
