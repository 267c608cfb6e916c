//! The steps of the daemon that are reported when they change, although they are looked at each minute.

use chrono::{DateTime, Utc};

use super::status_line;
use crate::explain::Explain;
use crate::observe::catalog::Milestone;
use crate::settings::gate::Closed;

/// What was reported last.
#[derive(Debug, Default)]
pub(super) struct Milestones {
    gate: Option<Result<(), Closed>>,
    until: Option<DateTime<Utc>>,
}

impl Milestones {
    /// The gate was asked.
    pub(super) fn gate(&mut self, gate: Result<(), Closed>) {
        if self.gate.replace(gate) == Some(gate) {
            return;
        }
        match gate {
            Ok(()) => tracing::info!(message_id = Milestone::GateOpened.message_id(), "the gate is open"),
            Err(closed) => tracing::info!(
                message_id = Milestone::GateClosed.message_id(), reason = %closed.reason(), "{}", status_line::closed(closed)
            ),
        }
    }

    /// There is nothing to do before `until`.
    pub(super) fn waiting(&mut self, until: DateTime<Utc>, status: &str) {
        if self.until.replace(until) != Some(until) {
            tracing::info!(message_id = Milestone::Waiting.message_id(), "{status}");
        }
    }
}
