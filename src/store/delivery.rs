//! Records the attempts to deliver a frozen document, until the cloud has processed it.

use chrono::{DateTime, Utc};

use super::run::{Receipt, RunId};
use super::transition::{commit, count_attempt, end, maybe_taken, next_attempt, not_taken, step, text};
use super::written::replace_written;
use super::{State, StateReason, Store, StoreError};

impl Store {
    /// `frozen → sending`: one more attempt.
    ///
    /// # Errors
    /// [`StoreError`] when the transition is not allowed or cannot be written.
    pub async fn sending(&self, run: RunId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        step(&mut transaction, run, State::Frozen, State::Sending, now, None).await?;
        count_attempt(&mut transaction, run).await?;
        maybe_taken(&mut transaction, run).await?;
        commit(transaction, "sending").await
    }

    /// Notes an attempt that had no authorization: the run stays `frozen`, and the cloud cannot have the document.
    /// `next_attempt_at` is when it is tried again.
    ///
    /// # Errors
    /// [`StoreError`] when the run is in another state or it cannot be written.
    pub async fn not_authorized(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        because: &StateReason,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        step(&mut transaction, run, State::Frozen, State::Frozen, now, Some(because)).await?;
        count_attempt(&mut transaction, run).await?;
        next_attempt(&mut transaction, run, next_attempt_at).await?;
        commit(transaction, "not-authorized").await
    }

    /// `sending → frozen`: the attempt did not get through, but the cloud may have the document all the same if
    /// `maybe_taken`; `next_attempt_at` is when it is tried again.
    ///
    /// # Errors
    /// [`StoreError`] when the transition is not allowed or cannot be written.
    pub async fn undelivered(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        because: &StateReason,
        maybe_taken: bool,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        let (from, next) = (State::Sending, State::Frozen);
        step(&mut transaction, run, from, next, now, Some(because)).await?;
        if !maybe_taken {
            not_taken(&mut transaction, run).await?;
        }
        next_attempt(&mut transaction, run, next_attempt_at).await?;
        commit(transaction, "undelivered").await
    }

    /// `sending → accepted`: the cloud took the bytes. They take the place of a file that waited for a person.
    ///
    /// # Errors
    /// [`StoreError`] when the transition is not allowed or cannot be written.
    pub async fn accepted(&self, run: RunId, now: DateTime<Utc>, receipt: &Receipt) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        step(&mut transaction, run, State::Sending, State::Accepted, now, None).await?;
        replace_written(&mut transaction, now).await?;
        sqlx::query("UPDATE run SET upload_id = ?, location = ?, sent_at = ? WHERE id = ?")
            .bind(&receipt.upload_id)
            .bind(receipt.location.exposed())
            .bind(text(receipt.sent_at))
            .bind(run.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("note the cloud's receipt"))?;
        commit(transaction, "accepted").await
    }

    /// Notes why a run stays in `state`, `frozen` or `accepted`, and when it is resumed.
    ///
    /// # Errors
    /// [`StoreError`] when the run is in another state or it cannot be written.
    pub async fn postpone(
        &self,
        run: RunId,
        state: State,
        now: DateTime<Utc>,
        because: &StateReason,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        step(&mut transaction, run, state, state, now, Some(because)).await?;
        next_attempt(&mut transaction, run, next_attempt_at).await?;
        commit(transaction, "postpone").await
    }

    /// `accepted → confirmed`, or `written → confirmed`: the cloud said at `processed_at`, by its own clock, that it processed
    /// the document; or `frozen → confirmed`, when it shows that it took it unnoticed. A file of another run that waited is
    /// replaced by it. One sync confirms one run: a document that is on its way is taken for processed by a later one only.
    ///
    /// # Errors
    /// [`StoreError`] when the transition is not allowed or cannot be written.
    pub async fn confirmed(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        processed_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const OTHER: &str = "UPDATE run SET synced_before = max(ifnull(synced_before, ''), ?) \
             WHERE state IN ('frozen', 'sending', 'accepted')";
        let mut transaction = self.transaction().await?;
        end(&mut transaction, run, State::Confirmed, now, None).await?;
        replace_written(&mut transaction, now).await?;
        sqlx::query("UPDATE run SET processed_at = ? WHERE id = ?")
            .bind(text(processed_at))
            .bind(run.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("note when the cloud processed a document"))?;
        sqlx::query(OTHER)
            .bind(text(processed_at))
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("note what a sync has confirmed"))?;
        commit(transaction, "confirmed").await?;
        self.empty_journal().await;
        Ok(())
    }
}
