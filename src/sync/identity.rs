//! Who else reports under our server ID: a copied machine would overwrite the list of the one it was copied from.
//!
//! Told by the cloud's own status: what it last heard under our ID must come from us. A host that was renamed is still
//! us; a host with another name that reported since our last upload is not.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::timeout;

use super::error::SyncError;
use super::{Job, because, server_id};
use crate::connect::{Identity, LastHeard};
use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::settings::Link;
use crate::store::{Installation, Run, State};

/// The document does not wait longer than this for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The clocks of the cloud and of this machine may differ by this.
const CLOCKS_APART: TimeDelta = TimeDelta::hours(1);

/// This server as the cloud knows it.
pub(super) fn identity(link: &Link, installation: Installation) -> Identity<'_> {
    Identity {
        server_id: server_id(link, installation),
        hostname: link.server.url.host_str().unwrap_or_default(),
    }
}

impl Job<'_> {
    /// Before a document is sent for the first time. That the cloud cannot be asked is no reason not to send.
    pub(super) async fn make_sure_of_identity(&self, run: &Run, link: &Link) -> Result<(), SyncError> {
        let installation = self.store.installation(self.now()).await?;
        let us = identity(link, installation);
        let ours = self.store.last_sent(run.id).await?.map(|sent| sent.updated_at);
        if ours.is_none() && link.server.id.is_none() {
            // Made here and never used: nobody can know it.
            return Ok(());
        }
        let Some(heard) = self.last_heard(us).await else {
            return Ok(());
        };
        let is_later = ours.is_none_or(|ours| heard.at > ours);
        match heard.hostname.as_deref() {
            Some(other) if is_later && !other.eq_ignore_ascii_case(us.hostname) => self.end_unsent(run, other).await,
            _ => {
                if ours.is_none_or(|ours| heard.at > ours + CLOCKS_APART) {
                    tell_of_lost_history(&heard);
                }
                Ok(())
            }
        }
    }

    /// What the cloud last heard under our ID, if it says so soon.
    async fn last_heard(&self, us: Identity<'_>) -> Option<LastHeard> {
        let asking = async { self.client()?.last_heard(us.server_id).await };
        match timeout(PATIENCE, asking).await {
            Ok(Ok(heard)) => return heard,
            Ok(Err(error)) => {
                tracing::debug!(reason = %error.reason(), "it is not known who else reports under our server ID: {}", chain(&error));
            }
            Err(_) => tracing::debug!("it is not known who else reports under our server ID: no answer came in time"),
        }
        None
    }

    async fn end_unsent(&self, run: &Run, hostname: &str) -> Result<(), SyncError> {
        let error = SyncError::OtherHost {
            hostname: hostname.to_owned(),
            accepted: false,
        };
        let (because, now) = (because(&error), self.now());
        self.store.settle(run.id, State::Failed, now, Some(&because)).await?;
        Err(error)
    }
}

fn tell_of_lost_history(heard: &LastHeard) {
    tracing::warn!(
        message_id = Milestone::StateIsOld.message_id(),
        "the cloud has a later list of this server, of {}, than this store knows of: the state directory is new or was \
         restored from a backup",
        heard.at
    );
}
