//! What is to be done next. Pure: follows from the runs in the store, the destination in force, the timetable and the
//! time, for the daemon and for the timer's service alike.
//!
//! A document in the outbox goes before anything new. A window counts as served by every run in it that was confirmed,
//! is held, was discarded by a person or, while a person uploads, waits in a file, and by every scheduled run whose document reached the cloud or still waits for
//! it; a run that ended without a document is made again, after a pause that its row in the store has.

use chrono::{DateTime, Utc};

use crate::reason::Reason;
use crate::schedule::{Decision, RunCause, Timetable};
use crate::settings::Delivery;
use crate::store::{Destination, Run, RunId, State, Trigger};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Bring this run, which is in the outbox, to its end.
    Resume(RunId),
    /// Start a run.
    Run(Trigger),
    /// Ask again at this time.
    Wait(DateTime<Utc>),
}

/// Why the question is asked. Waits are kept over restarts; a person cuts them short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// By the clock, the end of a run, or a start of the daemon or of the timer's service.
    InTime,
    /// By a person, who may have fixed something just now.
    ByPerson,
}

/// Decides by `runs`, the newest first; those for other destinations than that `in_force` do not count.
pub(super) fn next(
    runs: &[Run],
    in_force: &Destination,
    delivery: &Delivery,
    timetable: &Timetable,
    now: DateTime<Utc>,
    asked: Asked,
) -> Next {
    // One at most; not always the newest, since a person may release a document after a later run failed.
    let unfinished = runs.iter().find(|run| run.state.is_under_way());
    if let Some(run) = unfinished.filter(|run| run.destination != *in_force) {
        // It ends at once, whatever it waits for.
        return Next::Resume(run.id);
    }
    let runs = of(runs, in_force);
    let timetable = &continues(timetable, &runs, now);
    // Its window is over, also of a run by hand: today's list takes its place. Not that of what a person approved.
    let mut replaced = false;
    let planned = match timetable.decide(&counted(&runs, delivery), now) {
        Decision::Wait { until, .. } => Next::Wait(until),
        Decision::Run { window, because } => {
            let is_over = |run: &&Run| match &run.window {
                Some(of) => *of != window.key(),
                None => run.started_at < window.start,
            };
            replaced = unfinished.is_some_and(|run| is_over(&run) && !is_approved_and_unsent(run));
            let trigger = match because {
                RunCause::CatchUp => Trigger::CatchUp(window.key()),
                RunCause::Due | RunCause::FirstWindow => Trigger::Scheduled(window.key()),
            };
            Next::Run(trigger)
        }
    };
    match (planned, unfinished) {
        (Next::Run(trigger), Some(_)) if replaced => Next::Run(trigger),
        (_, Some(run)) if asked == Asked::ByPerson || is_due(run, now) => Next::Resume(run.id),
        // Also a run that is due waits for the document in the outbox: it would cut that one's wait short.
        (Next::Wait(until), Some(run)) => Next::Wait(run.next_attempt_at.map_or(until, |at| until.min(at))),
        (planned, Some(run)) => run.next_attempt_at.map_or(planned, Next::Wait),
        (Next::Run(trigger), None) if asked == Asked::InTime => {
            pause(&runs, now).map_or(Next::Run(trigger), Next::Wait)
        }
        (planned, None) => planned,
    }
}

/// When the next window begins that no run serves: `now` if one is due.
pub(super) fn next_window(
    runs: &[Run],
    in_force: &Destination,
    delivery: &Delivery,
    timetable: &Timetable,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let runs = of(runs, in_force);
    match continues(timetable, &runs, now).decide(&counted(&runs, delivery), now) {
        Decision::Wait { until, .. } => until,
        Decision::Run { .. } => now,
    }
}

fn of<'a>(runs: &'a [Run], destination: &Destination) -> Vec<&'a Run> {
    runs.iter().filter(|run| run.destination == *destination).collect()
}

/// Without catch-up, what was missed while the program was down is left out; a window whose run began is not missed.
fn continues(timetable: &Timetable, runs: &[&Run], now: DateTime<Utc>) -> Timetable {
    let window = timetable.window_at(now).key();
    match runs.iter().any(|run| run.window.as_deref() == Some(&*window)) {
        true => timetable.catching_up(),
        false => timetable.clone(),
    }
}

/// When the runs began that serve the window they began in.
fn counted(runs: &[&Run], delivery: &Delivery) -> Vec<DateTime<Utc>> {
    let counts = |run: &&&Run| match run.state {
        // A person has a file to upload, and gets no second one; once lists are sent, nobody waits for a person.
        State::Written => *delivery != Delivery::Connect,
        _ => counts(run),
    };
    runs.iter().filter(counts).map(|run| began(run)).collect()
}

/// The end of the wait after the last collection that failed, unless a later run got further.
fn pause(runs: &[&Run], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut failed = runs
        .iter()
        .take_while(|run| run.state == State::Failed && run.receipt.is_none());
    let last = failed.find(|run| run.next_attempt_at.is_some())?;
    last.next_attempt_at.filter(|_| !is_due(last, now))
}

/// Whether a run serves the window that it began in.
fn counts(run: &Run) -> bool {
    match run.state {
        State::Confirmed => true,
        // A person has to decide, or has decided, whatever started the run.
        State::Held | State::Written => true,
        State::Refused => run.reason == Some(Reason::Discarded),
        // Sent, and the cloud could not process it: the same again would be answered the same.
        State::Failed => (run.receipt.is_some() || had_a_file_to_upload(run)) && !run.trigger.is_by_person(),
        _ => !run.trigger.is_by_person(),
    }
}

/// Whether a person had the file of a run that failed: another list took its place. A file that is only noted may never have
/// been there.
fn had_a_file_to_upload(run: &Run) -> bool {
    run.file.is_some() && matches!(run.reason, Some(Reason::Unconfirmed | Reason::Rejected))
}

/// When the run began, and of a list from a file, when that was collected. What began after it changed for the last time
/// began by a clock that was ahead.
pub(super) fn began(run: &Run) -> DateTime<Utc> {
    run.listed_at().min(run.updated_at)
}

/// Whether the run began in the window of `now`.
pub(super) fn is_in_window(run: &Run, timetable: &Timetable, now: DateTime<Utc>) -> bool {
    timetable.window_at(now).contains(began(run))
}

/// What a person approved is sent, whenever that was. What the cloud accepted need not be waited for as long.
pub(super) fn is_approved_and_unsent(run: &Run) -> bool {
    run.decision.is_some() && run.receipt.is_none()
}

/// Whether the run's next attempt has come. A clock that went back behind the last one is no reason to wait for it.
fn is_due(run: &Run, now: DateTime<Utc>) -> bool {
    match run.next_attempt_at {
        Some(at) => now >= at || now < run.updated_at,
        // Frozen, accepted, or interrupted: nothing speaks against going on.
        None => true,
    }
}

#[cfg(test)]
pub(super) mod tests;
