//! The steps of the daemon that are reported when they change, although they are checked each minute.

use chrono::{DateTime, Utc};

use super::status_line;
use crate::explain::Explain;
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::gate::Closed;

/// What was reported last.
#[derive(Debug, Default)]
pub(super) struct Milestones {
    gate: Option<Result<(), Closed>>,
    window: Option<String>,
    waits: Option<(DateTime<Utc>, String)>,
    blocked: Option<String>,
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

    /// A run begins, for this window if it is for one.
    pub(super) fn run(&mut self, window: Option<&str>) {
        let Some(window) = window.filter(|window| self.window.as_deref() != Some(window)) else {
            return;
        };
        self.window = Some(window.to_owned());
        tracing::info!(
            message_id = Milestone::WindowDue.message_id(),
            window,
            "a window is due"
        );
    }

    /// There is nothing to do before `until`; `status` says so, and how the last run ended.
    pub(super) fn waiting(&mut self, until: DateTime<Utc>, status: &str) {
        self.blocked = None;
        let waits = Some((until, status.to_owned()));
        if self.waits != waits {
            self.waits = waits;
            tracing::info!(message_id = Milestone::Waiting.message_id(), "{status}");
        }
    }

    /// Another process has the state directory, as `status` says, which is handed back. That is no planned wait: nobody
    /// knows when it ends, so the record has the `reason` instead of that milestone.
    pub(super) fn blocked(&mut self, reason: Reason, status: String) -> String {
        self.waits = None;
        if self.blocked.as_ref() != Some(&status) {
            tracing::info!(%reason, "{status}");
            self.blocked = Some(status.clone());
        }
        status
    }
}
