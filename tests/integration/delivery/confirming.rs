//! Accepted is not processed: how a run keeps polling, and what counts as an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, SyncError, run_once};
use insta::assert_snapshot;

use super::{Lab, Watched, outcome};
use crate::support::manual_clock::ManualClock;
use crate::support::moment::{Moment, On, die_with};

#[tokio::test]
async fn a_document_that_is_not_confirmed_is_asked_about_before_a_new_one_is_made() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    let patience = ["license-sync.confirm-timeout=1s"];
    let result = site.sync(&patience).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"accepted   unconfirmed          exit 75  sent 1 taken 1"#);
    let first = site.lab.last_run().await;

    // Nothing new is made as long as the cloud has not said what happened to it.
    let result = site.sync(&patience).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"accepted   unconfirmed          exit 75  sent 1 taken 1"#);
    assert_eq!(site.lab.last_run().await.id, first.id);

    site.lab.clear_faults().await;
    let second = site.sync(&patience).await.unwrap();
    let runs = site.lab.store().await.runs(10).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| (run.id, run.state, run.attempts)).collect();
    assert_eq!(
        states,
        [(second.id, State::Confirmed, 1), (first.id, State::Confirmed, 1)],
        "each document was sent once"
    );
}

/// A site whose clock, on both sides, moves when the test says so.
async fn site_and_clock(faults: &[&str]) -> (Watched, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at("2026-11-02T03:00:00Z"));
    let lab = Lab::with_clock(faults, clock.clone()).await;
    (Watched::over(lab).await, clock)
}

/// One run, with this clock on our side as well.
async fn run_at(
    site: &Watched,
    clock: &Arc<ManualClock>,
    overrides: &[&str],
    trigger: &Trigger,
) -> Result<Run, SyncError> {
    let context = Context {
        clock: clock.clone(),
        ..site.context(overrides, Arc::new(NoProgress))
    };
    run_once(&context, trigger).await
}

#[tokio::test]
async fn a_document_whose_answer_a_death_lost_gives_way_to_the_list_of_three_days_later() {
    let (site, clock) = site_and_clock(&["upload:cut*1"]).await;
    die_with(Moment::Retry, |progress| Context {
        clock: clock.clone(),
        ..site.context(&[], progress)
    })
    .await;
    clock.advance(TimeDelta::days(3));
    let context = Context {
        clock,
        ..site.context(&["license-sync.confirm-timeout=1s"], Arc::new(NoProgress))
    };
    run_once(&context, &Trigger::Manual).await.unwrap();
    let taken: Vec<_> = site
        .lab
        .sandbox
        .uploads()
        .iter()
        .map(|upload| upload.attempts)
        .collect();
    assert_eq!(
        taken,
        [1, 1],
        "the first document, and instead of it once more that of the day"
    );
}

#[tokio::test]
async fn a_document_that_was_discarded_and_made_again_in_its_window_goes_under_the_same_key() {
    let (site, clock) = site_and_clock(&["location:pending*always"]).await;
    let window = Trigger::Scheduled("2026-11-02T03:00Z".to_owned());
    let run = async |overrides: &[&str]| run_at(&site, &clock, overrides, &window).await;
    run(&["license-sync.confirm-timeout=1s"]).await.unwrap_err();
    run(&["license-sync.enabled=false"]).await.unwrap_err();
    assert_eq!(site.lab.last_run().await.state, State::Refused);
    site.lab.clear_faults().await;
    clock.advance(TimeDelta::hours(1));
    let result = run(&["license-sync.confirm-timeout=1s"]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 2 taken 1"#);
}

/// A busy machine asks less often, and never more.
#[tokio::test]
async fn the_cloud_is_asked_ever_more_rarely() {
    let site = Watched::with_faults(&["location:pending*always"]).await;
    let asked = Arc::new(AtomicU32::new(0));
    let questions = Arc::clone(&asked);
    let progress = On(Moment::Asking, move || {
        questions.fetch_add(1, Ordering::Relaxed);
    });
    let context = site.context(&["license-sync.confirm-timeout=2s"], Arc::new(progress));
    run_once(&context, &Trigger::Manual).await.unwrap_err();
    // At once, not before 250, 750 and 1750 ms, and when the time is up.
    assert!((2..=5).contains(&asked.load(Ordering::Relaxed)), "{asked:?}");
}

#[tokio::test]
async fn a_person_is_kept_waiting_for_an_earlier_documents_confirmation_for_a_day_and_no_longer() {
    let (site, clock) = site_and_clock(&["location:pending*always"]).await;
    let run = async || {
        run_at(&site, &clock, &["license-sync.confirm-timeout=1s"], &Trigger::Manual)
            .await
            .unwrap_err();
        let runs = site.lab.store().await.runs(10).await.unwrap();
        runs.iter().map(|run| run.state).collect::<Vec<_>>()
    };
    run().await;
    clock.advance(TimeDelta::days(1));
    assert_eq!(run().await, [State::Accepted]);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(run().await, [State::Accepted, State::Failed]);
}

#[tokio::test]
async fn the_last_question_comes_when_the_time_is_up() {
    let site = Watched::with_faults(&["location:pending*3"]).await;
    // Asked at 0, 250 and 750 ms; the next interval would end at 1750 ms.
    let result = site.sync(&["license-sync.confirm-timeout=1s"]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 1 taken 1"#);
}

#[tokio::test]
async fn the_outcome_of_an_earlier_document_neither_confirms_nor_fails_a_later_one() {
    let site = Watched::with_faults(&[]).await;
    site.sync(&[]).await.unwrap();
    for fault in ["status:failure*always", "status:pending*always"] {
        site.lab.clear_faults().await;
        site.lab.sandbox.add_fault(fault.parse().unwrap());
        site.sync(&[]).await.unwrap();
    }
    site.lab.clear_faults().await;
    site.lab.sandbox.add_fault("location:failure*1".parse().unwrap());
    let error = site.sync(&[]).await.unwrap_err();
    assert!(
        matches!(error, SyncError::NotProcessed { .. }),
        "the status says success: {error}"
    );
}
