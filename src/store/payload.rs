//! The frozen bytes, written and read in pieces.

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, Transaction};

use super::database::Store;
use super::error::StoreError;
use super::fingerprint;
use super::run::Frozen;
use super::run_id::RunId;
use super::state::{State, StateReason};
use super::transition::RunChange;
use crate::license::Fingerprint;

/// How many bytes one piece has, but for the last.
pub const CHUNK_SIZE: usize = 256 * 1024;

/// Writes a payload; nothing of it is there until [`Freezer::commit`], and nothing is left when it is dropped before.
pub struct Freezer {
    transaction: Transaction<'static, Sqlite>,
    run: RunId,
    next: i64,
}

impl Store {
    /// Prepares to freeze the document of `run`.
    pub async fn freezer(&self, run: RunId) -> Result<Freezer, StoreError> {
        Ok(Freezer {
            transaction: self.transaction().await?,
            run,
            next: 0,
        })
    }

    /// Piece number `seq` of a payload, counted from 0; nothing after the last.
    pub async fn piece(&self, run: RunId, seq: u32) -> Result<Option<Vec<u8>>, StoreError> {
        sqlx::query_scalar("SELECT bytes FROM payload WHERE run_id = ? AND seq = ?")
            .bind(run.to_string())
            .bind(seq)
            .fetch_optional(&self.pool)
            .await
            .map_err(StoreError::query("read a payload"))
    }
}

impl Freezer {
    /// Appends one piece.
    pub async fn write(&mut self, bytes: Vec<u8>) -> Result<(), StoreError> {
        failpoint!("before-piece");
        sqlx::query("INSERT INTO payload (run_id, seq, bytes) VALUES (?, ?, ?)")
            .bind(self.run.to_string())
            .bind(self.next)
            .bind(bytes)
            .execute(&mut *self.transaction)
            .await
            .map_err(StoreError::query("write a payload"))?;
        self.next += 1;
        failpoint!("after-piece");
        Ok(())
    }

    /// Adds the fingerprint of everybody on the document.
    pub async fn fingerprint(&mut self, fingerprint: &Fingerprint) -> Result<(), StoreError> {
        fingerprint::write(&mut self.transaction, self.run, fingerprint).await
    }

    /// `collecting → frozen`, or `collecting → held` when a person has to look first: the payload is complete and this is
    /// what it is. A document that was held before is replaced by it.
    pub async fn commit(
        self,
        frozen: &Frozen,
        held: Option<&StateReason>,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        const FROZEN_UNDER: &str = "UPDATE installation SET frozen_under = (SELECT server_id FROM run WHERE id = ?1)";
        let Self { transaction, run, .. } = self;
        let mut change = RunChange { transaction, run, now };
        change.replace_held().await?;
        sqlx::query("UPDATE run SET digest = ?, idempotency_key = ?, content_digest = ?, body_size = ? WHERE id = ?")
            .bind(frozen.digest.to_string())
            .bind(&frozen.idempotency_key)
            .bind(frozen.content_digest.to_string())
            .bind(frozen.body_size.cast_signed())
            .bind(run.to_string())
            .execute(&mut *change.transaction)
            .await
            .map_err(StoreError::query("note what was frozen"))?;
        let attempt = "note under which ID it was frozen";
        change.write(FROZEN_UNDER, [], attempt).await?;
        let next = if held.is_some() { State::Held } else { State::Frozen };
        change.step(State::Collecting, next, held).await?;
        change.commit("freeze").await
    }
}

impl RunChange {
    /// Ends the run whose document is held, since a newer list takes its place.
    async fn replace_held(&mut self) -> Result<(), StoreError> {
        let held: Option<(String, String)> = sqlx::query_as("SELECT id, reason FROM run WHERE state = 'held'")
            .fetch_optional(&mut *self.transaction)
            .await
            .map_err(StoreError::query("look for a held document"))?;
        let Some((id, reason)) = held else { return Ok(()) };
        let damaged = |column| StoreError::Damaged {
            run: id.clone(),
            column,
        };
        let because = StateReason {
            reason: reason.parse().map_err(|_| damaged("reason"))?,
            detail: "nobody released it before a newer list took its place".to_owned(),
        };
        let run = RunId(id.parse().map_err(|_| damaged("id"))?);
        self.end_other(run, State::Refused, &because).await
    }
}
