//! Asks whether the gate is open: before a run, and while it works.

use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use super::context::Context;
use super::error::SyncError;
use super::job::Job;
use super::recover::{Outbox, close_outbox};
use crate::settings::{Gate, Link};
use crate::store::Run;

/// How often the gate is asked while a run transfers, for settings that nobody reloads.
pub(super) const LOOK_AT_GATE: Duration = Duration::from_secs(2);

/// The settings of an open gate. What is in the outbox ends where it is closed.
pub(super) async fn pass_gate(context: &Context) -> Result<Box<Link>, SyncError> {
    match context.settings.gate() {
        Gate::Open(link) => Ok(link),
        Gate::Closed(closed) => Err(match close_outbox(context, closed).await? {
            Outbox::GivenUp(error) => error,
            Outbox::Empty => SyncError::NotSent(closed.into()),
            Outbox::InUse(holder) => SyncError::InUse { holder, source: closed },
        }),
    }
}

impl Job<'_> {
    /// Does `work` as long as the gate is open for the run and its destination is in force. Both are asked before, when a
    /// person spoke, and every few seconds.
    pub(super) async fn while_allowed<T>(&self, run: &Run, work: impl Future<Output = T>) -> Result<T, SyncError> {
        let mut work = pin!(work);
        loop {
            // It counts from here on, so that nothing is missed between the question and the wait.
            let nudged = self.context.nudge.notified();
            self.pass_gate_or_give_up(run).await?;
            tokio::select! {
                done = &mut work => return Ok(done),
                _ = timeout(LOOK_AT_GATE, nudged) => {}
            }
        }
    }
}
