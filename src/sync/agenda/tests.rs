//! Cases of the agenda, by the clock of a test.

mod by_file;

use std::time::Duration;

use chrono::TimeDelta;
use uuid::Uuid;

use super::*;
use crate::license::{Digest, ServerCounts};
use crate::schedule::{Rhythm, Schedule};
use crate::store::{Frozen, HoldAction, HoldDecision, Location, Receipt};

const ENABLED: &str = "2026-11-24T03:04:00Z";
const WINDOW: &str = "2026-11-24T03:04Z";

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn timetable() -> Timetable {
    let schedule = Schedule::new(Rhythm::Weekly, chrono_tz::Tz::UTC, Duration::ZERO, true).unwrap();
    Timetable::new(schedule, at(ENABLED), Uuid::from_u128(1))
}

/// The same, without a run for a window whose time was missed.
fn without_catch_up() -> Timetable {
    let schedule = Schedule::new(Rhythm::Weekly, chrono_tz::Tz::UTC, Duration::ZERO, false).unwrap();
    Timetable::new(schedule, at(ENABLED), Uuid::from_u128(1))
}

pub(in crate::sync) fn here() -> Destination {
    Destination {
        api_origin: "https://api.github.com".to_owned(),
        uploads_origin: "https://uploads.github.com".to_owned(),
        account: "enterprise/octo-corp".to_owned(),
        server_id: Uuid::from_u128(1),
    }
}

pub(in crate::sync) fn run(trigger: Trigger, state: State, started_at: &str) -> Run {
    Run {
        id: RunId::new(at(started_at)),
        window: trigger.window().map(str::to_owned),
        destination: here(),
        hostname: "github.example.com".to_owned(),
        trigger,
        state,
        reason: None,
        detail: None,
        started_at: at(started_at),
        updated_at: at(started_at),
        totals: None,
        encrypted_users: None,
        server_counts: ServerCounts::default(),
        report: None,
        change: None,
        collected_at: None,
        frozen: None,
        decision: None,
        attempts: 0,
        maybe_taken: 0,
        next_attempt_at: None,
        receipt: None,
        baseline: crate::store::Baseline::default(),
        file: None,
    }
}

fn scheduled(state: State) -> Run {
    run(Trigger::Scheduled(WINDOW.to_owned()), state, ENABLED)
}

fn due() -> Next {
    Next::Run(Trigger::Scheduled(WINDOW.to_owned()))
}

/// The same, hours after its time.
fn due_late() -> Next {
    Next::Run(Trigger::CatchUp(WINDOW.to_owned()))
}

/// Whether this run is brought to its end.
fn resumes(run: &Run, now: &str) -> bool {
    decide(std::slice::from_ref(run), now) == Next::Resume(run.id)
}

fn ask(runs: &[Run], now: &str, asked: Asked) -> Next {
    next(runs, &here(), &Delivery::Connect, &timetable(), at(now), asked)
}

fn decide(runs: &[Run], now: &str) -> Next {
    ask(runs, now, Asked::InTime)
}

fn by_person(runs: &[Run]) -> Next {
    ask(runs, SOON, Asked::ByPerson)
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
        location: Location::new("https://api.github.com/1"),
        sent_at: at(ENABLED),
        processed_at: None,
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
    assert_eq!(by_person(&[failed]), due());
}

#[test]
fn a_window_whose_run_failed_is_tried_again_until_its_end_also_without_catch_up() {
    let hours_later = at("2026-11-24T09:00:00Z");
    let decide = |runs: &[Run]| {
        next(
            runs,
            &here(),
            &Delivery::Connect,
            &without_catch_up(),
            hours_later,
            Asked::InTime,
        )
    };
    assert_eq!(decide(&[scheduled(State::Failed)]), due_late());
    assert_eq!(decide(&[]), Next::Wait(at("2026-12-01T03:04:00Z")), "it was missed");
}

#[test]
fn an_interrupted_collection_is_made_again_at_once() {
    assert_eq!(decide(&[scheduled(State::Failed)], SOON), due());
    assert!(resumes(&scheduled(State::Collecting), SOON));
}

#[test]
fn a_run_that_the_gate_refused_leaves_its_window_open() {
    assert_eq!(decide(&[scheduled(State::Refused)], SOON), due());
}

#[test]
fn a_document_that_a_person_discarded_or_has_to_look_at_serves_the_window_it_was_made_in() {
    let discarded = |trigger| Run {
        reason: Some(Reason::Discarded),
        ..run(trigger, State::Refused, ENABLED)
    };
    let week = Next::Wait(at("2026-12-01T03:04:00Z"));
    assert_eq!(decide(&[discarded(Trigger::Scheduled(WINDOW.to_owned()))], SOON), week);
    assert_eq!(decide(&[discarded(Trigger::CatchUp(WINDOW.to_owned()))], SOON), week);
    assert_eq!(decide(&[discarded(Trigger::Manual)], SOON), week);
    assert_eq!(decide(&[run(Trigger::Manual, State::Held, ENABLED)], SOON), week);
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
    assert!(resumes(&frozen(Some(later)), later));
}

#[test]
fn a_frozen_document_that_was_never_sent_waits_for_nobody() {
    let untried = Run {
        reason: None,
        ..frozen(None)
    };
    assert!(resumes(&untried, SOON));
}

#[test]
fn a_wait_is_kept_until_its_time_by_everybody_but_a_person() {
    let later = "2026-11-24T09:00:00Z";
    assert_eq!(decide(&[frozen(Some(later))], SOON), Next::Wait(at(later)));
    assert!(matches!(by_person(&[frozen(Some(later))]), Next::Resume(_)));
    let next_window = Next::Run(Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
    assert_eq!(decide(&[frozen(Some(later))], "2026-12-01T03:04:00Z"), next_window);
}

#[test]
fn a_failed_run_of_a_person_does_not_end_the_wait_of_a_scheduled_one() {
    let waiting = Run {
        next_attempt_at: Some(at("2026-11-24T03:20:00Z")),
        ..scheduled(State::Failed)
    };
    let by_hand = run(Trigger::Manual, State::Failed, SOON);
    assert_eq!(
        decide(&[by_hand, waiting], SOON),
        Next::Wait(at("2026-11-24T03:20:00Z"))
    );
}

fn elsewhere(run: Run) -> Run {
    Run {
        destination: Destination {
            account: "enterprise/other".to_owned(),
            ..here()
        },
        ..run
    }
}

#[test]
fn a_run_for_another_destination_serves_no_window_and_keeps_nothing_waiting() {
    assert_eq!(decide(&[elsewhere(scheduled(State::Confirmed))], SOON), due());
    let failed = Run {
        next_attempt_at: Some(at("2026-11-24T03:20:00Z")),
        ..scheduled(State::Failed)
    };
    assert_eq!(decide(&[elsewhere(failed)], SOON), due());
}

#[test]
fn what_is_in_the_outbox_for_another_destination_ends_at_once() {
    let waiting = elsewhere(frozen(Some("2026-11-24T09:00:00Z")));
    assert!(resumes(&waiting, SOON));
    let accepted = elsewhere(scheduled(State::Accepted));
    assert!(resumes(&accepted, "2026-12-01T03:04:00Z"));
}

#[test]
fn a_released_document_is_sent_although_a_later_run_failed() {
    let released = frozen(Some(SOON));
    let (id, later) = (released.id, run(Trigger::Manual, State::Failed, SOON));
    assert_eq!(decide(&[later, released], SOON), Next::Resume(id));
}

#[test]
fn a_document_of_a_run_by_hand_goes_first_since_it_can_serve_the_window() {
    let by_hand = Run {
        trigger: Trigger::Manual,
        window: None,
        ..frozen(Some(SOON))
    };
    assert!(resumes(&by_hand, SOON));
}

#[test]
fn a_window_waits_for_a_document_of_a_run_by_hand_that_waits() {
    let later = "2026-11-24T09:00:00Z";
    let by_hand = Run {
        trigger: Trigger::Manual,
        window: None,
        ..frozen(Some(later))
    };
    assert_eq!(decide(&[by_hand], SOON), Next::Wait(at(later)));
}

#[test]
fn a_document_of_a_run_by_hand_from_before_the_window_is_replaced() {
    let by_hand = Run {
        trigger: Trigger::Manual,
        window: None,
        ..frozen(Some("2026-12-01T09:00:00Z"))
    };
    let next_window = Next::Run(Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
    assert_eq!(decide(&[by_hand], "2026-12-01T03:04:00Z"), next_window);
}

#[test]
fn a_held_document_waits_for_a_person_and_its_window_is_served() {
    let held = scheduled(State::Held);
    let week = Next::Wait(at("2026-12-01T03:04:00Z"));
    assert_eq!(decide(std::slice::from_ref(&held), SOON), week);
    assert_eq!(by_person(&[held]), week);
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

/// By a person, after its window.
pub(in crate::sync) fn approved(run: Run) -> Run {
    let decision = HoldDecision {
        action: HoldAction::Approved,
        at: run.updated_at,
        by: "mona".to_owned(),
    };
    Run {
        decision: Some(decision),
        ..run
    }
}

#[test]
fn an_approved_document_keeps_its_wait_and_its_place_when_its_window_is_over() {
    let later = "2026-12-01T09:00:00Z";
    let waiting = approved(frozen(Some(later)));
    assert_eq!(
        decide(std::slice::from_ref(&waiting), "2026-12-01T03:04:00Z"),
        Next::Wait(at(later))
    );
    assert!(resumes(&waiting, later));
    let asked = ask(std::slice::from_ref(&waiting), "2026-12-01T03:04:00Z", Asked::ByPerson);
    assert_eq!(asked, Next::Resume(waiting.id));
    // Like any other once the cloud has it.
    let receipt = Some(Receipt {
        upload_id: "1".into(),
        location: Location::new("https://api.github.com/1"),
        sent_at: at(ENABLED),
        processed_at: None,
    });
    let accepted = Run {
        receipt,
        ..approved(scheduled(State::Accepted))
    };
    assert!(matches!(decide(&[accepted], "2026-12-01T03:04:00Z"), Next::Run(_)));
}

#[test]
fn an_accepted_document_is_asked_for_until_it_is_confirmed() {
    assert!(resumes(&scheduled(State::Accepted), SOON));
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
    assert!(resumes(&ahead, SOON));
}

#[test]
fn a_run_that_began_by_a_clock_that_was_ahead_serves_no_window_to_come() {
    let ahead = Run {
        updated_at: at(SOON),
        ..run(
            Trigger::Scheduled("2026-12-08T03:04Z".to_owned()),
            State::Confirmed,
            "2026-12-10T00:00:00Z",
        )
    };
    let runs = [ahead, scheduled(State::Confirmed)];
    assert_eq!(decide(&runs, SOON), Next::Wait(at("2026-12-01T03:04:00Z")));
    assert!(matches!(decide(&runs, "2026-12-08T03:10:00Z"), Next::Run(_)));
}
