//! Which server a store belongs to: the one under whose ID something was sent.

use chrono::{DateTime, Utc};
use sqlx::SqlitePool;
use uuid::Uuid;

use super::error::StoreError;
use super::transition::{commit, text};
use super::{Installation, Store};

impl Store {
    /// Binds the store to `server_id`, and records `now` as the time at which the gate was first seen open if this is
    /// the first time. As long as nothing was sent under another ID, `server_id` takes its place.
    ///
    /// # Errors
    /// [`StoreError::OtherServer`] when something was sent under another ID; others when it cannot be read or written.
    pub async fn claim(&self, server_id: Uuid, now: DateTime<Utc>) -> Result<Installation, StoreError> {
        const SQL: &str = "INSERT INTO installation (singleton, server_id, enabled_at, fingerprint_key) \
             VALUES (1, ?, ?, randomblob(16)) ON CONFLICT DO UPDATE SET server_id = excluded.server_id";
        if let Some(known) = self.known_installation().await?
            && known.server_id == server_id
        {
            return Ok(known);
        }
        self.belongs_to(server_id).await?;
        let mut transaction = self.transaction().await?;
        sqlx::query(SQL)
            .bind(server_id.to_string())
            .bind(text(now))
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("record which server it belongs to"))?;
        commit(transaction, "installation").await?;
        // As it is stored: times are kept in milliseconds.
        let new = Installation {
            server_id,
            enabled_at: now,
        };
        Ok(self.known_installation().await?.unwrap_or(new))
    }

    /// Makes sure that no other server than this one sent anything from this store.
    ///
    /// # Errors
    /// [`StoreError::OtherServer`] when something was sent under another ID; others when it cannot be read.
    pub async fn belongs_to(&self, server_id: Uuid) -> Result<(), StoreError> {
        match self.known_installation().await? {
            Some(known) if known.server_id != server_id && was_sent(&self.pool).await? => {
                Err(StoreError::OtherServer {
                    path: self.path.clone(),
                    theirs: known.server_id,
                    ours: server_id,
                })
            }
            _ => Ok(()),
        }
    }
}

/// Whether the cloud may have heard of anything in this store.
async fn was_sent(pool: &SqlitePool) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM run WHERE attempts > 0)")
        .fetch_one(pool)
        .await
        .map_err(StoreError::query("read whether anything was sent"))
}
