//! Which host reports as this server: compares the cloud's list with what this store sent.
//!
//! Read before a document is sent, and once after it was processed. It holds a document back in two cases: another host
//! reports under our ID, so that a copied machine would overwrite the list of the original; or our host name stands
//! under another ID, so that everybody would be counted twice. Times are compared by the cloud's clock alone.

use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;
use uuid::Uuid;

use super::agenda::is_approved_and_unsent;
use super::cause::because;
use super::deliver::Age;
use super::destination::hostname;
use super::error::SyncError;
use super::job::Job;
use super::listed_upload::baseline;
use crate::connect::{ListedServer, Listing};
use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::settings::{Delivery, Link};
use crate::store::{Baseline, Receipt, Run, State, Trigger};
use crate::transport::Tier;

/// The document does not wait longer than this for the answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The clocks of the cloud's hosts may differ by this.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// What the cloud processes so long after an attempt to send a document is another one.
const PROCESSED_WITHIN: TimeDelta = TimeDelta::hours(1);

/// This server, as it reports.
struct Us<'a> {
    id: Uuid,
    hostname: &'a str,
    /// The settings name the ID, so a person knows of it.
    id_is_set: bool,
}

/// What the cloud's list says about this server.
#[derive(Debug, PartialEq, Eq)]
enum ListedIdentity {
    /// Nothing that this store cannot explain.
    Known,
    /// Another host reported under our ID.
    OtherHost(String),
    /// Our host name stands under another ID.
    OtherId(String),
    /// Our host reported under our ID, and this store did not.
    NotByThisStore(DateTime<Utc>),
}

impl Job<'_> {
    /// Before a document is sent or written, whenever it is resumed; what the cloud lists is noted. That it could not be read
    /// is no reason not to send.
    pub(super) async fn make_sure_of_identity(&self, run: &Run, link: &Link, age: Age) -> Result<(), SyncError> {
        let listing = self.while_allowed(run, self.listing(run)).await?;
        let baseline = match &listing {
            Some(listing) => baseline(run, listing),
            None => Baseline {
                listed_at: None,
                synced_at: self.store.last_processed(&run.destination).await?,
            },
        };
        self.store.note_baseline(run.id, baseline).await?;
        let Some(listing) = listing else { return Ok(()) };
        let sent = self.store.sent_since_confirmed(&run.destination).await?;
        let attempts = self.attempts(run).await?;
        let us = us(link, run);
        let error = match judge(&us, &sent, &listing) {
            finding @ (ListedIdentity::Known | ListedIdentity::NotByThisStore(_)) => {
                if let ListedIdentity::NotByThisStore(at) = finding {
                    report_unknown_sync(at);
                }
                return match overtaken(run, &attempts, &sent, &listing, self.now()) {
                    Some(at) if age == Age::Waiting || run.trigger == Trigger::Upload => {
                        Err(SyncError::Overtaken { at })
                    }
                    _ => Ok(()),
                };
            }
            ListedIdentity::OtherHost(hostname) => SyncError::OtherHost { hostname },
            ListedIdentity::OtherId(listed) => SyncError::OtherId {
                bound: self.installation.bound_to.is_some(),
                hostname: us.hostname.to_owned(),
                listed,
                ours: us.id,
            },
        };
        self.postpone(run, State::Frozen, &because(&error), Tier::Lasting, None)
            .await?;
        Err(error)
    }

    /// When the document was sent, as far as the history goes back.
    async fn attempts(&self, run: &Run) -> Result<Vec<DateTime<Utc>>, SyncError> {
        let events = self.store.events(run.id).await?;
        let sending = events.into_iter().filter(|event| event.state == State::Sending);
        Ok(sending.map(|event| event.at).collect())
    }

    /// After the cloud processed the document: whether its list says the same. It changes nothing.
    pub(super) async fn compare_with_list(&self, run: &Run) {
        let Some(listing) = self.listing(run).await else {
            return;
        };
        let difference = match listing.of(run.destination.server_id) {
            None => "does not list this server".to_owned(),
            Some(server) if server.failed || server.said.is_some() => of_last_sync(server),
            Some(server) if run.receipt.as_ref().is_some_and(|receipt| is_older(server, receipt)) => {
                "lists no sync of this server since then".to_owned()
            }
            Some(server) => match &server.hostname {
                Some(other) if !other.eq_ignore_ascii_case(&run.hostname) => format!("calls this server {other}"),
                _ => return,
            },
        };
        tracing::warn!(run_id = %run.id, "the cloud processed the license usage, and its license sync status {difference}");
    }

    /// What the cloud's list shows about the last sync of this server, after the cloud failed to process this document.
    pub(super) async fn said_about_failure(&self, run: &Run, receipt: &Receipt) -> Option<String> {
        let listing = self.listing(run).await?;
        let server = listing.of(run.destination.server_id)?;
        server.said.clone().filter(|_| !is_older(server, receipt))
    }

    /// What the cloud lists, if it says so soon. When it cannot be read, or not all of our own entry, that is reported once
    /// a run.
    pub(super) async fn listing(&self, run: &Run) -> Option<Listing> {
        if self.list_is_unreadable.load(Ordering::Relaxed) {
            return None;
        }
        let asking = async {
            match &self.link.sync.delivery {
                Delivery::Connect => self.client()?.listing().await,
                Delivery::File(_) => self.read_listing(run).await,
            }
        };
        let (reason, why) = match timeout(PATIENCE, asking).await {
            Ok(Ok(listed)) => {
                self.report_unreadable(run, listed.as_ref());
                return listed;
            }
            Ok(Err(error)) => (Some(error.reason().code()), chain(&error)),
            Err(_) => (None, "no answer came in time".to_owned()),
        };
        self.list_is_unreadable.store(true, Ordering::Relaxed);
        tracing::warn!(
            reason,
            "the servers that report to the account could not be compared: {why}"
        );
        None
    }

    fn report_unreadable(&self, run: &Run, listing: Option<&Listing>) {
        let unreadable = listing.map(|listing| listing.unreadable(run.destination.server_id));
        let named: Vec<_> = unreadable.into_iter().flatten().map(|it| it.to_string()).collect();
        if named.is_empty() || self.entry_is_unreadable.swap(true, Ordering::Relaxed) {
            return;
        }
        tracing::warn!(
            "the entry of this server in the license sync status could not be read completely, and only the rest of it was \
             compared: {}",
            named.join("; ")
        );
    }
}

/// The cloud's message about the last sync of this server.
fn of_last_sync(server: &ListedServer) -> String {
    let failed = if server.failed {
        "says that the last sync of this server failed"
    } else {
        "remarks on the last sync of this server"
    };
    match &server.said {
        Some(said) => format!("{failed}: {said}"),
        None => failed.to_owned(),
    }
}

/// Whether the last sync that the cloud lists is older than the upload: it may have taken the key of another for ours.
fn is_older(server: &ListedServer, receipt: &Receipt) -> bool {
    server.synced_at.is_some_and(|at| at + CLOCKS_APART < receipt.sent_at)
}

fn us<'a>(link: &'a Link, run: &Run) -> Us<'a> {
    Us {
        id: run.destination.server_id,
        hostname: hostname(link),
        id_is_set: link.server.id.is_some(),
    }
}

/// When the cloud processed a later list of this server than this document can be, if it did: the store was restored from
/// a backup, or lost and made again. Only an attempt explains what was processed in the hour after it: what came later, or
/// between two attempts, is another document, unless the cloud was late with an older one that was `sent` from here. Times
/// before now are compared, each by its own clock.
fn overtaken(
    run: &Run,
    attempts: &[DateTime<Utc>],
    sent: &[Run],
    listing: &Listing,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let server = listing.of(run.destination.server_id)?;
    let at = server.synced_at?;
    let processed = now - (listing.at - at);
    let is_explained =
        |attempt: &DateTime<Utc>| (*attempt - CLOCKS_APART..=*attempt + PROCESSED_WITHIN).contains(&processed);
    let is_later = (run.listed_at() + CLOCKS_APART..=now).contains(&processed);
    let is_ours = attempts.iter().any(is_explained) || sent.iter().any(|older| is_of_older(older, run, server, at));
    (is_later && !is_ours).then_some(at)
}

/// Whether the sync that the cloud lists is one of an `older` list of this store. While nobody knows when that was processed,
/// it may be: then a document that a person approved is sent, and any other gives way to today's list, which is as good.
fn is_of_older(older: &Run, run: &Run, server: &ListedServer, at: DateTime<Utc>) -> bool {
    let is_older = older.id != run.id && older.started_at <= run.started_at;
    is_older && (older.processed_at().is_some() || is_approved_and_unsent(run)) && explains(older, server, at)
}

/// Judges by what was `sent` to this destination since the last confirmed run, that one included.
fn judge(us: &Us<'_>, sent: &[Run], listing: &Listing) -> ListedIdentity {
    let is_our_host = |server: &ListedServer| {
        let name = server.hostname.as_deref();
        name.is_some_and(|name| name.eq_ignore_ascii_case(us.hostname))
    };
    let mut elsewhere = listing
        .servers
        .iter()
        .filter(|server| is_our_host(server) && !server.is(us.id));
    if let (Some(server), false) = (elsewhere.next(), us.id_is_set) {
        return ListedIdentity::OtherId(server.id.clone());
    }
    let ours = listing.of(us.id);
    let Some((server, at)) = ours.and_then(|server| Some((server, server.synced_at?))) else {
        return ListedIdentity::Known;
    };
    match &server.hostname {
        _ if sent.iter().any(|run| explains(run, server, at)) => ListedIdentity::Known,
        Some(other) if !is_our_host(server) => ListedIdentity::OtherHost(other.clone()),
        _ => ListedIdentity::NotByThisStore(at),
    }
}

/// Whether the sync that the cloud lists can be that of this run, or is older than it.
fn explains(run: &Run, server: &ListedServer, at: DateTime<Utc>) -> bool {
    match run.processed_at() {
        Some(processed) => at <= processed + CLOCKS_APART,
        // It may have been processed at any time since.
        None => {
            let name = server.hostname.as_deref().unwrap_or(&run.hostname);
            name.eq_ignore_ascii_case(&run.hostname) || run.receipt.as_ref().is_some_and(|receipt| at < receipt.sent_at)
        }
    }
}

fn report_unknown_sync(at: DateTime<Utc>) {
    tracing::warn!(
        message_id = Milestone::StateIsOld.message_id(),
        "the cloud lists a sync of this server, of {at}, that this store did not make: the state directory is new or was \
         restored from a backup, or something else syncs under the same server ID"
    );
}

#[cfg(test)]
mod tests;
