//! Watches the cloud account: one request, what it changes, and when the next one is due. It needs only Connect and
//! sends nothing. What was reported is kept in the store, so that a restart reports nothing twice; while the store
//! cannot be used, the process remembers.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

use super::cloud_record::{self, Turn};
use super::cloud_servers::{CloudAnswers, Freshness};
use super::cloud_watch::{ask_cloud, judge};
use super::listed_upload::judge_unless_sent;
use super::retry::later;
use super::waiting_file::{remind, why_unseen};
use crate::clock::Clock;
use crate::connect::{ConnectError, ServerReader};
use crate::explain::{Explain, chain, with_help};
use crate::observe::catalog::Milestone;
use crate::plain;
use crate::reason::Reason;
use crate::settings::gate::Closed;
use crate::settings::secret::SecretError;
use crate::settings::{Environment, Settings, Unwatchable};
use crate::store::{CloudAccount, CloudRecord, Destination, StateReason, Store, StoreError};
use crate::transport::{LONGEST_WAIT, Tier};

/// The cloud is asked again after this time, or up to a sixth of it earlier, so that many machines do not ask together.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// What the daemon takes from one question to the next.
#[derive(Debug, Default)]
pub struct WatchMemory {
    /// What was reported, once the store was read or the cloud was asked.
    record: Option<CloudRecord>,
    /// Questions in a row that have no answer.
    failures: u32,
    /// What was said about whether the account is watched.
    said: Option<Said>,
    /// What was kept is deleted, as no account is watched.
    is_deleted: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Said {
    Watched(CloudAccount),
    /// Why not.
    Unwatched(String),
    /// Nothing: the gate says that Connect is off.
    Off,
}

impl From<Unwatchable> for Said {
    fn from(why: Unwatchable) -> Self {
        match why {
            Unwatchable::Closed(Closed::Connect) => Self::Off,
            why => Self::Unwatched(why.to_string()),
        }
    }
}

/// A question and what came of it.
#[derive(Debug)]
pub struct WatchRound {
    pub memory: WatchMemory,
    /// When the next question is due.
    pub next_at: DateTime<Utc>,
    /// Why the store does not have what it should.
    pub unkept: Option<Unkept>,
}

/// What the store did not do.
#[derive(Debug, thiserror::Error)]
pub enum Unkept {
    #[error("the sync status of the servers could not be stored")]
    Answer(#[source] StoreError),
    #[error("the sync status of the servers could not be deleted")]
    Deletion(#[source] StoreError),
}

impl Explain for Unkept {
    fn reason(&self) -> Reason {
        let (Self::Answer(error) | Self::Deletion(error)) = self;
        error.reason()
    }
}

/// What a round works with.
pub struct WatchContext {
    pub settings: Settings,
    pub environment: Environment,
    pub clock: Arc<dyn Clock>,
}

impl WatchContext {
    /// Asks the cloud once, if the settings allow it. The question ends without an answer when `stop` is dropped.
    pub async fn ask(&self, memory: WatchMemory, stop: oneshot::Receiver<()>) -> WatchRound {
        let watch = match self.settings.watch() {
            Ok(watch) => watch,
            Err(why) => return self.leave(memory, why.into()).await,
        };
        let reader = match ServerReader::new(watch, &self.environment, Arc::clone(&self.clock)) {
            Err(ConnectError::Credential(missing @ SecretError::Missing(_))) => {
                let said = Said::Unwatched(missing.to_string());
                return self.leave(memory, said).await;
            }
            reader => reader,
        };
        let (store, unkept) = match Store::reopen(&self.settings.state_directory).await {
            Ok(store) => (Some(store), None),
            Err(error) => (None, Some(error)),
        };
        if let Some(store) = &store {
            self.remind(store).await;
        }
        let mut round = Round {
            context: self,
            account: cloud_record::account(watch),
            store,
            unkept,
            memory,
        };
        round.begin().await;
        let next_at = round.ask(reader, stop).await;
        if let Some(store) = round.store {
            store.close().await;
        }
        WatchRound {
            memory: round.memory,
            next_at,
            unkept: round.unkept.map(Unkept::Answer),
        }
    }

    /// The account is not watched, and what was kept of it is deleted once. Whether that is still so is checked again.
    async fn leave(&self, memory: WatchMemory, said: Said) -> WatchRound {
        if let Said::Unwatched(why) = &said
            && memory.said.as_ref() != Some(&said)
        {
            let id = Milestone::CloudUnwatched.message_id();
            // While license sync is off, that is all there would be to do.
            match self.settings.gate.pass() {
                Err(Closed::LicenseSync) => tracing::warn!(
                    message_id = id,
                    "the servers of the account are not watched, so the daemon does nothing: {why}"
                ),
                _ => tracing::info!(message_id = id, "the servers of the account are not watched: {why}"),
            }
        }
        if let Ok(Some(store)) = Store::reopen_existing(&self.settings.state_directory).await {
            self.remind(&store).await;
            store.close().await;
        }
        let deleted = match memory.is_deleted {
            true => Ok(()),
            false => self.delete().await,
        };
        WatchRound {
            memory: WatchMemory {
                said: Some(said),
                is_deleted: deleted.is_ok(),
                ..WatchMemory::default()
            },
            next_at: self.clock.now() + interval(),
            unkept: deleted.err().map(Unkept::Deletion),
        }
    }

    /// Reminds of a file that nobody uploads, while there is something to do at all.
    async fn remind(&self, store: &Store) {
        let why_unseen = |of: &Destination| why_unseen(self.settings.watch().ok(), &self.environment, of);
        if let Ok(link) = self.settings.gate.pass()
            && let Err(error) = remind(store, self.clock.now(), link.sync.remind_after, why_unseen).await
        {
            tracing::warn!(reason = %error.reason(), "{}", chain(&error));
        }
    }

    /// Deletes what the store has of an account, if there is a store.
    async fn delete(&self) -> Result<(), StoreError> {
        let Some(store) = Store::reopen_existing(&self.settings.state_directory).await? else {
            return Ok(());
        };
        let deleted = store.forget_cloud_record().await;
        store.close().await;
        deleted
    }
}

/// One question while the account is watched.
struct Round<'a> {
    context: &'a WatchContext,
    account: CloudAccount,
    store: Option<Store>,
    unkept: Option<StoreError>,
    memory: WatchMemory,
}

impl Round<'_> {
    /// Recalls what was reported of this account, and says that it is watched.
    async fn begin(&mut self) {
        self.memory.is_deleted = false;
        self.memory.record.take_if(|record| record.account != self.account);
        if let (None, Some(store)) = (&self.memory.record, &self.store) {
            match store.cloud_record().await {
                Ok(kept) => self.memory.record = kept.filter(|record| record.account == self.account),
                Err(error) => self.unkept = Some(error),
            }
        }
        let said = Said::Watched(self.account.clone());
        if self.memory.said.as_ref() != Some(&said) {
            let CloudAccount { api_origin, enterprise } = &self.account;
            tracing::info!(
                message_id = Milestone::CloudWatched.message_id(),
                "the sync status of the servers of {enterprise} at {api_origin} is read each hour"
            );
            self.memory.said = Some(said);
        }
    }

    /// Returns when the next question is due.
    async fn ask(&mut self, reader: Result<ServerReader, ConnectError>, stop: oneshot::Receiver<()>) -> DateTime<Utc> {
        let now = self.context.clock.now();
        if let Some(time) = self.put_off_until(now) {
            return time;
        }
        let answers = match reader {
            Ok(reader) => tokio::select! {
                answers = ask_cloud(&reader) => answers,
                _ = stop => return now,
            },
            Err(error) => Err(error),
        };
        let now = self.context.clock.now();
        let (record, wait) = match answers {
            Ok(answers) => (self.answered(&answers, now).await, interval()),
            Err(error) => self.unanswered(&error, now),
        };
        if let Some(store) = &self.store
            && let Err(error) = store.keep_cloud_record(&record).await
        {
            self.unkept = Some(error);
        }
        self.memory.record = Some(record);
        now + wait
    }

    /// The time before which the cloud says to ask nothing, also after a restart. One that is farther away than the cloud
    /// can ask for is of a clock that was ahead.
    fn put_off_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.memory.record.as_ref()?.not_before?;
        (now < until && until <= now + LONGEST_WAIT).then_some(until)
    }

    async fn answered(&mut self, answers: &CloudAnswers, now: DateTime<Utc>) -> CloudRecord {
        let known = match &self.store {
            Some(store) => store.known_installation().await.ok().flatten(),
            None => None,
        };
        let account = |of: &Destination| of.is_at(&self.account);
        if let Some(store) = &self.store
            && let Err(error) = judge_unless_sent(store, account, &answers.listing, now).await
        {
            self.unkept = Some(error);
        }
        let listed = judge(&self.context.settings, answers, known);
        let before = self.memory.record.take();
        if before.as_ref().is_some_and(|record| record.failure.is_some()) {
            tracing::info!(
                message_id = Milestone::CloudAnswers.message_id(),
                "the sync status of the servers can be read again"
            );
        }
        self.memory.failures = 0;
        let (servers, turns) = cloud_record::record(&listed, before.as_ref().map_or(&[], |record| &record.servers));
        turns.iter().for_each(report);
        CloudRecord {
            account: self.account.clone(),
            asked_at: now,
            answered_at: Some(now),
            failure: None,
            not_before: None,
            servers,
        }
    }

    /// What was known stays, with the time of its answer. Returns as well how long to wait.
    fn unanswered(&mut self, error: &ConnectError, now: DateTime<Utc>) -> (CloudRecord, Duration) {
        let before = self.memory.record.take();
        let reason = error.reason();
        let is_news = before.as_ref().and_then(|record| Some(record.failure.as_ref()?.reason)) != Some(reason);
        self.memory.failures += 1;
        let asked = error.retry_after();
        let wait = later(error.tier(), self.memory.failures, asked);
        if is_news {
            // What passes needs nobody.
            let help = error.help().filter(|_| error.tier() != Tier::Passing);
            tracing::warn!(
                message_id = Milestone::CloudUnanswered.message_id(), %reason,
                "the sync status of the servers could not be read: {}; the next attempt is in {}{}",
                chain(error), plain::duration(Duration::from_secs(wait.as_secs())), with_help(help.as_deref())
            );
        }
        let failure = StateReason {
            reason,
            detail: chain(error),
        };
        let record = CloudRecord {
            account: self.account.clone(),
            asked_at: now,
            answered_at: before.as_ref().and_then(|record| record.answered_at),
            failure: Some(failure),
            not_before: asked.map(|asked| now + asked),
            servers: before.map_or_else(Vec::new, |record| record.servers),
        };
        (record, wait)
    }
}

/// The time until the next question after an answer.
fn interval() -> Duration {
    INTERVAL - (INTERVAL / 6).mul_f64(fastrand::f64())
}

/// Reports a server that turned.
fn report(turn: &Turn<'_>) {
    let Turn { to, server } = turn;
    let name = match &server.hostname {
        Some(hostname) => format!("{hostname} ({})", server.server_id),
        None => server.server_id.clone(),
    };
    let last = match (server.synced_at, server.age_seconds) {
        (Some(at), Some(age)) => {
            let (at, age) = (
                at.format("%Y-%m-%d %H:%M UTC"),
                plain::duration(Duration::from_secs(age)),
            );
            format!("at {at}, {age} ago")
        }
        _ => "at an unknown time".to_owned(),
    };
    match to {
        Freshness::Failed => tracing::warn!(
            message_id = Milestone::CloudServerFailed.message_id(),
            "the cloud says that the last license sync of the server {name} failed; it was {last}"
        ),
        Freshness::Fresh => tracing::info!(
            message_id = Milestone::CloudServerFresh.message_id(),
            "the license sync of the server {name} is fresh again: the last one that the cloud lists was {last}"
        ),
        _ => tracing::warn!(
            message_id = Milestone::CloudServerStale.message_id(),
            "the license sync of the server {name} is stale: the last one that the cloud lists was {last}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cloud_is_asked_again_within_an_hour_and_not_at_once() {
        for _ in 0..1000 {
            let minutes = interval().as_secs_f64() / 60.0;
            assert!((50.0..=60.0).contains(&minutes), "{minutes}");
        }
    }
}
