//! Documents that are written to a file, which a person uploads.

use super::*;
use crate::store::WrittenFile;

fn next_by(delivery: &Delivery, runs: &[Run], now: &str, asked: Asked) -> Next {
    next(runs, &here(), delivery, &timetable(), at(now), asked)
}

fn into_files() -> Delivery {
    Delivery::File("/srv".into())
}

fn decide(runs: &[Run], now: &str) -> Next {
    next_by(&into_files(), runs, now, Asked::InTime)
}

#[test]
fn a_window_gets_one_file_however_it_was_started_and_however_it_ended() {
    let week = Next::Wait(at("2026-12-01T03:04:00Z"));
    let next_week = "2026-12-01T03:04:00Z";
    for trigger in [Trigger::Scheduled(WINDOW.to_owned()), Trigger::Manual] {
        let written = run(trigger, State::Written, ENABLED);
        assert_eq!(decide(std::slice::from_ref(&written), SOON), week);
        assert_eq!(
            next_by(&into_files(), std::slice::from_ref(&written), SOON, Asked::ByPerson),
            week,
            "there is nothing to continue with"
        );
        let due = Next::Run(Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
        assert_eq!(decide(&[written], next_week), due, "it does not block the next one");
    }
    let failed = |file, reason| Run {
        file,
        reason: Some(reason),
        ..scheduled(State::Failed)
    };
    let file = WrittenFile {
        path: "/srv/file.json".to_owned(),
        sha256: Digest([0; 32]),
        bytes: Some(4),
        written_at: at(ENABLED),
        reminded_at: None,
        failed_at: None,
        processed_at: None,
    };
    for reason in [Reason::Rejected, Reason::Unconfirmed] {
        let replaced = failed(Some(file.clone()), reason);
        assert_eq!(decide(&[replaced], SOON), week, "{reason:?}");
    }
    assert_eq!(decide(&[failed(None, Reason::Rejected)], SOON), due());
    let never_written = failed(Some(file), Reason::Internal);
    assert_eq!(decide(&[never_written], SOON), due(), "the disk lost what was frozen");
}

#[test]
fn a_file_that_waits_keeps_nothing_from_being_sent_once_lists_are_sent() {
    let written = scheduled(State::Written);
    let sent = |runs: &[Run]| next_by(&Delivery::Connect, runs, SOON, Asked::InTime);
    assert_eq!(sent(std::slice::from_ref(&written)), due());
    let timetable = timetable();
    let window = |delivery: &Delivery| {
        let runs = std::slice::from_ref(&written);
        next_window(runs, &here(), delivery, &timetable, at(SOON))
    };
    assert_eq!(window(&Delivery::Connect), at(SOON));
    assert_eq!(window(&into_files()), at("2026-12-01T03:04:00Z"));
}
