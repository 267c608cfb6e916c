//! The tools of one run: the store, the settings that it began with, and the client of the cloud.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::context::Context;
use crate::connect::{Client, ConnectError};
use crate::settings::Link;
use crate::store::{self, Destination, Installation, Run, Store};
use crate::transport::Pace;

/// One run's tools.
pub(super) struct Job<'a> {
    pub(super) context: &'a Context,
    pub(super) store: Store,
    /// The settings that the run began with, and what follows from them.
    pub(super) link: Link,
    pub(super) installation: Installation,
    pub(super) destination: Destination,
    /// The run whose document ended because it was for another destination.
    pub(super) retired: Option<Run>,
    pub(super) client: OnceLock<Client>,
    /// Transfers end with the window.
    pub(super) pace: Pace,
    /// That the cloud's list of servers cannot be read was reported in this run.
    pub(super) list_is_unreadable: AtomicBool,
    /// That the entry of this server in it cannot be read completely was reported in this run.
    pub(super) entry_is_unreadable: AtomicBool,
    pub(super) _lock: store::Lock,
}

impl Job<'_> {
    /// The way to the cloud. Not prepared before there is a run in which its failure can be noted.
    pub(super) fn client(&self) -> Result<&Client, ConnectError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let clock = Arc::clone(&self.context.clock);
        let client = Client::new(&self.link.cloud, self.pace, &self.context.environment, clock)?;
        Ok(self.client.get_or_init(|| client))
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.context.clock.now()
    }
}
