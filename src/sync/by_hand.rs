//! Delivery by a person: a frozen document is written to a file, and the cloud's list of servers says later whether
//! somebody uploaded it. Nothing is sent.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::timeout;

use super::deliver::{Age, frozen};
use super::error::SyncError;
use super::outgoing::{self, Outgoing};
use super::outgoing_error::OutgoingError;
use super::progress::Step;
use super::shown::{baseline, settle, settle_unless_sent, settle_waiting_file};
use super::supersede::supersede;
use super::{Context, Job, because, cloud_record};
use crate::advice;
use crate::connect::{ConnectError, Listing, ServerReader};
use crate::explain::{Explain, chain, with_help};
use crate::license::usage_file;
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::secret::SecretError;
use crate::settings::{Delivery, Environment, Watch};
use crate::store::{Baseline, Because, Destination, Frozen, Run, State, Store, StoreError, Trigger, WrittenFile};

/// A run does not wait longer than this for what the cloud says of the file before.
const PATIENCE: Duration = Duration::from_secs(10);

/// A person is reminded of a file after this time, and again after each further one.
const REMINDED_AFTER: TimeDelta = TimeDelta::days(1);

/// Where a person uploads the files of this account.
#[must_use]
pub fn upload_place(destination: &Destination) -> String {
    usage_file::upload_place(&destination.account.replacen('/', " ", 1))
}

/// Why this process cannot read whether a file was uploaded; nothing when it can.
#[must_use]
pub fn why_unseen(watch: Option<&Watch>, environment: &Environment, destination: &Destination) -> Option<&'static str> {
    let can_read = |watch: &Watch| !matches!(watch.read_token.read_token(environment), Err(SecretError::Missing(_)));
    (!watch.is_some_and(can_read)).then(|| why_unwatched(destination))
}

/// Why nobody knows what becomes of a file, where the cloud's list of servers cannot be read.
fn why_unwatched(destination: &Destination) -> &'static str {
    match destination.account.starts_with("organization/") {
        true => "GitHub lists servers for enterprise accounts only",
        false => "there is no `connect-read-token`",
    }
}

/// Asks what became of a file that waits for a person, and reminds of it; starts nothing. For the timer's service, beside
/// which no daemon watches. Returns the run whose file waited, as it is then.
///
/// # Errors
/// [`SyncError`] when the store cannot be used.
pub async fn follow(context: &Context) -> Result<Option<Run>, SyncError> {
    let Some(store) = Store::open_existing(&context.state_directory).await? else {
        return Ok(None);
    };
    let waits = store.waiting_file().await;
    store.close().await;
    let waits = waits?;
    if waits.is_none() || context.settings.gate().pass().is_err() {
        return Ok(None);
    }
    let job = match Job::open(context).await {
        Ok(job) => job,
        // Whatever is due needs the state directory as well, and says so; the next start of the timer asks.
        Err(error) if error.reason() == Reason::AlreadyRunning => return Ok(waits),
        Err(error) => return Err(error),
    };
    let followed = job.follow_and_remind().await.map_err(SyncError::from);
    job.leave(followed).await
}

impl Job<'_> {
    /// Brings a frozen document on its way: into a file for a person, or to the cloud. What was already handed over by one
    /// way and may have arrived is looked for in the cloud's list before it goes the other way, or is written anew; and so is
    /// a file that waits, before this document takes its place.
    pub(super) async fn hand_on(&self, run: Run, age: Age) -> Result<Run, SyncError> {
        let directory = match self.pass_gate_or_give_up(&run).await?.sync.delivery {
            // Who uploads a file by this program wants just that.
            Delivery::File(directory) if run.trigger != Trigger::Upload => Some(directory),
            Delivery::Connect | Delivery::File(_) => None,
        };
        if run.may_be_taken() && self.is_confirmed_by_list(&run).await? {
            return Ok(self.store.run(run.id).await?);
        }
        self.follow_file().await?;
        let run = match directory {
            Some(directory) => self.hand_over(run, &directory, age).await?,
            None => self.deliver(run, age).await?,
        };
        supersede(&self.store).await;
        Ok(run)
    }

    /// Writes the frozen document of the run to a file in this directory.
    async fn hand_over(&self, run: Run, directory: &Path, age: Age) -> Result<Run, SyncError> {
        let link = self.pass_gate_or_give_up(&run).await?;
        let frozen = frozen(&run)?;
        self.make_sure_of_payload(&run, frozen).await?;
        self.make_sure_of_identity(&run, &link, age).await?;
        let path = match self.write_noted(&run, frozen, directory).await {
            Ok(path) => path,
            Err(error) => {
                let tier = error.tier();
                let error = SyncError::NotWritten(error);
                self.postpone(&run, State::Frozen, &because(&error), tier, None).await?;
                return Err(error);
            }
        };
        let baseline = self.baseline_beside_file(&run).await?;
        self.end_altered_file().await?;
        self.store.written(run.id, self.now(), baseline).await?;
        tracing::info!(
            run_id = %run.id, window = run.window, state = %State::Written, digest = %frozen.digest.short(),
            "wrote the license usage to {path}; a person has to upload it {}", upload_place(&run.destination)
        );
        if self.reader(&run).is_none() {
            tracing::warn!(
                run_id = %run.id,
                "nobody will know whether {path} was uploaded: {}", why_unwatched(&run.destination)
            );
        }
        self.context.progress.step(Step::Written);
        Ok(self.store.run(run.id).await?)
    }

    /// What the cloud lists once the file of the run is there: nobody uploaded that one yet, so a sync that is listed by now
    /// is of an older file, and confirms it if it still waits. Nothing for a file that was there before this process.
    async fn baseline_beside_file(&self, run: &Run) -> Result<Option<Baseline>, SyncError> {
        let Some(listing) = self.while_allowed(run, self.listing(run)).await? else {
            return Ok(None);
        };
        self.settle_waiting_file(run, &listing).await?;
        Ok(run.file.is_none().then(|| baseline(run, &listing)))
    }

    /// Ends the run whose file waits if that was altered, now that another list takes its place: that is why nobody uploaded
    /// it.
    async fn end_altered_file(&self) -> Result<(), StoreError> {
        let Some(run) = self.store.waiting_file().await? else {
            return Ok(());
        };
        let whole = run.file.as_ref().map(|file| Outgoing::of(file).is_whole());
        let Some(Err(OutgoingError::Occupied { path })) = whole else {
            return Ok(());
        };
        let because = Because {
            reason: Reason::Unconfirmed,
            detail: format!(
                "{} was altered, so nobody was to upload it, and another list took its place",
                path.display()
            ),
        };
        match self
            .store
            .settle(run.id, State::Failed, self.now(), Some(&because))
            .await
        {
            // Another process has just seen its upload.
            Err(StoreError::Transition { .. }) => Ok(()),
            settled => settled,
        }
    }

    /// Judges the file that waits, if one does, by a list that was read for `run`.
    async fn settle_waiting_file(&self, run: &Run, listing: &Listing) -> Result<(), StoreError> {
        let is_of_account = |of: &Destination| *of == run.destination;
        settle_waiting_file(&self.store, is_of_account, listing, self.now()).await
    }

    /// Notes which file is written before it can be seen: whoever goes on after a crash knows what a person may have
    /// uploaded meanwhile.
    async fn write_noted(&self, run: &Run, frozen: &Frozen, directory: &Path) -> Result<String, OutgoingError> {
        let place = outgoing::place(&self.store, run, frozen, directory, &self.context.state_directory).await?;
        let path = place.path.display().to_string();
        let (sha256, bytes) = (place.sha256, place.bytes);
        self.store.hand_over(run.id, self.now(), &path, sha256, bytes).await?;
        if let Err(error) = outgoing::write(&self.store, run, &place).await {
            if run.file.is_none() && !place.path.exists() {
                self.store.not_written(run.id).await?;
            }
            return Err(error);
        }
        Ok(path)
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
        self.settle_waiting_file(run, &listing).await?;
        let run = self.store.run(run.id).await?;
        let is_confirmed = settle(&self.store, &run, &listing, self.now()).await?;
        if is_confirmed {
            self.context.progress.step(Step::Confirmed);
        }
        Ok(is_confirmed)
    }

    /// What can read what the account of this run lists; nothing when there is no token for that, or when the settings name
    /// another account by now.
    fn reader(&self, run: &Run) -> Option<Result<ServerReader, ConnectError>> {
        let watch = self.context.settings.watch().ok()?;
        if !run.destination.is_at(&cloud_record::account(&watch)) {
            return None;
        }
        match ServerReader::new(&watch, &self.context.environment, Arc::clone(&self.context.clock)) {
            Err(ConnectError::Credential(SecretError::Missing(_))) => None,
            reader => Some(reader),
        }
    }

    /// What the account of this run lists, without the App.
    pub(super) async fn read_listing(&self, run: &Run) -> Result<Option<Listing>, ConnectError> {
        match self.reader(run) {
            Some(reader) => reader?.listing().await.map(Some),
            None => Ok(None),
        }
    }

    /// The same as the daemon's watch does each hour; a file that is gone is written again if the cloud's list says that
    /// nobody uploaded it.
    pub(super) async fn follow_and_remind(&self) -> Result<Option<Run>, StoreError> {
        let Some((run, is_judged)) = self.judge_file().await? else {
            return Ok(None);
        };
        if is_judged {
            self.make_sure_of_file(&run).await;
        }
        remind(&self.store, self.now(), self.reader(&run).is_some()).await?;
        Ok(Some(run))
    }

    /// Asks the cloud what became of the file that waits, if one does; the run as it is then.
    pub(super) async fn follow_file(&self) -> Result<Option<Run>, StoreError> {
        Ok(self.judge_file().await?.map(|(run, _)| run))
    }

    /// The same, and whether the cloud's list could be read.
    async fn judge_file(&self) -> Result<Option<(Run, bool)>, StoreError> {
        let Some(run) = self.store.waiting_file().await? else {
            return Ok(None);
        };
        let (why, help) = match timeout(PATIENCE, self.read_listing(&run)).await {
            Ok(Ok(Some(listing))) => {
                let is_of_account = |of: &Destination| *of == run.destination;
                settle_unless_sent(&self.store, is_of_account, &listing, self.now()).await?;
                return Ok(Some((self.store.run(run.id).await?, true)));
            }
            Ok(Ok(None)) => return Ok(Some((run, false))),
            Ok(Err(error)) => (chain(&error), error.help()),
            Err(_) => ("no answer came in time".to_owned(), None),
        };
        let help = with_help(help.as_deref());
        tracing::warn!(run_id = %run.id, "it is not known whether the file that waits was uploaded: {why}{help}");
        Ok(Some((run, false)))
    }

    /// Writes again what is gone of the file that waits; whether it is there whole then. What was altered stays as it is.
    pub(super) async fn make_sure_of_file(&self, run: &Run) -> bool {
        let Some(file) = run.file.as_ref().filter(|_| run.state == State::Written) else {
            return false;
        };
        let outgoing = Outgoing::of(file);
        let made_sure = match outgoing.is_whole() {
            Ok(true) => return true,
            Ok(false) => outgoing::write(&self.store, run, &outgoing).await,
            Err(error) => Err(error),
        };
        match made_sure {
            Ok(()) => {
                tracing::warn!(run_id = %run.id, "{} or its checksum was gone, and was written again", file.path);
                true
            }
            Err(error) => {
                let help = with_help(error.help().as_deref());
                tracing::error!(run_id = %run.id, reason = %error.reason(), "{} is not to be uploaded: {}{help}", file.path, chain(&error));
                false
            }
        }
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
    let found = defect_of_file(file)
        .map(|defect| format!("; {defect}"))
        .unwrap_or_default();
    let unknown = match is_watched {
        true => String::new(),
        false => format!(
            "; it is not known whether somebody did: {}",
            why_unwatched(&run.destination)
        ),
    };
    tracing::warn!(
        message_id = Milestone::FileWaits.message_id(), run_id = %run.id, window = run.window,
        "{} has waited since {} for a person to upload it {}{unknown}{found}",
        file.path, file.written_at.format("%Y-%m-%d %H:%M UTC"), upload_place(&run.destination)
    );
    store.reminded(run.id, now).await
}

/// What is wrong with a file that waits, as it is now, and what to do; nothing when it is whole.
#[must_use]
pub fn defect_of_file(file: &WrittenFile) -> Option<String> {
    match Outgoing::of(file).is_whole() {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "it or its checksum is gone, and {} writes it again",
            advice::sync()
        )),
        Err(error @ OutgoingError::Occupied { .. }) => Some(format!(
            "do not upload it: {}; {} writes today's list to a new file",
            chain(&error),
            advice::sync()
        )),
        Err(error) => Some(format!("it was not compared with what was written: {}", chain(&error))),
    }
}

/// A clock that went back behind the last reminder makes none due.
fn is_reminder_due(file: &WrittenFile, now: DateTime<Utc>) -> bool {
    now - file.reminded_at.unwrap_or(file.written_at) >= REMINDED_AFTER
}

#[cfg(test)]
mod tests;
