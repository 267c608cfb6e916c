//! Every sequence of two runs, and what the schedule makes of a confirmation.

use std::fmt::Write as _;

use super::*;
use crate::reason::Reason;
use crate::store::{Frozen, HoldAction, HoldDecision, Holder, Trigger};
use crate::sync::agenda::tests::{here, run};

const BEGAN: &str = "2026-11-24T03:04:00Z";

/// Of the window after the one that was served.
const DUE: &str = "2026-12-01T03:04:00Z";

/// In the window that was served.
const SOON: &str = "2026-11-24T04:00:00Z";

/// How a run can stand.
const STANDS: [&str; 13] = [
    "confirmed",
    "failed",
    "failed by hand",
    "rejected",
    "undelivered",
    "unconfirmed",
    "interrupted",
    "under way",
    "tried again",
    "approved",
    "held",
    "discarded",
    "gate closed",
];

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn of(stands: &str) -> Run {
    let (state, reason) = match stands {
        "confirmed" => (State::Confirmed, None),
        "failed" | "failed by hand" => (State::Failed, Some(Reason::ServerError)),
        "rejected" => (State::Rejected, Some(Reason::Rejected)),
        "undelivered" => (State::Frozen, Some(Reason::UnreachableCloud)),
        "unconfirmed" => (State::Accepted, Some(Reason::Unconfirmed)),
        "interrupted" | "under way" | "tried again" => (State::Sending, None),
        "approved" => (State::Frozen, None),
        "held" => (State::Held, Some(Reason::MassChange)),
        "discarded" => (State::Refused, Some(Reason::Discarded)),
        "gate closed" => (State::Refused, Some(Reason::LicenseSyncDisabled)),
        other => panic!("{other}"),
    };
    let trigger = match stands {
        "failed by hand" => Trigger::Manual,
        _ => Trigger::Scheduled("2026-11-24T03:04Z".to_owned()),
    };
    let approved = HoldDecision {
        action: HoldAction::Approved,
        by: "monalisa".to_owned(),
        at: at(BEGAN),
    };
    Run {
        reason,
        decision: (stands == "approved").then_some(approved),
        attempts: match stands {
            "tried again" => 6,
            "under way" | "interrupted" => 1,
            _ => 0,
        },
        ..run(trigger, state, BEGAN)
    }
}

/// Where everything stands after these runs, the last one last. An earlier one was confirmed.
fn after(runs: &[&str]) -> SyncSummary {
    let is_at_work = runs
        .last()
        .is_some_and(|last| ["under way", "tried again"].contains(last));
    let recent: Vec<_> = runs.iter().rev().map(|stands| of(stands)).collect();
    SyncSummary {
        running: is_at_work.then(Holder::default),
        destination: Some(here()),
        held: recent.iter().find(|run| run.state == State::Held).cloned(),
        last_confirmed: Some(of("confirmed")),
        next_due: Some(at(DUE)),
        recent,
        ..SyncSummary::default()
    }
}

fn word(runs: &[&str], now: &str) -> &'static str {
    health(true, &after(runs), at(now)).word()
}

#[test]
fn the_word_follows_from_what_happened_last() {
    let mut table = String::new();
    for last in STANDS {
        let mut words: Vec<(&str, Vec<&str>)> = Vec::new();
        for before in STANDS {
            let told = word(&[before, last], SOON);
            match words.iter_mut().find(|(word, _)| *word == told) {
                Some((_, list)) => list.push(before),
                None => words.push((told, vec![before])),
            }
        }
        for (told, before) in words {
            let before = if before.len() == STANDS.len() {
                "whatever was before".to_owned()
            } else {
                before.join(", ")
            };
            let _infallible = writeln!(table, "{last:<14} {told:<8} {before}");
        }
    }
    insta::assert_snapshot!(table, @"
    confirmed      healthy  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    confirmed      held     held
    failed         failing  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    failed         held     held
    failed by hand healthy  confirmed, failed by hand, approved, discarded, gate closed
    failed by hand failing  failed, rejected, undelivered, unconfirmed, interrupted, under way, tried again
    failed by hand held     held
    rejected       failing  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    rejected       held     held
    undelivered    failing  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    undelivered    held     held
    unconfirmed    failing  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    unconfirmed    held     held
    interrupted    failing  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    interrupted    held     held
    under way      healthy  confirmed, failed by hand, interrupted, under way, approved, discarded, gate closed
    under way      failing  failed, rejected, undelivered, unconfirmed, tried again
    under way      held     held
    tried again    failing  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    tried again    held     held
    approved       healthy  confirmed, failed by hand, approved, discarded, gate closed
    approved       failing  failed, rejected, undelivered, unconfirmed, interrupted, under way, tried again
    approved       held     held
    held           held     whatever was before
    discarded      healthy  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    discarded      held     held
    gate closed    healthy  confirmed, failed, failed by hand, rejected, undelivered, unconfirmed, interrupted, under way, tried again, approved, discarded, gate closed
    gate closed    held     held
    ");
}

#[test]
fn a_run_by_hand_that_had_no_document_counts_once_the_next_window_is_due() {
    let runs = ["confirmed", "failed by hand"];
    assert_eq!(word(&runs, "2026-12-01T03:03:59Z"), "healthy");
    assert_eq!(word(&runs, DUE), "failing");
    let sent = Run {
        frozen: Some(Frozen {
            digest: crate::license::Digest([0; 32]),
            idempotency_key: "key".to_owned(),
            content_digest: crate::license::Digest([0; 32]),
            body_size: 1,
        }),
        ..of("failed by hand")
    };
    let standing = SyncSummary {
        recent: vec![sent, of("confirmed")],
        ..after(&[])
    };
    assert_eq!(health(true, &standing, at(SOON)), Health::Failing, "it had a document");
}

#[test]
fn a_confirmation_is_good_until_a_day_after_the_next_window_is_due() {
    for (now, expected) in [
        (SOON, "healthy"),
        (DUE, "healthy"),
        ("2026-12-02T03:03:59Z", "healthy"),
        ("2026-12-02T03:04:00Z", "stale"),
        // The clock was ahead when it was confirmed: a little is no matter.
        ("2026-11-20T00:00:00Z", "healthy"),
        ("2026-11-01T00:00:00Z", "stale"),
    ] {
        assert_eq!(word(&["confirmed"], now), expected, "{now}");
    }
    let never = SyncSummary {
        last_confirmed: None,
        next_due: None,
        ..after(&["under way"])
    };
    assert_eq!(health(true, &never, at(SOON)), Health::Stale);
    assert_eq!(health(false, &never, at(SOON)), Health::Disabled);
}

#[test]
fn an_approved_document_may_wait_for_a_day() {
    assert_eq!(word(&["confirmed", "approved"], "2026-11-25T03:04:00Z"), "healthy");
    assert_eq!(word(&["confirmed", "approved"], "2026-11-25T03:04:01Z"), "failing");
}

#[test]
fn what_is_held_for_another_destination_is_not_waited_for() {
    let mut standing = after(&["confirmed"]);
    let mut held = of("held");
    held.destination.account = "enterprise/other".to_owned();
    standing.held = Some(held);
    assert_eq!(health(true, &standing, at(SOON)), Health::Healthy);
}
