//! A document that was written to a file, and waits there for a person to upload it.

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, Transaction};

use super::error::StoreError;
use super::run::{Run, RunId};
use super::state::State;
use super::transition::{commit, end, maybe_taken, step, text};
use super::{Because, Store};
use crate::license::Digest;
use crate::reason::Reason;

impl Store {
    /// `frozen → written`: the document is in the file `path`, whose bytes have this SHA-256, and this is the
    /// last sync of the server that the cloud lists. A file that waited is replaced by it.
    ///
    /// # Errors
    /// [`StoreError`] when the transition is not allowed or cannot be written.
    pub async fn written(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        path: &str,
        sha256: Digest,
        synced_before: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET file = ?, file_sha256 = ?, written_at = ?, synced_before = ?, \
             next_attempt_at = NULL WHERE id = ?";
        let mut transaction = self.transaction().await?;
        replace_written(&mut transaction, now).await?;
        step(&mut transaction, run, State::Frozen, State::Written, now, None).await?;
        // Whoever has the file can upload it from now on.
        maybe_taken(&mut transaction, run).await?;
        sqlx::query(SQL)
            .bind(path)
            .bind(sha256.to_string())
            .bind(text(now))
            .bind(synced_before.map(text))
            .bind(run.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("note which file was written"))?;
        commit(transaction, "written").await
    }

    /// The run whose file waits for a person, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn waiting_file(&self) -> Result<Option<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE state = 'written'";
        self.one(SQL, &[], "read the run whose file waits").await
    }

    /// Notes that it was reported that nobody has uploaded the file of this run.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn reminded(&self, run: RunId, now: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("UPDATE run SET reminded_at = ? WHERE id = ?")
            .bind(text(now))
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note a reminder"))?;
        Ok(())
    }
}

/// Ends the run whose file waits, since a newer list takes its place. The file stays where it is.
pub(super) async fn replace_written(
    transaction: &mut Transaction<'static, Sqlite>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let waiting: Option<String> = sqlx::query_scalar("SELECT id FROM run WHERE state = 'written'")
        .fetch_optional(&mut **transaction)
        .await
        .map_err(StoreError::query("look for a file that waits"))?;
    let Some(id) = waiting else { return Ok(()) };
    let because = Because {
        reason: Reason::Unconfirmed,
        detail: "the cloud showed no upload of its file before a newer list took its place".to_owned(),
    };
    let run = id.parse().map(RunId).map_err(|_| StoreError::Damaged {
        run: id.clone(),
        column: "id",
    })?;
    end(transaction, run, State::Failed, now, Some(&because)).await
}
