//! Which server a store belongs to: the one under whose ID something was sent.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::database::Store;
use super::error::StoreError;
use super::transition::{commit, text};

/// What is known about this enterprise server from one run to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Installation {
    /// The ID under which a document was last frozen.
    pub frozen_under: Option<Uuid>,
    /// The ID under which the cloud may have a document; no other server may use the store from then on.
    pub bound_to: Option<Uuid>,
    /// When the gate was first seen open.
    pub enabled_at: DateTime<Utc>,
}

impl Store {
    /// What is known about this server; recorded now if this is the first time the gate is seen open.
    pub async fn installation(&self, now: DateTime<Utc>) -> Result<Installation, StoreError> {
        const SQL: &str = "INSERT INTO installation (singleton, enabled_at) VALUES (1, ?) ON CONFLICT DO NOTHING";
        if let Some(known) = self.known_installation().await? {
            return Ok(known);
        }
        let mut transaction = self.transaction().await?;
        sqlx::query(SQL)
            .bind(text(now))
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("record when license sync was enabled"))?;
        commit(transaction, "installation").await?;
        // As it is stored: times are kept in milliseconds.
        let new = Installation {
            frozen_under: None,
            bound_to: None,
            enabled_at: now,
        };
        Ok(self.known_installation().await?.unwrap_or(new))
    }

    /// Makes sure that nothing was sent from this store under another ID.
    ///
    /// # Errors
    /// [`StoreError::OtherServer`] when something was; others when it cannot be read.
    pub async fn belongs_to(&self, server_id: Uuid) -> Result<(), StoreError> {
        let known = self.known_installation().await?;
        match known.and_then(|known| known.bound_to) {
            Some(theirs) if theirs != server_id => Err(StoreError::OtherServer {
                path: self.path.clone(),
                theirs,
                ours: server_id,
            }),
            _ => Ok(()),
        }
    }
}
