//! Processes that died: the next run resumes what they left, and the cloud sees one effect.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Role, Run, State, StoreError, lock};
use ghe_license_sync::sync::{Interruption, NoProgress, abandon};

use super::Watched;
use crate::support::destination::begin_in;
use crate::support::moment::{Moment, die_at};

/// Attempts of every document that the cloud took, the oldest first.
fn taken(site: &Watched) -> Vec<u64> {
    (site.lab.sandbox.uploads().iter())
        .map(|upload| upload.attempts)
        .collect()
}

/// A run that is frozen and was refused once by a cloud that is well again.
async fn frozen(site: &Watched) -> Run {
    site.sync(&[]).await.unwrap_err();
    let run = site.lab.last_run().await;
    assert_eq!(run.state, State::Frozen);
    run
}

/// The states of a run, each with its reason if there is one.
async fn story(site: &Watched, run: &Run) -> String {
    let events = site.lab.store().await.events(run.id).await.unwrap();
    let words = events.iter().map(|event| match event.reason {
        Some(reason) => format!("{} ({reason})", event.state),
        None => event.state.to_string(),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[tokio::test]
async fn an_interrupted_collection_failed_and_a_new_one_is_made() {
    let site = Watched::with_faults(&[]).await;
    let store = site.lab.store().await;
    let context = site.context(&[], Arc::new(NoProgress));
    let id = begin_in(&context, &store, "2026-11-02T03:00:00Z".parse().unwrap()).await;
    let run = site.sync(&[]).await.unwrap();
    let earlier = store.run(id).await.unwrap();
    assert_eq!(
        (earlier.state, earlier.reason),
        (State::Failed, Some(Reason::Cancelled))
    );
    assert_eq!(
        earlier.detail.as_deref(),
        Some("the process ended during the collection")
    );
    assert_eq!((run.state, taken(&site)), (State::Confirmed, vec![1]));
}

#[tokio::test]
async fn an_interrupted_upload_is_made_again_with_the_same_bytes() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    let run = frozen(&site).await;
    let store = site.lab.store().await;
    store.sending(run.id, run.updated_at).await.unwrap();
    store.close().await;
    site.sync(&[]).await.unwrap();
    assert_eq!(
        story(&site, &run).await,
        "collecting, frozen, sending, frozen (server-error), sending, frozen (cancelled), sending, accepted, confirmed"
    );
    let sent = site.relay.sent();
    assert_eq!(sent.len(), 2, "refused, made again");
    assert_eq!(sent[0], sent[1]);
    assert_eq!(taken(&site), [2]);
}

#[tokio::test]
async fn a_process_that_dies_with_the_upload_on_its_way_causes_one_effect() {
    let site = Watched::with_faults(&["upload:latency=50ms*1"]).await;
    die_at(&site, Moment::Sent).await;
    let run = site.lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Sending, 1));
    site.sync(&[]).await.unwrap();
    assert_eq!(
        story(&site, &run).await,
        "collecting, frozen, sending, frozen (cancelled), sending, accepted, confirmed"
    );
    let keys: Vec<_> = (site.lab.sandbox.uploads().into_iter())
        .map(|upload| upload.idempotency_key)
        .collect();
    assert_eq!(
        keys,
        [run.frozen.unwrap().idempotency_key],
        "whether or not it arrived at first"
    );
}

#[tokio::test]
async fn a_process_that_dies_after_the_cloud_took_the_document_causes_one_effect() {
    let site = Watched::with_faults(&["upload:cut*1"]).await;
    die_at(&site, Moment::Retry).await;
    assert_eq!(taken(&site), [1], "the cloud has it, and nobody knows");
    site.sync(&[]).await.unwrap();
    let key = |at: usize| site.relay.sent()[at].idempotency_key.clone();
    assert_eq!(key(0), key(1));
    assert_eq!(site.lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_process_that_dies_before_it_sends_loses_nothing() {
    let site = Watched::with_faults(&[]).await;
    die_at(&site, Moment::Frozen).await;
    assert_eq!(taken(&site), [] as [u64; 0]);
    let run = site.lab.last_run().await;
    site.sync(&[]).await.unwrap();
    let frozen = run.frozen.unwrap();
    assert_eq!(site.lab.sandbox.uploads()[0].idempotency_key, frozen.idempotency_key);
    assert_eq!(taken(&site), [1]);
}

#[tokio::test]
async fn a_process_that_dies_before_it_freezes_sends_nothing() {
    let site = Watched::with_faults(&[]).await;
    die_at(&site, Moment::Collected).await;
    assert_eq!(site.lab.last_run().await.state, State::Collecting);
    site.sync(&[]).await.unwrap();
    assert_eq!(taken(&site), [1]);
}

#[tokio::test]
async fn a_document_that_was_accepted_is_not_sent_again() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    die_at(&site, Moment::Accepted).await;
    let run = site.lab.last_run().await;
    assert_eq!(run.state, State::Accepted);
    site.lab.clear_faults().await;
    site.sync(&[]).await.unwrap();
    assert_eq!(
        story(&site, &run).await,
        "collecting, frozen, sending, accepted, confirmed"
    );
    assert_eq!(taken(&site), [1, 1], "that one, and that of the day");
}

#[tokio::test]
async fn a_process_that_dies_between_two_attempts_leaves_the_time_of_the_next_one() {
    let site = Watched::with_faults(&["upload:503@2*1"]).await;
    die_at(&site, Moment::Retry).await;
    let run = site.lab.last_run().await;
    assert_eq!(run.state, State::Frozen);
    assert_eq!(run.next_attempt_at.unwrap() - run.updated_at, TimeDelta::seconds(2));
}

/// A defect would strike again at once.
#[tokio::test]
async fn a_collection_that_ended_in_a_defect_is_made_again_later_and_one_that_was_cancelled_when_it_suits() {
    let site = Watched::with_faults(&[]).await;
    let interrupted = async |interruption| {
        let begun_at = "2026-11-02T03:00:00Z".parse().unwrap();
        let context = site.context(&[], Arc::new(NoProgress));
        begin_in(&context, &site.lab.store().await, begun_at).await;
        assert!(abandon(&context, interruption).await.unwrap().is_none());
        let run = site.lab.last_run().await;
        assert_eq!(run.state, State::Failed);
        run.next_attempt_at.map(|next| (next - run.updated_at).num_minutes())
    };
    let wait = interrupted(Interruption::Defect).await.unwrap();
    assert!((5..=10).contains(&wait), "{wait}");
    assert_eq!(interrupted(Interruption::Stop).await, None);
}

/// As when the daemon's minute comes between the end of a sync that is stopped and this.
#[tokio::test]
async fn what_another_process_took_over_is_left_to_it_and_not_called_unsent() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    die_at(&site, Moment::Accepted).await;
    let context = site.context(&[], Arc::new(NoProgress));
    let other = lock(&context.state_directory)
        .await
        .unwrap()
        .signed(Role::Run, context.clock.now());
    let error = abandon(&context, Interruption::Stop).await.unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(
        error.to_string().contains("(the daemon) is using the state directory"),
        "{error}"
    );
    drop(other);
    assert_eq!(site.lab.last_run().await.state, State::Accepted);
}
