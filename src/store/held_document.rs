//! A held document: a person releases or discards it, and the same list is recognized again.

use chrono::{DateTime, Utc};

use super::database::Store;
use super::destination::Destination;
use super::error::StoreError;
use super::hold_decision::HoldAction;
use super::run::Run;
use super::run_id::RunId;
use super::state::{State, StateReason};
use super::transition::{RunChange, text};
use crate::license::Digest;

impl Store {
    /// `held → frozen`: a person, `by`, looked and lets the document go.
    pub async fn release(&self, run: RunId, now: DateTime<Utc>, by: &str) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Held, State::Frozen, None).await?;
        change.note_decision(HoldAction::Approved, by).await?;
        change.next_attempt(now).await?;
        change.commit("release").await
    }

    /// `held → refused`: a person, `by`, looked and drops the document; its payload is deleted in the same transaction.
    pub async fn discard(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        by: &str,
        because: &StateReason,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Held, State::Refused, Some(because)).await?;
        change.note_decision(HoldAction::Discarded, by).await?;
        change.forget(State::Refused).await?;
        change.commit("discard").await?;
        self.empty_journal().await;
        Ok(())
    }

    /// The run whose document, with this digest and for this destination, a person approved last, unless another list was
    /// confirmed there since, or a person discarded this one.
    pub async fn approved(&self, digest: Digest, destination: &Destination) -> Result<Option<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE digest = ?1 AND decision = 'approved' AND api_origin = ?2 AND \
             uploads_origin = ?3 AND account = ?4 AND server_id = ?5 AND NOT EXISTS (SELECT 1 FROM run AS later WHERE \
             later.rowid > run.rowid AND ((later.state = 'confirmed' AND later.digest IS NOT ?1) OR (later.decision = \
             'discarded' AND later.digest = ?1)) AND later.api_origin = ?2 AND later.uploads_origin = ?3 AND later.account = ?4 AND \
             later.server_id = ?5) ORDER BY rowid DESC LIMIT 1";
        let Destination {
            api_origin,
            uploads_origin,
            account,
            server_id,
        } = destination;
        let (digest, server_id) = (digest.to_string(), server_id.to_string());
        let values = [&*digest, api_origin, uploads_origin, account, &*server_id];
        self.one(SQL, &values, "look for an approved document").await
    }
}

impl RunChange {
    async fn note_decision(&mut self, action: HoldAction, by: &str) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET decision = ?2, decided_by = ?3, decided_at = ?4 WHERE id = ?1";
        let texts = [action.word().to_owned(), by.to_owned(), text(self.now)].map(Some);
        self.write(SQL, texts, "note who decided about a held document").await
    }
}
