//! The health of the sync in one word, the same wherever it is shown. Pure.
//!
//! Judged for the destination in force, by what happened last and by the windows of the schedule. A run that is under
//! way says nothing yet, so the word is that of the run before it. Nor does a manual run that failed before it had a
//! document, while the window is served: its caller saw that, and the schedule continues without it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::agenda::began;
use super::summary::{SyncSummary, is_released};
use crate::reason::Reason;
use crate::store::{Run, State};

/// A window may be over its time for so long, and an approved document may wait for so long for its first attempt.
pub(super) const GRACE: TimeDelta = TimeDelta::days(1);

/// How the sync is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// The last run was confirmed, and every window that is over its time was served.
    Healthy,
    /// A window is over its time by a day, and no run was confirmed since it was due; or none ever was.
    Stale,
    /// The last run did not get through, or it was interrupted and no process works on it.
    Failing,
    /// A run waits for a person.
    Held,
    /// The gate is closed.
    Disabled,
}

impl Health {
    /// Every word.
    pub const ALL: [Self; 5] = [Self::Healthy, Self::Stale, Self::Failing, Self::Held, Self::Disabled];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Stale => "stale",
            Self::Failing => "failing",
            Self::Held => "held",
            Self::Disabled => "disabled",
        }
    }
}

/// Judges by the runs that matter. What waits for a person comes before what may pass by itself.
pub fn health(gate_is_open: bool, standing: &SyncSummary, now: DateTime<Utc>) -> Health {
    if !gate_is_open {
        return Health::Disabled;
    }
    if standing.held.as_ref().is_some_and(|run| standing.is_in_force(run)) {
        return Health::Held;
    }
    let last = standing.recent.iter().find_map(|run| got_through(run, standing, now));
    match (last, good_until(standing, now)) {
        (Some(false), _) => Health::Failing,
        (_, Some(until)) if now < until => Health::Healthy,
        _ => Health::Stale,
    }
}

/// Until when the last confirmation is good: the window that follows the one it serves is over its time by a day then.
/// Nothing when there is none, or when it is from the far future: a clock was ahead.
pub(super) fn good_until(standing: &SyncSummary, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (run, due) = (standing.last_confirmed.as_ref()?, standing.next_due?);
    let length = due - began(run);
    (began(run) - length - GRACE <= now).then_some(due + GRACE)
}

/// Whether this run got through; nothing if it does not say how the sync is doing.
fn got_through(run: &Run, standing: &SyncSummary, now: DateTime<Utc>) -> Option<bool> {
    let is_served = || good_until(standing, now).is_some_and(|until| now < until - GRACE);
    match run.state {
        State::Confirmed | State::Held | State::Refused => Some(true),
        // Nor that a newer list took the place of one: when the cloud has none, its time runs out.
        State::Failed if run.reason == Some(Reason::Unconfirmed) && run.file.is_some() => None,
        State::Failed if run.trigger.is_by_person() && run.frozen.is_none() && is_served() => None,
        State::Failed | State::Rejected => Some(false),
        // That a person has a file to upload says nothing of whether the cloud has the list; that it failed there does.
        State::Written => run.reason.is_some().then_some(false),
        State::Collecting | State::Frozen | State::Sending | State::Accepted => {
            let has_failed = run.reason.is_some() || run.attempts > 1;
            let waits_for_long = is_released(run) && now - run.updated_at > GRACE;
            (has_failed || waits_for_long || standing.is_interrupted(run)).then_some(false)
        }
    }
}

#[cfg(test)]
mod tests;
