//! What is frozen goes first, and one run goes at a time.

use std::sync::Arc;

use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Run, State, Trigger, lock};
use ghe_license_sync::sync::{NoProgress, SyncError, run_once};
use insta::assert_snapshot;

use super::{Lab, Unreached, Watched, outcome};
use crate::support::enterprise::{csv, with_report};

#[tokio::test]
async fn what_was_not_delivered_is_sent_again_unchanged_and_that_of_the_day_only_if_it_differs() {
    let site = Watched::with_faults(&["upload:401*2"]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"frozen     credentials-refused  exit 77  sent 2 taken 0"#);
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @"refused    cancelled            exit 0   sent 3 taken 1");
    let sent = site.relay.sent();
    assert!(sent.iter().all(|upload| *upload == sent[0]), "{sent:?}");
}

#[tokio::test]
async fn the_server_is_not_asked_while_a_document_cannot_be_delivered() {
    let server = with_report(|_| csv(b"")).await;
    let site = Watched::with_faults(&["upload:503@3600*2"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let server_url = format!("server.url={}", server.url);
    site.failing_sync(&[&server_url]).await;
    assert!(server.requests().is_empty());
    let after = site.lab.last_run().await;
    assert_eq!((after.id, after.state), (before.id, State::Frozen));
    assert_eq!((after.frozen, after.attempts), (before.frozen, 2));
}

#[tokio::test]
async fn a_document_from_before_is_delivered_although_the_report_of_the_day_is_wrong() {
    let server = with_report(|_| csv(b"id,login\n")).await;
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let server_url = format!("server.url={}", server.url);
    let result = site.sync(&[&server_url]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"failed     malformed-source     exit 65  sent 2 taken 1"#);
    let earlier = site.lab.store().await.run(before.id).await.unwrap();
    assert_eq!(earlier.state, State::Confirmed);
}

#[tokio::test]
async fn a_document_from_before_that_is_rejected_does_not_keep_back_that_of_the_day() {
    let site = Watched::with_faults(&["upload:503@3600*1", "upload:422*1"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 3 taken 1"#);
    let earlier = site.lab.store().await.run(before.id).await.unwrap();
    assert_eq!(earlier.state, State::Rejected);
}

#[tokio::test]
async fn a_document_from_before_that_could_not_be_processed_does_not_either() {
    let site = Watched::with_faults(&["upload:503@3600*1", "location:failure*1"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 3 taken 2"#);
    let earlier = site.lab.store().await.run(before.id).await.unwrap();
    assert_eq!(earlier.state, State::Failed);
}

#[tokio::test]
async fn a_second_sync_at_the_same_time_does_nothing() {
    let site = Unreached::with_faults(&[]).await;
    let _other = lock(&site.lab.directory.path().join("state")).await.unwrap();
    let error = site.sync(None, &[]).await;
    let watched = Watched::over(site.lab).await;
    assert_snapshot!(watched.read(&error), @"
    error: no license usage was sent
    cause: another process is using the state directory DIR/state
    help: a sync is under way; wait until it is finished, `ghe-license-sync status` shows how far it is
    reason: already-running, exit 69
    ");
    assert!(!watched.lab.directory.path().join("state/state.db").exists());
}

#[tokio::test]
async fn another_process_finds_the_state_directory_taken() {
    let lab = Lab::with_faults(&[]).await;
    let _ours = lock(&lab.directory.path().join("state")).await.unwrap();
    let ran = lab.run(&["sync"]).await;
    assert_snapshot!(lab.plain(&ran.to_string()), @"
    exit 69, stderr:
    error: no license usage was sent
      because: another process is using the state directory DIR/state
      help: a sync is under way; wait until it is finished, `ghe-license-sync --config DIR/config.toml status` shows how far it is
      reason: already-running
    ");
    assert_eq!(lab.sandbox.uploads(), []);
}

/// A scheduled run for the window that begins on this day of November.
async fn run_for(site: &Watched, day: u32) -> Result<Run, SyncError> {
    let context = site.context(&["license-sync.confirm-timeout=1s"], Arc::new(NoProgress));
    run_once(&context, &Trigger::Scheduled(format!("2026-11-{day:02}T03:00Z"))).await
}

/// The states of all runs with their reasons, the newest first.
async fn story(site: &Watched) -> Vec<(State, Option<Reason>)> {
    let runs = site.lab.store().await.runs(10).await.unwrap();
    runs.iter().map(|run| (run.state, run.reason)).collect()
}

#[tokio::test]
async fn a_document_that_did_not_get_through_in_its_window_gives_way_to_the_next_windows() {
    let site = Watched::with_faults(&["upload:503@3600*2"]).await;
    run_for(&site, 2).await.unwrap_err();
    let again = run_for(&site, 2).await;
    assert_snapshot!(outcome(&site, &again).await, @"frozen     server-error         exit 75  sent 2 taken 0");
    run_for(&site, 9).await.unwrap();
    assert_eq!(
        story(&site).await,
        [(State::Confirmed, None), (State::Failed, Some(Reason::ServerError))]
    );
    assert_eq!(site.lab.sandbox.uploads().len(), 1, "only the newer one was taken");
}

#[tokio::test]
async fn a_document_that_is_never_confirmed_does_not_block_the_next_windows() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    run_for(&site, 2).await.unwrap_err();
    run_for(&site, 2).await.unwrap_err();
    assert_eq!(site.lab.sandbox.uploads().len(), 1, "within its window it is asked for");
    run_for(&site, 9).await.unwrap_err();
    assert_eq!(
        story(&site).await,
        [
            (State::Accepted, Some(Reason::Unconfirmed)),
            (State::Failed, Some(Reason::Unconfirmed))
        ]
    );
    assert_eq!(site.lab.sandbox.uploads().len(), 2);
}
