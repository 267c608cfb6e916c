//! What an earlier process left behind: an upload that broke off is frozen again, a collection that broke off failed.

use chrono::{DateTime, Utc};

use super::error::{Cause, SyncError};
use super::{Context, because_closed};
use crate::reason::Reason;
use crate::settings::gate::Closed;
use crate::store::{self, Because, Run, State, Store, StoreError};

/// Puts the unfinished run, if there is one, into a state from which it can go on, and hands it out if it can.
pub(super) async fn take_stock(store: &Store, now: DateTime<Utc>) -> Result<Option<Run>, StoreError> {
    let Some(run) = store.unfinished().await? else {
        return Ok(None);
    };
    let broken_off = |during: &str| Because {
        reason: Reason::Cancelled,
        detail: format!("the process ended during {during}"),
    };
    match run.state {
        State::Collecting => {
            store
                .settle(run.id, State::Failed, now, Some(&broken_off("the collection")))
                .await?;
            tracing::warn!(run_id = %run.id, state = %State::Failed, reason = %Reason::Cancelled, "an earlier run ended during the collection; nothing was sent");
            Ok(None)
        }
        State::Sending => {
            store
                .undelivered(run.id, now, &broken_off("the upload"), Some(now))
                .await?;
            tracing::warn!(run_id = %run.id, state = %State::Frozen, reason = %Reason::Cancelled, "an earlier run ended during the upload; its document is still frozen");
            Ok(Some(store.run(run.id).await?))
        }
        _ => Ok(Some(run)),
    }
}

/// The gate is closed: what is in the outbox is given up and deleted; the history stays.
pub(super) async fn close_outbox(context: &Context, closed: Closed) -> Result<(), SyncError> {
    let Some(store) = Store::open_existing(&context.state_directory).await? else {
        return Ok(());
    };
    if let Some(run) = store.unfinished().await? {
        let _lock = store::lock(&context.state_directory)?;
        store
            .settle(
                run.id,
                State::Refused,
                context.clock.now(),
                Some(&because_closed(closed)),
            )
            .await?;
        tracing::warn!(run_id = %run.id, state = %State::Refused, reason = %closed.reason(), "gave up what was in the outbox: {closed}");
    }
    store.close().await;
    Ok(())
}

/// After a run was cancelled: leaves the store as the next run would find it after a crash, but at once.
///
/// # Errors
/// [`SyncError`] when the store cannot be written.
pub async fn abandon(context: &Context) -> Result<Option<Run>, SyncError> {
    let _lock = store::lock(&context.state_directory).map_err(Cause::from)?;
    let store = Store::open(&context.state_directory).await.map_err(Cause::from)?;
    let run = take_stock(&store, context.clock.now()).await?;
    store.close().await;
    Ok(run)
}
