//! What an earlier process left behind: an interrupted upload is frozen again, an interrupted collection failed.

use chrono::{DateTime, Utc};

use super::agenda::is_approved_and_unsent;
use super::cause::because;
use super::context::Context;
use super::error::SyncError;
use super::job::Job;
use super::retry::{after_collection, after_interruption, has_had_its_time, was_made_ahead};
use super::supersede::supersede;
use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::gate::Closed;
use crate::store::{Holder, Run, RunId, State, StateReason, Store, StoreError, Trigger};
use crate::transport::Tier;

/// How a process came to leave a run in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interruption {
    /// It was asked to stop. Nothing speaks against going on at once.
    Stop,
    /// It was killed, or the machine went down: what did that may do it again.
    Death,
    /// A defect of the program.
    Defect,
}

impl Interruption {
    fn reason(self) -> Reason {
        match self {
            Self::Stop | Self::Death => Reason::Cancelled,
            Self::Defect => Reason::Internal,
        }
    }
}

/// Puts the unfinished run, if there is one, into a state from which it can continue, and returns it if it can.
pub(super) async fn take_stock(
    store: &Store,
    now: DateTime<Utc>,
    interruption: Interruption,
) -> Result<Option<Run>, StoreError> {
    let Some(run) = store.unfinished().await? else {
        return Ok(None);
    };
    let reason = interruption.reason();
    let interrupted = |during: &str| StateReason {
        reason,
        detail: format!("the process ended during {during}"),
    };
    match run.state {
        State::Collecting => {
            let because = interrupted("the collection");
            // A person tries again when it suits; a defect would strike again at once.
            let by_person = run.trigger.is_by_person() && interruption == Interruption::Death;
            if interruption == Interruption::Stop || by_person {
                store.settle(run.id, State::Failed, now, Some(&because)).await?;
            } else {
                let next = now + after_collection(store, Tier::Passing, None).await?;
                store.not_collected(run.id, now, &because, next).await?;
            }
            tracing::warn!(run_id = %run.id, state = %State::Failed, %reason, "an earlier run ended during the collection; nothing was sent");
            Ok(None)
        }
        State::Sending => {
            let next = now + after_interruption(run.attempts);
            store
                .undelivered(run.id, now, &interrupted("the upload"), true, next)
                .await?;
            tracing::warn!(run_id = %run.id, state = %State::Frozen, %reason, "an earlier run ended during the upload; its document is still frozen");
            Ok(Some(store.run(run.id).await?))
        }
        _ => Ok(Some(run)),
    }
}

impl Job<'_> {
    /// A document of an earlier window that the cloud did not take is not sent any more: today's list takes its place.
    pub(super) async fn replace_undelivered(&self, trigger: &Trigger) -> Result<(), SyncError> {
        let now = self.now();
        match take_stock(&self.store, now, Interruption::Death).await? {
            Some(run)
                if run.state == State::Frozen
                    && !is_approved_and_unsent(&run)
                    && (has_had_its_time(&run, trigger, now) || was_made_ahead(&run, now)) =>
            {
                let detail = match run.may_be_taken() {
                    true => "the cloud had not said that it took it before its time was over",
                    false => "it was not delivered before its time was over",
                };
                let because = StateReason {
                    reason: run.reason.unwrap_or(Reason::Cancelled),
                    detail: detail.to_owned(),
                };
                self.replace(&run, &because).await
            }
            _ => Ok(()),
        }
    }

    /// What did not get through before its time was over gives way to today's list, unless a person approved it; else the
    /// error stands.
    pub(super) async fn give_way(&self, trigger: &Trigger, error: SyncError) -> Result<(), SyncError> {
        let now = self.now();
        match self.store.unfinished().await? {
            Some(run) if has_had_its_time(&run, trigger, now) && !is_approved_and_unsent(&run) => {
                self.replace(&run, &because(&error)).await
            }
            _ => Err(error),
        }
    }

    /// Ends a run whose document makes room for today's list, unless the cloud shows that it took it.
    async fn replace(&self, run: &Run, because: &StateReason) -> Result<(), SyncError> {
        match run.may_be_taken() && self.is_confirmed_by_list(run).await? {
            true => Ok(()),
            false => Ok(replace(&self.store, run, because, self.now()).await?),
        }
    }

    /// Ends the job. If the gate was closed meanwhile, all that the run leaves ends with it, also what an earlier one left
    /// as held; `result` stands unless that was its own document.
    pub(super) async fn leave<T>(self, result: Result<T, SyncError>) -> Result<T, SyncError> {
        let settings = &self.context.settings;
        let ended = match settings.gate().pass() {
            Err(closed) if settings.is_switched_off() => clear(&self.store, closed, self.now()).await,
            _ => Ok(None),
        };
        supersede(&self.store).await;
        self.store.close().await;
        match (result, ended) {
            (Err(error), Ok(Some(discarded))) if error.leaves_document() => Err(discarded),
            (result, Ok(_)) => result,
            (result, Err(error)) => {
                tracing::error!(reason = %error.reason(), "the gate is closed, and what waits could not be deleted: {}", chain(&error));
                result
            }
        }
    }
}

/// Ends a run whose document makes room for today's list.
pub(super) async fn replace(
    store: &Store,
    run: &Run,
    because: &StateReason,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    store.settle(run.id, State::Failed, now, Some(because)).await?;
    tracing::error!(run_id = %run.id, window = run.window, state = %State::Failed, reason = %because.reason, "a newer document replaces an unfinished one: {}", because.detail);
    Ok(())
}

/// What is in the outbox once the gate is closed.
#[derive(Debug)]
pub enum Outbox {
    /// There was nothing in it that has to be deleted.
    Empty,
    /// Something was, and this is how it ended.
    GivenUp(SyncError),
    /// This process has the state directory.
    InUse(Holder),
}

/// The gate is closed: if a person switched it off, what is in the outbox is discarded and deleted, and so is the
/// fingerprint of the last confirmed list; the history stays.
pub async fn close_outbox(context: &Context, closed: Closed) -> Result<Outbox, SyncError> {
    if !context.settings.is_switched_off() {
        return Ok(Outbox::Empty);
    }
    let Some(store) = Store::open_existing(&context.state_directory).await? else {
        return Ok(Outbox::Empty);
    };
    let _lock = match context.lock().await {
        Ok(lock) => lock,
        // The process that has it checks the same gate before it sends anything, and deletes what is there when it ends.
        Err(StoreError::Locked { holder, .. }) => return Ok(Outbox::InUse(holder)),
        Err(error) => return Err(error.into()),
    };
    let ended = clear(&store, closed, context.clock.now()).await;
    supersede(&store).await;
    store.close().await;
    Ok(ended?.map_or(Outbox::Empty, Outbox::GivenUp))
}

/// Ends everything that has not ended, and deletes the fingerprints; what happened to the last run that it ended.
async fn clear(store: &Store, closed: Closed, now: DateTime<Utc>) -> Result<Option<SyncError>, StoreError> {
    let mut ended = None;
    let open = [
        store.held().await?,
        store.waiting_file().await?,
        store.unfinished().await?,
    ];
    for run in open.into_iter().flatten() {
        ended = Some(give_up(store, run.id, closed, now).await?);
    }
    disconnect(store, closed).await?;
    Ok(ended)
}

/// The gate is closed: the run ends, and its payload and the fingerprints are deleted.
pub(super) async fn give_up(
    store: &Store,
    id: RunId,
    closed: Closed,
    now: DateTime<Utc>,
) -> Result<SyncError, StoreError> {
    store.settle(id, State::Refused, now, Some(&because(&closed))).await?;
    disconnect(store, closed).await?;
    let run = store.run(id).await?;
    if run.frozen.is_none() {
        return Ok(SyncError::NotSent(closed.into()));
    }
    let file = run.file.as_ref().map(|file| file.path.clone());
    let stays = file
        .iter()
        .map(|file| format!("; the file {file} is not to be uploaded"));
    tracing::warn!(run_id = %id, state = %State::Refused, reason = %closed.reason(), "discarded what was not confirmed: {closed}{}", stays.collect::<String>());
    Ok(SyncError::GivenUp {
        file,
        accepted: run.receipt.is_some(),
        maybe_taken: run.may_be_taken(),
        source: closed,
    })
}

/// The gate is closed: no list is compared any more, so nothing is kept of the users on the last one.
pub(super) async fn disconnect(store: &Store, closed: Closed) -> Result<(), StoreError> {
    if store.forget_fingerprints(None).await? {
        tracing::info!(
            message_id = Milestone::Disconnected.message_id(),
            "deleted the fingerprint of the last confirmed list: {closed}"
        );
    }
    Ok(())
}

/// After a run was interrupted in this process: leaves the store as the next run would find it after a crash, but at
/// once. Returns the run if its document is still in the outbox.
///
/// # Errors
/// [`StoreError`] when the store cannot be written, or another process took the state directory since: what that does with
/// what was left is not known then.
pub async fn abandon(context: &Context, interruption: Interruption) -> Result<Option<Run>, StoreError> {
    let _lock = context.lock().await?;
    let store = Store::open(&context.state_directory).await?;
    let run = take_stock(&store, context.clock.now(), interruption).await?;
    store.close().await;
    Ok(run)
}
