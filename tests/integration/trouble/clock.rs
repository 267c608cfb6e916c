//! A clock that goes backwards, while a run is under way and between two.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::{Context, run_once};

use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;
use crate::support::moment::{Moment, On};

#[tokio::test]
async fn a_clock_that_is_set_back_in_the_middle_of_a_run_does_not_keep_it_from_its_confirmation() {
    for moment in [Moment::Collected, Moment::Frozen, Moment::Sent, Moment::Accepted] {
        let clock = Arc::new(ManualClock::at("2026-11-02T03:04:05Z"));
        let lab = Lab::with_clock(&[], clock.clone()).await;
        let set_back = Arc::clone(&clock);
        let progress = Arc::new(On(moment, move || set_back.advance(-TimeDelta::days(40))));
        let context = Context {
            clock,
            ..lab.context_with(&["license-sync.confirm-timeout=1s"], progress)
        };
        let run = run_once(&context, &Trigger::Manual).await;
        let run = run.unwrap_or_else(|error| panic!("{moment:?}: {error}"));
        assert_eq!(run.state, State::Confirmed, "{moment:?}");
        assert!(run.updated_at < run.started_at, "{moment:?}");
        assert_eq!(lab.sandbox.uploads().len(), 1, "{moment:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_between_two_runs_does_not_hide_the_newer_one() {
    let clock = Arc::new(ManualClock::at("2026-11-02T03:04:05Z"));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    let context = Context {
        clock: clock.clone(),
        ..lab.context(&["license-sync.confirm-timeout=1s"])
    };
    let first = run_once(&context, &Trigger::Manual).await.unwrap();
    clock.advance(-TimeDelta::days(40));
    let second = run_once(&context, &Trigger::Manual).await.unwrap();
    assert!(second.started_at < first.started_at);
    let standing = lab.standing().await;
    assert_eq!(standing.last_run.unwrap().id, second.id);
    assert_eq!(standing.last_confirmed.unwrap().id, second.id);
    assert_eq!(lab.sandbox.uploads().len(), 2);
}
