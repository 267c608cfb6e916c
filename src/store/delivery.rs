//! Records the attempts to deliver a frozen document, until the cloud has processed it.

use chrono::{DateTime, Utc};

use super::database::Store;
use super::error::StoreError;
use super::run::Receipt;
use super::run_id::RunId;
use super::state::{State, StateReason};
use super::transition::text;

impl Store {
    /// `frozen → sending`: one more attempt.
    pub async fn sending(&self, run: RunId, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Frozen, State::Sending, None).await?;
        change.count_attempt().await?;
        change.maybe_taken().await?;
        change.commit("sending").await
    }

    /// Notes an attempt that had no authorization: the run stays `frozen`, and the cloud cannot have the document.
    /// `next_attempt_at` is when it is tried again.
    pub async fn not_authorized(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        because: &StateReason,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Frozen, State::Frozen, Some(because)).await?;
        change.count_attempt().await?;
        change.next_attempt(next_attempt_at).await?;
        change.commit("not-authorized").await
    }

    /// `sending → frozen`: the attempt did not get through, but the cloud may have the document all the same if
    /// `maybe_taken`; `next_attempt_at` is when it is tried again.
    pub async fn undelivered(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        because: &StateReason,
        maybe_taken: bool,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Sending, State::Frozen, Some(because)).await?;
        if !maybe_taken {
            change.not_taken().await?;
        }
        change.next_attempt(next_attempt_at).await?;
        change.commit("undelivered").await
    }

    /// `sending → accepted`: the cloud took the bytes. They take the place of a file that waited for a person.
    pub async fn accepted(&self, run: RunId, now: DateTime<Utc>, receipt: &Receipt) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET upload_id = ?2, location = ?3, sent_at = ?4 WHERE id = ?1";
        let mut change = self.change(run, now).await?;
        change.step(State::Sending, State::Accepted, None).await?;
        change.replace_written().await?;
        let texts = [
            Some(receipt.upload_id.clone()),
            Some(receipt.location.exposed().to_owned()),
            Some(text(receipt.sent_at)),
        ];
        change.write(SQL, texts, "note the cloud's receipt").await?;
        change.commit("accepted").await
    }

    /// Notes why a run stays in `state`, `frozen` or `accepted`, and when it is resumed.
    pub async fn postpone(
        &self,
        run: RunId,
        state: State,
        now: DateTime<Utc>,
        because: &StateReason,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(state, state, Some(because)).await?;
        change.next_attempt(next_attempt_at).await?;
        change.commit("postpone").await
    }

    /// `accepted → confirmed`, or `written → confirmed`: the cloud said at `processed_at`, by its own clock, that it processed
    /// the document; or `frozen → confirmed`, when it shows that it took it unnoticed. A file of another run that waited is
    /// replaced by it. One sync confirms one run: a document that is on its way is taken for processed by a later one only.
    pub async fn confirmed(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        processed_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const THIS: &str = "UPDATE run SET processed_at = ?2 WHERE id = ?1";
        const OTHER: &str = "UPDATE run SET synced_before = max(ifnull(synced_before, ''), ?2) \
             WHERE id <> ?1 AND state IN ('frozen', 'sending', 'accepted')";
        let mut change = self.change(run, now).await?;
        change.end(State::Confirmed, None).await?;
        change.replace_written().await?;
        let attempt = "note when the cloud processed a document";
        change.write(THIS, [Some(text(processed_at))], attempt).await?;
        let attempt = "note what a sync has confirmed";
        change.write(OTHER, [Some(text(processed_at))], attempt).await?;
        change.commit("confirmed").await?;
        self.empty_journal().await;
        Ok(())
    }
}
