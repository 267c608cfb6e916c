//! Signals, notifications and restarts of the real process.

use chrono::TimeDelta;
use ghe_license_sync::clock::{Clock, SystemClock};
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::State;

use crate::support::lab::Lab;
use crate::support::service::Service;

#[tokio::test]
async fn a_closed_gate_is_reported_and_nothing_happens() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    let service = Service::start(&lab);
    let ready = service.says("READY=1").await;
    assert!(
        ready.contains("STATUS=gate closed: Connect is not enabled (connect-disabled)"),
        "{ready}"
    );
    service.signal("TERM");
    service.says("STOPPING=1").await;
    let (status, log) = service.end().await;
    assert_eq!(status.code(), Some(0));
    assert_eq!(log.lines().count(), 4, "started, gate closed, ready, stopped: {log}");
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn the_first_window_runs_at_once_and_a_signal_makes_another_run() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("READY=1").await;
    let status = service.says("last run confirmed").await;
    assert!(status.starts_with("STATUS=waiting; next at 2"), "{status}");
    service.signal("USR1");
    service.says("STATUS=a run is starting").await;
    service.says("last run confirmed").await;
    service.signal("INT");
    assert_eq!(service.end().await.0.code(), Some(0));
    let triggers: Vec<_> = lab
        .store()
        .await
        .runs(9)
        .await
        .unwrap()
        .iter()
        .map(|run| run.trigger.word())
        .collect();
    assert_eq!(triggers, ["manual", "scheduled"]);
    assert_eq!(lab.sandbox.uploads().len(), 2);
}

#[tokio::test]
async fn a_restart_within_the_window_does_not_run_again() {
    let lab = Lab::with_faults(&[]).await;
    for _ in 0..2 {
        let service = Service::start(&lab);
        service.says("last run confirmed").await;
        service.signal("TERM");
        service.end().await;
    }
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_daemon_whose_switch_was_lost_before_it_started_says_so() {
    let lab = Lab::with_faults(&["upload:503@3600*1"]).await;
    lab.sync(&[]).await.unwrap_err();
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]");
    let service = Service::start(&lab);
    service.says("STATUS=gate closed").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    let warned = "the gate was open before, and `license-sync.enabled` is no longer in the settings: nothing is sent, and what \
        waits is neither sent nor deleted";
    assert!(log.contains(warned), "{log}");
    assert_eq!(lab.last_run().await.state, State::Frozen);
    assert_eq!(lab.sandbox.uploads().len(), 0);
}

#[tokio::test]
async fn a_wrong_file_is_refused_as_a_whole_and_a_good_one_takes_effect() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    lab.edit_settings(
        "[license-sync]\nenabled = true",
        "[license-sync]\nenabled = false\nschedul = \"weekly\"",
    );
    service.signal("HUP");
    service.says("RELOADING=1").await;
    let refused = service.says("READY=1").await;
    assert!(
        refused.contains("STATUS=the changed settings were refused, the old ones stay in force"),
        "{refused}"
    );
    lab.edit_settings("schedul = \"weekly\"", "");
    service.signal("HUP");
    service.says("RELOADING=1").await;
    assert!(service.says("READY=1").await.contains("STATUS=gate closed"));
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_reload_in_the_middle_of_a_run_counts_for_the_next_one() {
    let lab = Lab::with_faults(&["report:latency=2s"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=collecting").await;
    lab.edit_settings(lab.sandbox.server_url().as_str(), "http://127.0.0.1:9/");
    service.signal("HUP");
    service.says("RELOADING=1").await;
    let reloaded = service.says("READY=1").await;
    assert!(
        reloaded.contains("STATUS=the run under way keeps its connection to the cloud"),
        "{reloaded}"
    );
    service.says("last run confirmed").await;
    service.signal("USR1");
    service.says("unreachable-server").await;
    service.signal("TERM");
    service.end().await;
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_stop_in_the_middle_of_a_collection_leaves_nothing_open() {
    let lab = Lab::with_faults(&["report:latency=300s*always"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=collecting").await;
    service.signal("TERM");
    assert_eq!(service.end().await.0.code(), Some(0));
    let run = lab.last_run().await;
    assert_eq!((run.state, run.reason), (State::Failed, Some(Reason::Cancelled)));
    lab.clear_faults().await;
    // The window is still open for the next start.
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_daemon_that_is_killed_during_the_collection_does_not_collect_again_when_it_starts() {
    let lab = Lab::with_faults(&["report:latency=300s*always"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=collecting").await;
    service.signal("KILL");
    service.end().await;
    lab.clear_faults().await;
    let before = SystemClock.now();
    for _ in 0..2 {
        let service = Service::start(&lab);
        service.says("last run failed").await;
        service.signal("TERM");
        let (status, log) = service.end().await;
        assert_eq!(status.code(), Some(0), "{log}");
        let run = lab.last_run().await;
        assert_eq!((run.state, run.reason), (State::Failed, Some(Reason::Cancelled)));
        assert!(run.next_attempt_at.unwrap() - before >= TimeDelta::minutes(5), "{log}");
    }
    assert_eq!(lab.store().await.runs(9).await.unwrap().len(), 1, "no second run began");
    assert!(lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn a_daemon_that_is_killed_during_the_upload_sends_the_same_document_after_its_restart() {
    let lab = Lab::with_faults(&["upload:latency=300s*always"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=sending").await;
    while lab.last_run().await.state != State::Sending {
        tokio::task::yield_now().await;
    }
    let frozen = lab.last_run().await.frozen.unwrap();
    service.signal("KILL");
    service.end().await;
    lab.clear_faults().await;
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    service.signal("TERM");
    service.end().await;
    let uploads = lab.sandbox.uploads();
    assert_eq!(uploads.len(), 1);
    assert_eq!(
        (&uploads[0].idempotency_key, uploads[0].digest),
        (&frozen.idempotency_key, frozen.digest)
    );
}

#[tokio::test]
async fn a_manual_sync_beside_a_run_says_that_one_is_under_way() {
    let lab = Lab::with_faults(&["report:latency=300s"]).await;
    let service = Service::start(&lab);
    service.says("STATUS=collecting").await;
    let ran = lab.run(&["sync"]).await;
    assert_eq!(ran.exit, Some(69), "{ran}");
    assert!(ran.stderr.contains("reason: already-running"), "{ran}");
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn the_watchdog_is_fed() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start_with(&lab, &[("WATCHDOG_USEC", "400000")]);
    service.says("WATCHDOG=1").await;
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_run_that_cannot_even_begin_is_not_made_again_and_again() {
    let lab = Lab::with_faults(&[]).await;
    let service = Service::start(&lab);
    service.says("last run confirmed").await;
    std::fs::remove_file(lab.directory.path().join("credentials/connect-private-key")).unwrap();
    service.signal("USR1");
    service.says("STATUS=a run is starting").await;
    service.says("STATUS=waiting; next at").await;
    service.signal("TERM");
    let (_, log) = service.end().await;
    assert_eq!(log.matches("reason=credentials-missing").count(), 1, "{log}");
}

#[tokio::test]
async fn a_daemon_with_wrong_settings_says_so_in_one_record_and_ends() {
    let lab = Lab::with_faults(&[]).await;
    lab.edit_settings("enterprise = ", "enterprize = ");
    let service = Service::start(&lab);
    let line = service.says("STATUS=did not start: ").await;
    assert_eq!(line.lines().count(), 1, "{line}");
    let (status, log) = service.end().await;
    assert_eq!(status.code(), Some(78));
    assert!(log.contains("ERROR"), "{log}");
    assert!(log.contains("the daemon did not start: "), "{log}");
    assert!(log.contains("unknown key `enterprize` in [connect]"), "{log}");
    assert!(log.contains("reason=config-invalid"), "{log}");
}
