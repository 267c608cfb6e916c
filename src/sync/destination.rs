//! The destination in force: which account this server reports to, and under which ID.
//!
//! What an earlier run made for another destination ends here, before anything is sent, asked or authenticated.

use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use super::cause::because;
use super::error::SyncError;
use super::job::Job;
use super::recover::give_up;
use crate::settings::{Gate, LicenseOwner, Link};
use crate::store::{Destination, Installation, Run, State, Store, StoreError};

/// The destination of these settings; `known` is what the store knows, if there is one.
pub fn destination(link: &Link, known: Option<Installation>) -> Destination {
    let account = match &link.cloud.account {
        LicenseOwner::Enterprise(name) => format!("enterprise/{name}"),
        LicenseOwner::Organization(name) => format!("organization/{name}"),
    };
    Destination {
        api_origin: origin(&link.cloud.api_url),
        uploads_origin: origin(&link.cloud.uploads_url),
        account: account.to_ascii_lowercase(),
        server_id: server_id(link, known),
    }
}

/// The ID from the settings, else that under which the store last froze a document, so that a server may be renamed, else
/// the one that follows from the host name, so that a lost state directory leads to the same ID again. `uuidgen --sha1 --namespace @dns --name HOST` prints
/// the same.
pub fn server_id(link: &Link, known: Option<Installation>) -> Uuid {
    let derived = || Uuid::new_v5(&Uuid::NAMESPACE_DNS, hostname(link).as_bytes());
    link.server
        .id
        .or(known.and_then(|known| known.frozen_under))
        .unwrap_or_else(derived)
}

/// What the store knows of this server, and the destination in force. The store must not have sent anything for another
/// server.
pub(super) async fn in_force(
    store: &Store,
    link: &Link,
    now: DateTime<Utc>,
) -> Result<(Installation, Destination), StoreError> {
    let installation = store.installation(now).await?;
    let destination = destination(link, Some(installation));
    store.belongs_to(destination.server_id).await?;
    Ok((installation, destination))
}

/// The name of the enterprise server, in lower case.
pub(super) fn hostname(link: &Link) -> &str {
    link.server.url.host_str().unwrap_or_default()
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Ends what is in the outbox, or held, for another destination than `in_force`, and deletes the fingerprints of its lists.
/// Returns the run whose document ended: that in the outbox, if both did.
pub(super) async fn retire(
    store: &Store,
    in_force: &Destination,
    now: DateTime<Utc>,
) -> Result<Option<Run>, StoreError> {
    let mut ended = None;
    let open = [
        store.held().await?,
        store.waiting_file().await?,
        store.unfinished().await?,
    ];
    for run in open.into_iter().flatten() {
        if run.destination != *in_force {
            end(store, &run, in_force, now).await?;
            if run.frozen.is_some() {
                ended = Some(store.run(run.id).await?);
            }
        }
    }
    forget_others(store, in_force).await?;
    Ok(ended)
}

/// No list for another destination is compared with any more.
async fn forget_others(store: &Store, in_force: &Destination) -> Result<(), StoreError> {
    if store.forget_fingerprints(Some(in_force)).await? {
        tracing::info!("deleted the fingerprint of a list for another destination than {in_force}");
    }
    Ok(())
}

/// Ends a run because the destination changed; its payload is deleted and its window is open again.
async fn end(store: &Store, run: &Run, in_force: &Destination, now: DateTime<Utc>) -> Result<SyncError, StoreError> {
    // It may have been sent since it was read.
    let run = store.run(run.id).await?;
    let error = SyncError::DestinationChanged {
        accepted: run.receipt.is_some(),
        maybe_taken: run.may_be_taken(),
        file: run.file.map(|file| file.path),
        from: Box::new(run.destination),
        to: Box::new(in_force.clone()),
    };
    let because = because(&error);
    store.settle(run.id, State::Refused, now, Some(&because)).await?;
    tracing::warn!(run_id = %run.id, window = run.window, state = %State::Refused, reason = %because.reason, "{}", because.detail);
    forget_others(store, in_force).await?;
    Ok(error)
}

impl Job<'_> {
    /// Asks before anything goes to the cloud for `run`: is the gate open, and is its destination still the one in force?
    /// If not, the run ends and its payload is deleted, unless the store is another server's.
    pub(super) async fn pass_gate_or_give_up(&self, run: &Run) -> Result<Link, SyncError> {
        let link = match self.context.settings.gate() {
            Gate::Open(link) => link,
            Gate::Closed(closed) => return Err(give_up(&self.store, run.id, closed, self.now()).await?),
        };
        // The run's own ID is the store's by now.
        let known = Installation {
            frozen_under: Some(run.destination.server_id),
            ..self.installation
        };
        let in_force = destination(&link, Some(known));
        if in_force == run.destination {
            return Ok(*link);
        }
        // Another ID is refused and changes nothing, here as before a run.
        self.store.belongs_to(in_force.server_id).await?;
        Err(end(&self.store, run, &in_force, self.now()).await?)
    }
}
