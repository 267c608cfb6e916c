//! A gate that closes while a document waits: the document goes, the history stays.

use std::sync::Arc;

use ghe_license_sync::explain::Explain;
use ghe_license_sync::license::Compared;
use ghe_license_sync::observe::catalog::Milestone;
use ghe_license_sync::reason::Exit;
use ghe_license_sync::store::{State, Trigger, lock};
use ghe_license_sync::sync::{NoProgress, run_once};
use insta::assert_snapshot;

use super::{CLOSED, Counter, OPEN, Watched, assert_discarded, in_place_of_the_cloud};

/// A sync with a closed gate; what an operator reads. Nobody is connected to.
async fn sync_with_closed_gate(site: &Watched) -> String {
    site.lab.edit_settings(OPEN, CLOSED);
    let everybody = Counter::listen().await;
    let mut overrides = in_place_of_the_cloud(&everybody).to_vec();
    overrides.push(format!("server.url={}", everybody.url));
    let overrides: Vec<_> = overrides.iter().map(String::as_str).collect();
    let context = site.context(&overrides, Arc::new(NoProgress));
    let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
    assert_eq!(everybody.connections().await, 0);
    assert_eq!(error.exit(), Exit::GateClosed);
    site.read(&error)
}

#[tokio::test]
async fn a_frozen_document_is_discarded_and_deleted_and_its_story_stays() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    assert_snapshot!(sync_with_closed_gate(&site).await, @"
    error: the license usage is discarded; it was sent, and the cloud never said that it took it
    cause: license sync is not enabled
    help: set `enabled = true` under [license-sync] to let this server report its license usage
    reason: license-sync-disabled, exit 3
    ");
    assert_discarded(&site.lab).await;
    let after = site.lab.last_run().await;
    assert_eq!((after.id, &after.frozen), (before.id, &before.frozen));
    let story = site.lab.store().await.events(after.id).await.unwrap();
    let states: Vec<_> = story.iter().map(|event| event.state.word()).collect();
    assert_eq!(states, ["collecting", "frozen", "sending", "frozen", "refused"]);
}

#[tokio::test]
async fn an_accepted_document_is_discarded_as_well() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    site.failing_sync(&["license-sync.confirm-timeout=1s"]).await;
    sync_with_closed_gate(&site).await;
    assert_discarded(&site.lab).await;
}

#[tokio::test]
async fn a_closed_gate_with_nothing_in_the_outbox_deletes_the_fingerprint_and_nothing_else() {
    let site = Watched::with_faults(&[]).await;
    let run = site.sync(&[]).await.unwrap();
    assert_eq!(site.lab.fingerprint_pieces().await, 1);
    sync_with_closed_gate(&site).await;
    assert_eq!(site.lab.store().await.runs(10).await.unwrap(), [run]);
    assert_eq!(site.lab.fingerprint_pieces().await, 0);
}

#[tokio::test]
async fn that_the_fingerprint_is_deleted_is_reported_once() {
    let site = Watched::with_faults(&[]).await;
    site.sync(&[]).await.unwrap();
    site.lab.edit_settings(OPEN, CLOSED);
    let mut reports = Vec::new();
    for _ in 0..2 {
        let ran = site.lab.run(&["sync", "--verbose", "--set", "log.format=json"]).await;
        assert_eq!(ran.exit, Some(Exit::GateClosed as i32), "{ran}");
        reports.push(ran.stderr.matches(Milestone::Disconnected.message_id()).count());
    }
    assert_eq!(reports, [1, 0]);
}

#[tokio::test]
async fn the_first_list_after_the_gate_opened_again_is_compared_by_counts() {
    let site = Watched::with_faults(&[]).await;
    site.sync(&[]).await.unwrap();
    sync_with_closed_gate(&site).await;
    site.lab.edit_settings(CLOSED, OPEN);
    let mut compared = Vec::new();
    for _ in 0..2 {
        let run = site.sync(&[]).await.unwrap();
        compared.extend(run.change.map(|change| change.compared));
    }
    assert_eq!(compared, [Compared::Counts, Compared::Users]);
}

#[tokio::test]
async fn a_document_that_is_discarded_takes_the_fingerprint_of_the_confirmed_one_with_it() {
    let site = Watched::with_faults(&[]).await;
    site.sync(&[]).await.unwrap();
    site.lab.sandbox.add_fault("upload:503@3600*1".parse().unwrap());
    site.failing_sync(&[]).await;
    assert_eq!(site.lab.fingerprint_pieces().await, 2);
    sync_with_closed_gate(&site).await;
    assert_discarded(&site.lab).await;
}

#[tokio::test]
async fn what_another_process_is_sending_is_left_to_it() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    let other = lock(&site.lab.directory.path().join("state")).await.unwrap();
    assert_snapshot!(sync_with_closed_gate(&site).await, @"
    error: no license usage was sent, and nothing was deleted: another process is using the state directory
    cause: license sync is not enabled
    help: the process deletes what waits to be delivered when it ends or is reloaded; if `ghe-license-sync status` still shows something then, run `ghe-license-sync sync` again
    reason: license-sync-disabled, exit 3
    ");
    assert_eq!(site.lab.last_run().await.state, State::Frozen);
    drop(other);
}

#[tokio::test]
async fn a_gate_that_opens_again_begins_anew() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    sync_with_closed_gate(&site).await;
    site.lab.edit_settings(CLOSED, OPEN);
    site.sync(&[]).await.unwrap();
    let sent = site.relay.sent();
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0].idempotency_key, sent[1].idempotency_key);
}

#[tokio::test]
async fn settings_in_which_no_switch_is_written_delete_nothing() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    let waiting = site.lab.last_run().await;
    site.lab.edit_settings(OPEN, "[license-sync]");
    let error = run_once(&site.context(&[], Arc::new(NoProgress)), &Trigger::Manual)
        .await
        .unwrap_err();
    assert_eq!(error.exit(), Exit::GateClosed);
    assert_eq!(site.lab.last_run().await, waiting);
}
