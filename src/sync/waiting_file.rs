//! The file that waits for a person: checks in the cloud's list whether it was uploaded, reminds of it, and writes a
//! missing one again.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use super::cloud_record;
use super::cloud_servers::CloudAnswers;
use super::context::Context;
use super::error::SyncError;
use super::job::Job;
use super::listed_upload::judge_unless_sent;
use super::outgoing::{self, Outgoing};
use super::outgoing_error::OutgoingError;
use crate::advice;
use crate::connect::{ConnectError, Listing, ServerReader};
use crate::explain::{Explain, chain, with_help};
use crate::license::usage_file;
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::secret::SecretError;
use crate::settings::{Environment, ReadAccess, Settings};
use crate::store::{Destination, Run, State, Store, StoreError, WrittenFile};

/// A run waits no longer than this for the cloud's list that shows the previous file.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a person uploads the files of this account.
pub fn upload_place(destination: &Destination) -> String {
    usage_file::upload_place(&destination.account.replacen('/', " ", 1))
}

/// Why nobody knows what happens to a file for this destination: `watch` does not read what its account lists. Nothing when it
/// does.
pub fn why_unseen(
    watch: Option<&ReadAccess>,
    environment: &Environment,
    destination: &Destination,
) -> Option<&'static str> {
    let lacks_token =
        |watch: &ReadAccess| matches!(watch.read_token.read_token(environment), Err(SecretError::Missing(_)));
    match watch {
        _ if destination.account.starts_with("organization/") => {
            Some("GitHub lists servers for enterprise accounts only")
        }
        Some(watch) if lacks_token(watch) => Some("there is no `connect-read-token`"),
        Some(watch) if destination.is_at(&cloud_record::account(watch)) => None,
        _ => Some("the settings do not name its account any more"),
    }
}

/// For a person who asks the cloud: whether the file that waits, if one does, was uploaded.
pub async fn follow_listing(settings: &Settings, answers: &CloudAnswers, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (Ok(watch), Ok(_)) = (settings.watch(), settings.gate.pass()) else {
        return Ok(());
    };
    let Some(store) = Store::reopen_existing(&settings.state_directory).await? else {
        return Ok(());
    };
    let account = cloud_record::account(watch);
    let followed = judge_unless_sent(&store, |of| of.is_at(&account), &answers.listing, now).await;
    store.close().await;
    followed
}

/// The run whose file waited, as it is once the cloud was asked.
pub(super) struct Followed {
    pub(super) run: Run,
    /// The cloud's list could be read.
    is_judged: bool,
}

/// Asks what happened to a file that waits for a person, and reminds of it; starts nothing. For the timer's service, beside
/// which no daemon watches. Returns the run whose file waited, as it is then.
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
    /// Why this process does not see what happens to the file of this run.
    pub(super) fn why_unseen(&self, run: &Run) -> Option<&'static str> {
        let watch = self.context.settings.watch().ok();
        why_unseen(watch.as_ref(), &self.context.environment, &run.destination)
    }

    /// What the account of this run lists, without the App; nothing where that is not seen.
    pub(super) async fn read_listing(&self, run: &Run) -> Result<Option<Listing>, ConnectError> {
        match self.context.settings.watch() {
            Ok(watch) if self.why_unseen(run).is_none() => {
                let reader = ServerReader::new(&watch, &self.context.environment, Arc::clone(&self.context.clock))?;
                reader.listing().await.map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The same as the daemon's watch does each hour; a file that is gone is written again if the cloud's list says that
    /// nobody uploaded it.
    async fn follow_and_remind(&self) -> Result<Option<Run>, StoreError> {
        let Some(Followed { run, is_judged }) = self.follow_file().await? else {
            return Ok(None);
        };
        if is_judged {
            self.make_sure_of_file(&run).await;
        }
        remind(&self.store, self.now(), self.link.sync.remind_after, |_| {
            self.why_unseen(&run)
        })
        .await?;
        Ok(Some(run))
    }

    /// Asks the cloud what happened to the file that waits, if one does.
    pub(super) async fn follow_file(&self) -> Result<Option<Followed>, StoreError> {
        let Some(run) = self.store.waiting_file().await? else {
            return Ok(None);
        };
        let (why, help) = match timeout(PATIENCE, self.read_listing(&run)).await {
            Ok(Ok(Some(listing))) => {
                let is_of_account = |of: &Destination| *of == run.destination;
                judge_unless_sent(&self.store, is_of_account, &listing, self.now()).await?;
                let (run, is_judged) = (self.store.run(run.id).await?, true);
                return Ok(Some(Followed { run, is_judged }));
            }
            Ok(Ok(None)) => return Ok(Some(Followed { run, is_judged: false })),
            Ok(Err(error)) => (chain(&error), error.help()),
            Err(_) => ("no answer came in time".to_owned(), None),
        };
        let help = with_help(help.as_deref());
        tracing::warn!(run_id = %run.id, "it is not known whether the file that waits was uploaded: {why}{help}");
        Ok(Some(Followed { run, is_judged: false }))
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

/// Reports a file that has waited for so long, and again each time after that; with `why_unseen`, if its upload is not seen.
pub(super) async fn remind(
    store: &Store,
    now: DateTime<Utc>,
    remind_after: Duration,
    why_unseen: impl FnOnce(&Destination) -> Option<&'static str>,
) -> Result<(), StoreError> {
    let Some(run) = store.waiting_file().await? else {
        return Ok(());
    };
    let Some(file) = run
        .file
        .as_ref()
        .filter(|file| is_reminder_due(file, now, remind_after))
    else {
        return Ok(());
    };
    let unknown = why_unseen(&run.destination).map(|why| format!("; it is not known whether somebody did: {why}"));
    let found = defect_of_file(file).map(|defect| format!("; {defect}"));
    let notes: String = unknown.into_iter().chain(found).collect();
    tracing::warn!(
        message_id = Milestone::FileWaits.message_id(), run_id = %run.id, window = run.window,
        "{} has waited since {} for a person to upload it {}{notes}",
        file.path, file.written_at.format("%Y-%m-%d %H:%M UTC"), upload_place(&run.destination)
    );
    store.reminded(run.id, now).await
}

/// What is wrong with a file that waits, as it is now, and what to do; nothing when it is whole.
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
fn is_reminder_due(file: &WrittenFile, now: DateTime<Utc>, remind_after: Duration) -> bool {
    let waited = now - file.reminded_at.unwrap_or(file.written_at);
    waited.to_std().is_ok_and(|waited| waited >= remind_after)
}

#[cfg(test)]
mod tests;
