//! Delivery by a person: a frozen document is written to a file, and the cloud's list of servers says later whether
//! somebody uploaded it. Nothing is sent.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use tokio::time::timeout;

use super::deliver::{Age, frozen};
use super::error::SyncError;
use super::progress::Step;
use super::{Context, Job, because, outgoing};
use crate::connect::{ConnectError, ListedServer, Listing, ServerReader};
use crate::explain::chain;
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::secret::SecretError;
use crate::store::{Because, Destination, Run, State, Store, StoreError, WrittenFile};

/// A run does not wait longer than this for what the cloud says of the file before.
const PATIENCE: Duration = Duration::from_secs(10);

/// A sync that the cloud lists for later than this is of a clock that is wrong.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// A person is reminded of a file after this time, and again after each further one.
const REMINDED_AFTER: TimeDelta = TimeDelta::days(1);

/// What the cloud shows of a file.
#[derive(Debug, PartialEq, Eq)]
enum Shown {
    /// It processed one of this server at this time, after the file was written.
    Processed(DateTime<Utc>),
    /// It could not process the last one; its words, if it has any.
    Failed(Option<String>),
}

/// Where a person uploads the files of this account.
#[must_use]
pub fn upload_place(destination: &Destination) -> String {
    let account = destination.account.replacen('/', " ", 1);
    format!("on the Licensing page of the {account}, beside \"Enterprise Server instances\", with \"Add server usage\"")
}

/// Why nobody knows what becomes of a file, where the cloud's list of servers cannot be read.
fn why_unseen(destination: &Destination) -> &'static str {
    match destination.account.starts_with("organization/") {
        true => "GitHub lists servers for enterprise accounts only",
        false => "there is no `connect-read-token`",
    }
}

/// Asks what became of a file that waits for a person, and reminds of it; starts nothing. For the timer's service, beside
/// which no daemon watches.
///
/// # Errors
/// [`SyncError`] when the store cannot be used.
pub async fn follow(context: &Context) -> Result<(), SyncError> {
    let Some(store) = Store::open_existing(&context.state_directory).await? else {
        return Ok(());
    };
    let waits = store.waiting_file().await;
    store.close().await;
    if waits?.is_none() || context.settings.gate().pass().is_err() {
        return Ok(());
    }
    let job = Job::open(context).await?;
    let followed = job.follow_and_remind().await.map_err(SyncError::from);
    job.leave(followed).await
}

impl Job<'_> {
    /// Writes the frozen document of the run to a file in this directory.
    pub(super) async fn hand_over(&self, run: Run, directory: &Path, age: Age) -> Result<Run, SyncError> {
        let link = self.pass_gate_or_give_up(&run).await?;
        let frozen = frozen(&run)?;
        self.make_sure_of_payload(&run, frozen).await?;
        let listing = self.make_sure_of_identity(&run, &link, age).await?;
        let synced_before = listing.and_then(|listing| entry(&run, &listing)?.synced_at);
        let file = match outgoing::write(&self.store, &run, frozen, directory).await {
            Ok(file) => file,
            Err(error) => {
                let tier = error.tier();
                let error = SyncError::NotWritten(error);
                self.postpone(&run, State::Frozen, &because(&error), tier, None).await?;
                return Err(error);
            }
        };
        let path = file.path.display().to_string();
        let now = self.now();
        self.store
            .written(run.id, now, &path, file.sha256, synced_before)
            .await?;
        tracing::info!(
            run_id = %run.id, window = run.window, state = %State::Written, digest = %frozen.digest.short(),
            "wrote the license usage to {path}; a person has to upload it {}", upload_place(&run.destination)
        );
        if self.reader().is_none() {
            tracing::warn!(
                run_id = %run.id,
                "nobody will know whether {path} was uploaded: {}", why_unseen(&run.destination)
            );
        }
        self.context.progress.step(Step::Written);
        Ok(self.store.run(run.id).await?)
    }

    /// What can read what the cloud lists; nothing when there is no token for that.
    fn reader(&self) -> Option<Result<ServerReader, ConnectError>> {
        let watch = self.context.settings.watch().ok()?;
        match ServerReader::new(&watch, &self.context.environment, Arc::clone(&self.context.clock)) {
            Err(ConnectError::Credential(SecretError::Missing(_))) => None,
            reader => Some(reader),
        }
    }

    /// What the cloud lists, without the App.
    pub(super) async fn read_listing(&self) -> Result<Option<Listing>, ConnectError> {
        match self.reader() {
            Some(reader) => reader?.listing().await.map(Some),
            None => Ok(None),
        }
    }

    /// The same as the daemon's watch does each hour.
    pub(super) async fn follow_and_remind(&self) -> Result<(), StoreError> {
        self.follow_file().await?;
        remind(&self.store, self.now(), self.reader().is_some()).await
    }

    /// Asks the cloud what became of the file that waits, if one does; the run as it is then.
    pub(super) async fn follow_file(&self) -> Result<Option<Run>, StoreError> {
        let Some(run) = self.store.waiting_file().await? else {
            return Ok(None);
        };
        let why = match timeout(PATIENCE, self.read_listing()).await {
            Ok(Ok(Some(listing))) => {
                settle(&self.store, &run, &listing, self.now()).await?;
                return self.store.run(run.id).await.map(Some);
            }
            Ok(Ok(None)) => return Ok(Some(run)),
            Ok(Err(error)) => chain(&error),
            Err(_) => "no answer came in time".to_owned(),
        };
        tracing::warn!(run_id = %run.id, "it is not known whether the file that waits was uploaded: {why}");
        Ok(Some(run))
    }
}

/// Ends the run whose file waits if the cloud shows what became of it.
pub(super) async fn settle(store: &Store, run: &Run, listing: &Listing, now: DateTime<Utc>) -> Result<(), StoreError> {
    let Some(file) = &run.file else { return Ok(()) };
    match shown(run, file, listing, now) {
        None => Ok(()),
        Some(Shown::Processed(at)) => {
            store.confirmed(run.id, now, at).await?;
            let users = run.totals.map(|totals| totals.consumed);
            tracing::info!(run_id = %run.id, state = %State::Confirmed, users, "the cloud lists a sync of this server at {at}, later than the file; that is taken for its upload");
            Ok(())
        }
        Some(Shown::Failed(said)) => {
            let said = said.map(|said| format!(" ({said})")).unwrap_or_default();
            let because = Because {
                reason: Reason::Rejected,
                detail: format!("the cloud failed to process what was uploaded for this server{said}"),
            };
            store.settle(run.id, State::Failed, now, Some(&because)).await?;
            tracing::error!(run_id = %run.id, state = %State::Failed, reason = %because.reason, "{}; the file was {}", because.detail, file.path);
            Ok(())
        }
    }
}

/// The entry of this server, by its ID alone: another one with its host name is of whatever syncs under that ID.
fn entry<'a>(run: &Run, listing: &'a Listing) -> Option<&'a ListedServer> {
    listing.of(run.destination.server_id)
}

/// Judges the entry of this server. Its last sync is taken for that of the file if it is later than the file, by the cloud's
/// clock, and not the one that was listed before.
fn shown(run: &Run, file: &WrittenFile, listing: &Listing, now: DateTime<Utc>) -> Option<Shown> {
    let server = entry(run, listing)?;
    let at = server.synced_at?;
    if file.synced_before.is_some_and(|before| at <= before) {
        return None;
    }
    let written_at = listing.at - (now - file.written_at);
    // The cloud names times in whole seconds.
    let written_at = written_at.duration_trunc(TimeDelta::seconds(1)).unwrap_or(written_at);
    if at < written_at || at > listing.at + CLOCKS_APART {
        return None;
    }
    let succeeded = (server.status.as_deref()).is_some_and(|status| status.eq_ignore_ascii_case("success"));
    match server {
        _ if server.failed || (server.said.is_some() && !succeeded) => Some(Shown::Failed(server.said.clone())),
        _ if succeeded => Some(Shown::Processed(at)),
        _ => None,
    }
}

/// Reports a file that has waited for a day, and again after each further day.
pub(super) async fn remind(store: &Store, now: DateTime<Utc>, is_watched: bool) -> Result<(), StoreError> {
    let Some(run) = store.waiting_file().await? else {
        return Ok(());
    };
    let Some(file) = run.file.as_ref().filter(|file| is_reminder_due(file, now)) else {
        return Ok(());
    };
    let unknown = match is_watched {
        true => String::new(),
        false => format!(
            "; it is not known whether somebody did: {}",
            why_unseen(&run.destination)
        ),
    };
    tracing::warn!(
        message_id = Milestone::FileWaits.message_id(), run_id = %run.id, window = run.window,
        "{} has waited since {} for a person to upload it {}{unknown}",
        file.path, file.written_at.format("%Y-%m-%d %H:%M UTC"), upload_place(&run.destination)
    );
    store.reminded(run.id, now).await
}

/// A clock that went back behind the last reminder makes none due.
fn is_reminder_due(file: &WrittenFile, now: DateTime<Utc>) -> bool {
    now - file.reminded_at.unwrap_or(file.written_at) >= REMINDED_AFTER
}

#[cfg(test)]
mod tests;
