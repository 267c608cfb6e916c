//! Which server a store belongs to: the one under whose ID something was sent.

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

use super::error::StoreError;
use super::run::RunId;
use super::state::State;
use super::transition::{commit, end, text};
use super::{Because, Installation, Store};
use crate::reason::Reason;

impl Store {
    /// Binds the store to `server_id`, and records `now` as the time at which the gate was first seen open if this is
    /// the first time.
    ///
    /// As long as nothing was sent under another ID, `server_id` takes its place; documents that were made for the other
    /// ID end as refused. The caller holds the lock of the state directory, so that none of them is on its way.
    ///
    /// # Errors
    /// [`StoreError::OtherServer`] when something was sent under another ID; others when it cannot be read or written.
    pub async fn claim(&self, server_id: Uuid, now: DateTime<Utc>) -> Result<Installation, StoreError> {
        match self.known_installation().await? {
            Some(known) if known.server_id == server_id => return Ok(known),
            Some(known) => self.replace(known, server_id, now).await?,
            None => self.record(server_id, now).await?,
        }
        // As it is stored: times are kept in milliseconds.
        let known = self.known_installation().await?;
        Ok(known.unwrap_or(Installation {
            server_id,
            enabled_at: now,
        }))
    }

    async fn record(&self, server_id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        let sql = "INSERT INTO installation (singleton, server_id, enabled_at, fingerprint_key) \
             VALUES (1, ?, ?, randomblob(16))";
        sqlx::query(sql)
            .bind(server_id.to_string())
            .bind(text(now))
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("record which server it belongs to"))?;
        commit(transaction, "installation").await
    }

    async fn replace(&self, known: Installation, server_id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        if was_sent(&mut transaction).await? {
            return Err(StoreError::OtherServer {
                path: self.path.clone(),
                theirs: known.server_id,
                ours: server_id,
            });
        }
        let because = Because {
            reason: Reason::Cancelled,
            detail: format!(
                "the server ID was changed from {} to {server_id} before anything was sent",
                known.server_id
            ),
        };
        for run in unsent(&mut transaction).await? {
            end(&mut transaction, run, State::Refused, now, Some(&because)).await?;
        }
        sqlx::query("UPDATE installation SET server_id = ?")
            .bind(server_id.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("record which server it belongs to"))?;
        commit(transaction, "installation").await
    }
}

/// Whether the cloud may have heard of anything in this store.
async fn was_sent(transaction: &mut Transaction<'static, Sqlite>) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM run WHERE attempts > 0)")
        .fetch_one(&mut **transaction)
        .await
        .map_err(StoreError::query("read whether anything was sent"))
}

/// The runs that would still be sent. Nothing was, so each of them is collecting, held or frozen.
async fn unsent(transaction: &mut Transaction<'static, Sqlite>) -> Result<Vec<RunId>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM run WHERE state IN ('collecting', 'held', 'frozen')")
        .fetch_all(&mut **transaction)
        .await
        .map_err(StoreError::query("read the runs that are not finished"))?;
    let parse = |id: String| match id.parse() {
        Ok(uuid) => Ok(RunId(uuid)),
        Err(_) => Err(StoreError::Damaged { run: id, column: "id" }),
    };
    ids.into_iter().map(parse).collect()
}
