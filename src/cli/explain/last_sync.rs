//! The age of the list that the cloud has of the server.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::failure::ExplainFailure;
use crate::clock::SystemClock;
use crate::connect::{ListedServer, Listing, ServerReader};
use crate::explain::chain;
use crate::license::explain::ListTime;
use crate::settings::{Environment, ReadAccess, Settings};
use crate::store::Run;
use crate::sync::SyncSummary;

/// The clocks of the cloud, of the server and of this host may differ by this.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// The last confirmed run of this program.
pub(super) struct OwnSync {
    /// When its list was made.
    listed_at: DateTime<Utc>,
    /// When the cloud processed it.
    processed_at: DateTime<Utc>,
}

/// What the store has about the server of the settings: the ID under which it reports, and its last confirmed run. Nothing of
/// that run when the cloud may have taken another list since.
pub(super) async fn of_store(settings: &Settings) -> Result<(Option<Uuid>, Option<OwnSync>), ExplainFailure> {
    let standing = SyncSummary::of(settings).await?;
    let id = standing.destination.as_ref().map(|destination| destination.server_id);
    let Some(confirmed) = standing.last_confirmed else {
        return Ok((id, None));
    };
    let may_be_newer = |run: &Run| run.started_at > confirmed.started_at && run.may_be_taken();
    let is_last = !standing.recent.iter().any(may_be_newer);
    let made_at = confirmed.report.map_or(confirmed.started_at, |report| report.made_at);
    let processed_at = confirmed.receipt.and_then(|receipt| receipt.processed_at);
    let own = OwnSync {
        listed_at: made_at.min(confirmed.started_at),
        processed_at: processed_at.unwrap_or(confirmed.updated_at),
    };
    Ok((id, is_last.then_some(own)))
}

/// The servers that the cloud lists. When they cannot be read, that is reported, and what needs them is left unknown.
pub(super) async fn listing(watch: &ReadAccess, environment: &Environment) -> Option<Listing> {
    let asking = async {
        let reader = ServerReader::new(watch, environment, Arc::new(SystemClock))?;
        reader.listing().await
    };
    match asking.await {
        Ok(listing) => Some(listing),
        Err(error) => {
            tracing::warn!(
                "the license sync status could not be read, so a sync that this program did not make is not known: {}",
                chain(&error)
            );
            None
        }
    }
}

/// When the list was made that the cloud has of a server with one of these host names. Of a sync that this program did not make nobody knows how old its
/// list was; it is not newer than the sync.
pub(super) fn list_time(hosts: &[&str], own: Option<&OwnSync>, listing: Option<&Listing>) -> Option<ListTime> {
    let is_host = |server: &&ListedServer| {
        let name = server.hostname.as_deref();
        name.is_some_and(|name| hosts.iter().any(|host| name.eq_ignore_ascii_case(host)))
    };
    let servers = || listing.into_iter().flat_map(|listing| &listing.servers).filter(is_host);
    let synced_at = servers().filter_map(|server| server.synced_at).max();
    match (own, synced_at) {
        (Some(own), synced_at) if synced_at.is_none_or(|at| at <= own.processed_at + CLOCKS_APART) => {
            Some(ListTime::exactly(own.listed_at))
        }
        (_, Some(at)) => Some(ListTime {
            not_before: DateTime::UNIX_EPOCH,
            not_after: at + CLOCKS_APART,
        }),
        (_, None) => None,
    }
}

/// The host name under which the cloud lists the server with this ID.
pub(super) fn known_as(id: Option<Uuid>, listing: Option<&Listing>) -> Option<&str> {
    listing?.of(id?)?.hostname.as_deref()
}
