//! The worker beside other processes on its state directory. One of them is its daemon; another daemon works on nothing,
//! says for which process it waits, and takes over within a minute of that one's end.

use std::sync::Arc;

use super::super::{status_line, watch_task};
use super::Worker;
use crate::explain::Explain;
use crate::settings::gate::Closed;
use crate::store::{DaemonLock, StoreError, lock_for_daemon};
use crate::sync::{SyncError, WatchContext};

impl Worker {
    /// Makes sure that there is no other daemon.
    pub(super) async fn become_daemon(&mut self) -> Result<(), StoreError> {
        if !self.lock.as_ref().is_some_and(DaemonLock::is_in_place) {
            self.lock = None;
            let (since, settings) = (self.clock.now(), self.settings.digest());
            self.lock = Some(lock_for_daemon(&self.context.state_directory, since, settings).await?);
        }
        Ok(())
    }

    /// Nothing is to be done behind a closed gate, for which another daemon need not have the same settings.
    pub(super) fn wait_behind_gate(&mut self, closed: Closed, other: Option<StoreError>) -> String {
        let status = status_line::closed(closed);
        match other {
            None => status,
            Some(error) => (self.milestones).blocked(error.reason(), format!("{status} by this process, but {error}")),
        }
    }

    /// Another daemon has the state directory, or the store cannot be used: the alarm asks again.
    pub(super) fn wait_for_store(&mut self, error: StoreError) -> String {
        self.until = Some(self.clock.now());
        if let StoreError::Locked { .. } = error {
            return self.milestones.blocked(error.reason(), format!("waiting: {error}"));
        }
        self.faults.proceed();
        let status = format!("the store cannot be used: {error}; it is tried again each minute");
        self.report(&SyncError::from(error));
        status
    }

    /// Reads the license sync status of the servers from the cloud if that is due, unless another daemon does.
    pub(super) fn ask_the_cloud(&mut self) {
        if self.lock.is_some() && self.watch.is_due(self.clock.now()) {
            self.watch.start(WatchContext {
                settings: self.settings.clone(),
                environment: self.sources.environment.clone(),
                clock: Arc::clone(&self.clock),
            });
        }
    }

    /// A question to the cloud is over.
    pub(super) async fn conclude_question(&mut self, outcome: watch_task::WatchOutcome) {
        self.watch.conclude(outcome, self.clock.now());
        self.publish().await;
    }

    /// Writes the metrics, unless another daemon does.
    pub(super) async fn publish(&mut self) {
        if self.lock.is_some() {
            self.monitoring.publish(&self.settings, self.clock.now()).await;
        }
    }
}
