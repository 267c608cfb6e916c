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
    // Only the newest run can be unfinished or wait for another attempt.
    let Some(last) = runs.first() else { return planned };
    if !last.state.is_final() && last.state != State::Held {
        return if fresh || is_due(last, now) {
            Next::Resume
        } else {
            earlier(planned, last.next_attempt_at)
        };
    }
    match planned {
        Next::Run(_) if !fresh && last.state == State::Failed && !is_due(last, now) => {
            last.next_attempt_at.map_or(planned, Next::Wait)
        }
        planned => planned,
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
