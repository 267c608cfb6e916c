//! One word for how the sync is doing; the same in `status` and wherever else it is told.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::standing::Standing;
use crate::store::State;

/// A window of a week and a day: older confirmations are stale.
const FRESH_FOR: Duration = Duration::days(8);

/// How the sync is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// The last run was confirmed, and not long ago.
    Healthy,
    /// No run was confirmed for a week and a day.
    Stale,
    /// The last run did not get through.
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
    #[must_use]
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

/// Judges by the runs that matter. What waits for a person comes before what may mend itself.
#[must_use]
pub fn health(gate_is_open: bool, standing: &Standing, now: DateTime<Utc>) -> Health {
    if !gate_is_open {
        return Health::Disabled;
    }
    if standing.held.as_ref().is_some_and(|run| standing.is_in_force(run)) {
        return Health::Held;
    }
    match standing.last_run.as_ref().map(|run| (run.state, run.reason)) {
        Some((State::Failed | State::Rejected, _)) => Health::Failing,
        // Undelivered or unconfirmed: it has a reason, which a run that is just going on has not.
        Some((State::Frozen | State::Accepted, Some(_))) => Health::Failing,
        _ => match &standing.last_confirmed {
            // One from far in the future was written by a clock that was ahead.
            Some(run) if (now - run.updated_at).abs() <= FRESH_FOR => Health::Healthy,
            _ => Health::Stale,
        },
    }
}
