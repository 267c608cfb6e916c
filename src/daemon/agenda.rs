//! What is to be done next. Pure: follows from the runs in the store, the timetable and the time.
//!
//! A document in the outbox goes before anything new. A window counts as served by every confirmed run in it and by
//! every scheduled run whose document reached the cloud or still waits for it; a run that ended without a document is
//! made again, after a pause that its row in the store tells.

use chrono::{DateTime, Utc};

use crate::schedule::{Because, Decision, Timetable};
use crate::store::{Run, State, Trigger};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Next {
    /// Bring the document in the outbox to its end.
    Resume,
    /// Start a run.
    Run(Trigger),
    /// Ask again at this time.
    Wait(DateTime<Utc>),
}

/// Decides by `runs`, the newest first. `fresh` tells that a person may have mended something just now.
pub(super) fn next(runs: &[Run], timetable: &Timetable, now: DateTime<Utc>, fresh: bool) -> Next {
    let counted: Vec<_> = runs
        .iter()
        .filter(|run| counts(run))
        .map(|run| run.started_at)
        .collect();
    let planned = match timetable.decide(&counted, now) {
        Decision::Wait { until, .. } => Next::Wait(until),
        Decision::Run { window, because } => {
            let trigger = match because {
                Because::CatchUp => Trigger::CatchUp(window.key()),
                Because::Due | Because::FirstWindow => Trigger::Scheduled(window.key()),
            };
            Next::Run(trigger)
        }
    };
    // One at most; not always the newest, since a person may release a document after a later run failed.
    let unfinished = runs
        .iter()
        .find(|run| !run.state.is_final() && run.state != State::Held);
    match (planned, unfinished, runs.first()) {
        // Its window is over: today's list takes its place.
        (Next::Run(trigger), Some(run), _) if run.window.is_some() && run.window.as_deref() != trigger.window() => {
            Next::Run(trigger)
        }
        (_, Some(run), _) if fresh || is_due(run, now) => Next::Resume,
        (planned, Some(run), _) => earlier(planned, run.next_attempt_at),
        (planned @ Next::Run(_), None, Some(last)) if !fresh && last.state == State::Failed && !is_due(last, now) => {
            last.next_attempt_at.map_or(planned, Next::Wait)
        }
        (planned, None, _) => planned,
    }
}

/// Whether a run serves the window that it began in.
fn counts(run: &Run) -> bool {
    match run.state {
        State::Confirmed => true,
        State::Refused => false,
        // Sent, and the cloud could not process it: the same again would be answered the same.
        State::Failed => run.receipt.is_some() && run.trigger != Trigger::Manual,
        _ => run.trigger != Trigger::Manual,
    }
}

/// Whether the run's next attempt has come. A clock that went back behind the last one is no reason to wait for it.
fn is_due(run: &Run, now: DateTime<Utc>) -> bool {
    match (run.state, run.next_attempt_at) {
        (_, Some(at)) => now >= at || now < run.updated_at,
        // Broken off during the collection, or accepted and not confirmed yet.
        (State::Failed | State::Accepted | State::Collecting | State::Sending, None) => true,
        // Broken off before the first attempt, which nothing speaks against.
        (State::Frozen, None) => run.reason.is_none(),
        // A person has to mend something.
        _ => false,
    }
}

/// What is planned, but not later than `at`.
fn earlier(planned: Next, at: Option<DateTime<Utc>>) -> Next {
    match (planned, at) {
        (Next::Wait(until), Some(at)) => Next::Wait(until.min(at)),
        (planned, _) => planned,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::license::Digest;
    use crate::reason::Reason;
    use crate::schedule::{Rhythm, Schedule};
    use crate::store::{Frozen, Receipt, RunId};

    const ENABLED: &str = "2026-11-24T03:04:00Z";
    const WINDOW: &str = "2026-11-24T03:04Z";

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    fn timetable() -> Timetable {
        let schedule = Schedule::new(Rhythm::Weekly, chrono_tz::Tz::UTC, Duration::ZERO, true).unwrap();
        Timetable::new(schedule, at(ENABLED), Uuid::from_u128(1))
    }

    fn run(trigger: Trigger, state: State, started_at: &str) -> Run {
        Run {
            id: RunId::new(at(started_at)),
            window: trigger.window().map(str::to_owned),
            trigger,
            state,
            reason: None,
            detail: None,
            started_at: at(started_at),
            updated_at: at(started_at),
            totals: None,
            change: None,
            frozen: None,
            approval: None,
            attempts: 0,
            next_attempt_at: None,
            receipt: None,
        }
    }

    fn scheduled(state: State) -> Run {
        run(Trigger::Scheduled(WINDOW.to_owned()), state, ENABLED)
    }

    fn due() -> Next {
        Next::Run(Trigger::Scheduled(WINDOW.to_owned()))
    }

    fn decide(runs: &[Run], now: &str) -> Next {
        next(runs, &timetable(), at(now), false)
    }

    const SOON: &str = "2026-11-24T03:10:00Z";

    #[test]
    fn the_first_window_runs_at_once_and_a_confirmed_run_waits_a_week() {
        assert_eq!(decide(&[], ENABLED), due());
        let week = Next::Wait(at("2026-12-01T03:04:00Z"));
        assert_eq!(decide(&[scheduled(State::Confirmed)], SOON), week);
        assert_eq!(decide(&[run(Trigger::Manual, State::Confirmed, ENABLED)], SOON), week);
    }

    #[test]
    fn what_the_cloud_has_said_no_to_is_not_sent_again_in_its_window() {
        assert!(matches!(decide(&[scheduled(State::Rejected)], SOON), Next::Wait(_)));
        let receipt = Receipt {
            upload_id: "1".into(),
            location: None,
            sent_at: at(ENABLED),
        };
        let not_processed = Run {
            receipt: Some(receipt),
            ..scheduled(State::Failed)
        };
        assert!(matches!(decide(&[not_processed], SOON), Next::Wait(_)));
    }

    #[test]
    fn a_collection_that_failed_is_made_again_after_its_pause() {
        let failed = Run {
            next_attempt_at: Some(at("2026-11-24T03:20:00Z")),
            ..scheduled(State::Failed)
        };
        assert_eq!(
            decide(std::slice::from_ref(&failed), SOON),
            Next::Wait(at("2026-11-24T03:20:00Z"))
        );
        assert_eq!(decide(std::slice::from_ref(&failed), "2026-11-24T03:20:00Z"), due());
        assert_eq!(next(&[failed], &timetable(), at(SOON), true), due());
    }

    #[test]
    fn a_collection_that_was_broken_off_is_made_again_at_once() {
        assert_eq!(decide(&[scheduled(State::Failed)], SOON), due());
        assert_eq!(decide(&[scheduled(State::Collecting)], SOON), Next::Resume);
    }

    #[test]
    fn a_run_that_the_gate_refused_leaves_its_window_open() {
        assert_eq!(decide(&[scheduled(State::Refused)], SOON), due());
    }

    fn frozen(next_attempt_at: Option<&str>) -> Run {
        let digest = Digest([0; 32]);
        let frozen = Frozen {
            digest,
            idempotency_key: "key".into(),
            content_digest: digest,
            body_size: 1,
        };
        Run {
            frozen: Some(frozen),
            reason: Some(Reason::UnreachableCloud),
            next_attempt_at: next_attempt_at.map(at),
            ..scheduled(State::Frozen)
        }
    }

    #[test]
    fn a_frozen_document_is_sent_when_its_time_has_come() {
        let later = "2026-11-24T03:30:00Z";
        assert_eq!(decide(&[frozen(Some(later))], SOON), Next::Wait(at(later)));
        assert_eq!(decide(&[frozen(Some(later))], later), Next::Resume);
    }

    #[test]
    fn a_frozen_document_that_was_never_sent_waits_for_nobody() {
        let untried = Run {
            reason: None,
            ..frozen(None)
        };
        assert_eq!(decide(&[untried], SOON), Next::Resume);
    }

    #[test]
    fn a_document_that_waits_for_a_person_is_tried_when_something_was_touched_or_the_next_window_comes() {
        assert_eq!(decide(&[frozen(None)], SOON), Next::Wait(at("2026-12-01T03:04:00Z")));
        assert_eq!(next(&[frozen(None)], &timetable(), at(SOON), true), Next::Resume);
        let next_window = Next::Run(Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
        assert_eq!(decide(&[frozen(None)], "2026-12-01T03:04:00Z"), next_window);
    }

    #[test]
    fn a_released_document_is_sent_although_a_later_run_failed() {
        let released = frozen(Some(SOON));
        let later = run(Trigger::Manual, State::Failed, SOON);
        assert_eq!(decide(&[later, released], SOON), Next::Resume);
    }

    #[test]
    fn a_document_of_a_run_by_hand_goes_first_since_it_can_serve_the_window() {
        let by_hand = Run {
            trigger: Trigger::Manual,
            window: None,
            ..frozen(Some(SOON))
        };
        assert_eq!(decide(&[by_hand], SOON), Next::Resume);
    }

    #[test]
    fn a_held_document_waits_for_a_person_and_its_window_is_served() {
        let held = scheduled(State::Held);
        let week = Next::Wait(at("2026-12-01T03:04:00Z"));
        assert_eq!(decide(std::slice::from_ref(&held), SOON), week);
        assert_eq!(next(&[held], &timetable(), at(SOON), true), week);
    }

    #[test]
    fn a_new_window_begins_although_an_earlier_document_is_due() {
        let next_window = Next::Run(Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
        assert_eq!(decide(&[frozen(Some(SOON))], "2026-12-01T03:04:00Z"), next_window);
        assert_eq!(
            decide(&[scheduled(State::Accepted)], "2026-12-01T03:04:00Z"),
            next_window
        );
    }

    #[test]
    fn an_accepted_document_is_asked_for_until_it_is_confirmed() {
        assert_eq!(decide(&[scheduled(State::Accepted)], SOON), Next::Resume);
        let asked = Run {
            next_attempt_at: Some(at("2026-11-24T03:15:00Z")),
            ..scheduled(State::Accepted)
        };
        assert_eq!(decide(&[asked], SOON), Next::Wait(at("2026-11-24T03:15:00Z")));
    }

    #[test]
    fn a_clock_that_went_back_keeps_nothing_waiting_for_its_old_time() {
        let next_attempt_at = Some(at(SOON) + TimeDelta::days(400));
        let ahead = Run {
            updated_at: at(SOON) + TimeDelta::days(399),
            next_attempt_at,
            ..frozen(None)
        };
        assert_eq!(decide(&[ahead], SOON), Next::Resume);
    }
}
