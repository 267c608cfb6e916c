//! What the cloud's list of servers shows of a document that may have left without an answer: in a file that a person has,
//! or in an interrupted upload. The cloud's clock decides.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

use super::error::SyncError;
use super::job::Job;
use super::progress::RunStep;
use crate::connect::{ListedServer, Listing};
use crate::reason::Reason;
use crate::settings::Delivery;
use crate::store::{Baseline, Destination, Run, State, StateReason, Store, StoreError};

/// A sync that the cloud lists for later than this is of a clock that is wrong.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// What the cloud shows of a document.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It processed one of this server at this time, after the document could leave.
    Processed(DateTime<Utc>),
    /// It could not process the last one, of this time; its words, if it has any.
    Failed(DateTime<Utc>, Option<String>),
}

/// What an answer of the cloud shows about this server before the document of `run` leaves.
pub(super) fn baseline(run: &Run, listing: &Listing) -> Baseline {
    Baseline {
        listed_at: Some(listing.at),
        synced_at: entry(run, listing).and_then(|server| server.synced_at),
    }
}

/// The entry of this server, by its ID alone: another one with its host name is of whatever syncs under that ID.
fn entry<'a>(run: &Run, listing: &'a Listing) -> Option<&'a ListedServer> {
    listing.of(run.destination.server_id)
}

/// Judges the entry of this server: its last sync is taken for that of the document if it is later than the one that was
/// listed before the document could leave, and not older than that answer.
pub(super) fn shown(run: &Run, listing: &Listing, now: DateTime<Utc>) -> Option<Shown> {
    let server = entry(run, listing)?;
    let at = server.synced_at?;
    if run.file.is_none() && is_other_host(run, server) || run.baseline.synced_at.is_some_and(|before| at <= before) {
        return None;
    }
    let sent_at = run.receipt.as_ref().map(|receipt| receipt.sent_at);
    let since = sent_at
        .or(run.baseline.listed_at)
        .or_else(|| written_at(run, listing, now))?;
    // The cloud names times in whole seconds.
    let since = since.duration_trunc(TimeDelta::seconds(1)).unwrap_or(since);
    if at < since || at > listing.at + CLOCKS_APART {
        return None;
    }
    let succeeded = (server.status.as_deref()).is_some_and(|status| status.eq_ignore_ascii_case("success"));
    match server {
        _ if server.failed || (server.said.is_some() && !succeeded) => Some(Shown::Failed(at, server.said.clone())),
        _ if succeeded => Some(Shown::Processed(at)),
        _ => None,
    }
}

/// When a file was written, by the cloud's clock, where the cloud's list was not read then: this machine's clock says how long
/// ago. One that was set back says nothing; then every sync counts that is later than what the store knows of.
fn written_at(run: &Run, listing: &Listing, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let ago = now - run.file.as_ref()?.written_at;
    match ago < TimeDelta::zero() {
        true => Some(run.baseline.synced_at.unwrap_or(listing.at)),
        false => Some(listing.at - ago),
    }
}

/// A file carries the name of its server; what was sent from here can be of no other host.
fn is_other_host(run: &Run, server: &ListedServer) -> bool {
    let name = server.hostname.as_deref();
    name.is_some_and(|name| !name.eq_ignore_ascii_case(&run.hostname))
}

impl Job<'_> {
    /// Judges the file that waits, if one does, by a list that was read for `run`.
    pub(super) async fn judge_waiting_file(&self, run: &Run, listing: &Listing) -> Result<(), StoreError> {
        let is_of_account = |of: &Destination| *of == run.destination;
        judge_waiting_file(&self.store, is_of_account, listing, self.now()).await
    }

    /// Confirms a run whose document may have left, if the cloud's list shows that it took it. While lists are sent, that is
    /// learnt from the upload itself: the same bytes under the same key are answered the same. A sync that can be of an older
    /// file, which still waits, is of that one.
    pub(super) async fn is_confirmed_by_list(&self, run: &Run) -> Result<bool, SyncError> {
        if run.file.is_none() && self.link.sync.delivery == Delivery::Connect {
            return Ok(false);
        }
        let Some(listing) = self.while_allowed(run, self.listing(run)).await? else {
            return Ok(false);
        };
        self.judge_waiting_file(run, &listing).await?;
        let run = self.store.run(run.id).await?;
        let is_confirmed = confirm_if_listed(&self.store, &run, &listing, self.now()).await?;
        if is_confirmed {
            self.context.progress.step(RunStep::Confirmed);
        }
        Ok(is_confirmed)
    }
}

/// Confirms the run if the cloud shows that it took its document, and returns whether it did. That the cloud failed to process
/// a file is noted once; the next upload of it may succeed.
pub(super) async fn confirm_if_listed(
    store: &Store,
    run: &Run,
    listing: &Listing,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    if let (None, Some(at)) = (run.baseline.listed_at, written_at(run, listing, now)) {
        // From here on it does not matter how this machine's clock is set.
        store.note_first_listing(run.id, at).await?;
    }
    match shown(run, listing, now) {
        Some(Shown::Processed(at)) => {
            store.confirmed(run.id, now, at).await?;
            let users = run.totals.map(|totals| totals.consumed);
            let since = if run.file.is_some() {
                "the file"
            } else {
                "the upload began"
            };
            tracing::info!(run_id = %run.id, state = %State::Confirmed, users, "the cloud lists a sync of this server at {at}, later than {since}; that is taken for its upload");
            Ok(true)
        }
        Some(Shown::Failed(at, said)) if run.state == State::Written => {
            note_failed_upload(store, run, at, said, now).await?;
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// The same of the file that waits, if one does and the list is of its account. Another process, or a run that begins, may
/// end it first.
pub(super) async fn judge_waiting_file(
    store: &Store,
    is_of_account: impl Fn(&Destination) -> bool,
    listing: &Listing,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let waiting = store.waiting_file().await?;
    let Some(run) = waiting.filter(|run| is_of_account(&run.destination)) else {
        return Ok(());
    };
    match confirm_if_listed(store, &run, listing, now).await {
        Err(StoreError::Transition { .. }) => Ok(()),
        settled => settled.map(drop),
    }
}

/// The same, unless the last sync can be of a document that was sent since and has no answer yet: when it is sent again, the
/// cloud says whether it took it, and the file gives way to it.
pub(super) async fn judge_unless_sent(
    store: &Store,
    is_of_account: impl Fn(&Destination) -> bool,
    listing: &Listing,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let sent = store.unfinished().await?;
    let can_be_of = |sent: &Run| sent.file.is_none() && sent.may_be_taken() && shown(sent, listing, now).is_some();
    match sent.is_some_and(|sent| is_of_account(&sent.destination) && can_be_of(&sent)) {
        true => Ok(()),
        false => judge_waiting_file(store, is_of_account, listing, now).await,
    }
}

async fn note_failed_upload(
    store: &Store,
    run: &Run,
    at: DateTime<Utc>,
    said: Option<String>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(file) = run.file.as_ref().filter(|file| file.failed_at != Some(at)) else {
        return Ok(());
    };
    let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
    let because = StateReason {
        reason: Reason::Rejected,
        detail: format!("the cloud failed to process what was uploaded for this server{said}"),
    };
    store.upload_failed(run.id, now, at, &because).await?;
    tracing::error!(run_id = %run.id, state = %State::Written, reason = %because.reason, "{}; {}", because.detail, after_failure(&file.path));
    Ok(())
}

/// What to do about a file that the cloud failed to process.
pub fn after_failure(path: &str) -> String {
    format!("upload {path} again, and read what the page answers")
}

#[cfg(test)]
mod tests;
