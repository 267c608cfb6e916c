//! How a run starts, and how one ends that the cloud did not process.

use chrono::{DateTime, Utc};

use super::database::Store;
use super::destination::Destination;
use super::error::StoreError;
use super::pruning::prune;
use super::run::Trigger;
use super::run_id::RunId;
use super::state::{State, StateReason};
use super::transition::text;

impl Store {
    /// Starts a run for `destination`, of the server that is called `hostname` now. Old runs are deleted from the history.
    ///
    /// # Errors
    /// [`StoreError::NotThrough`] when there is an unfinished run; others when it cannot be written.
    pub async fn begin(
        &self,
        trigger: &Trigger,
        destination: &Destination,
        hostname: &str,
        now: DateTime<Utc>,
    ) -> Result<RunId, StoreError> {
        const SQL: &str = r#"INSERT INTO run (id, "trigger", "window", api_origin, uploads_origin, account, server_id,
            hostname, state, started_at, updated_at, changed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT ifnull(max(changed), 0) + 1 FROM run))"#;
        let id = RunId::new(now);
        let mut change = self.change(id, now).await?;
        sqlx::query(SQL)
            .bind(id.to_string())
            .bind(trigger.word())
            .bind(trigger.window())
            .bind(&destination.api_origin)
            .bind(&destination.uploads_origin)
            .bind(&destination.account)
            .bind(destination.server_id.to_string())
            .bind(hostname)
            .bind(State::Collecting.word())
            .bind(text(now))
            .bind(text(now))
            .execute(&mut *change.transaction)
            .await
            .map_err(StoreError::begin)?;
        change.tell(State::Collecting, None).await?;
        prune(&mut change.transaction, now).await?;
        change.commit("begin").await?;
        Ok(id)
    }

    /// `collecting → failed`: there is nothing to send; `next_attempt_at` is when it is tried again by itself.
    pub async fn not_collected(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        because: &StateReason,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Collecting, State::Failed, Some(because)).await?;
        change.next_attempt(next_attempt_at).await?;
        change.commit("not-collected").await
    }

    /// Ends a run as rejected, failed or refused, and deletes its payload in the same transaction.
    pub async fn settle(
        &self,
        run: RunId,
        state: State,
        now: DateTime<Utc>,
        because: Option<&StateReason>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.end(state, because).await?;
        if state == State::Rejected {
            change.not_taken().await?;
        }
        change.commit(state.word()).await?;
        self.empty_journal().await;
        Ok(())
    }
}
