//! Records a document that is written to a file, for a person to upload it.

use chrono::{DateTime, Utc};
use sqlx::{Sqlite, Transaction};

use super::error::StoreError;
use super::run::{Baseline, Run, RunId};
use super::state::State;
use super::transition::{commit, end, step, text};
use super::{StateReason, Store, read};
use crate::license::Digest;
use crate::reason::Reason;

/// What the name of a file ends with that is not to be uploaded.
pub const SUPERSEDED: &str = ".superseded";

/// So many runs are read for files that are not to be uploaded.
const LOOK_BACK: u32 = 50;

impl Store {
    /// Notes what the cloud listed before the document of `run` leaves. What was noted before the cloud may have taken the
    /// document stays.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_baseline(&self, run: RunId, baseline: Baseline) -> Result<(), StoreError> {
        sqlx::query("UPDATE run SET listed_at = ?, synced_before = ? WHERE id = ? AND maybe_taken = 0")
            .bind(baseline.listed_at.map(text))
            .bind(baseline.synced_at.map(text))
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note what the cloud lists"))?;
        Ok(())
    }

    /// Notes when the file of `run` was written, by the cloud's clock, if that is not known yet.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_first_listing(&self, run: RunId, at: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("UPDATE run SET listed_at = ? WHERE id = ? AND listed_at IS NULL")
            .bind(text(at))
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note when a file was written"))?;
        Ok(())
    }

    /// Notes when the list of `run` was collected.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn note_collection(&self, run: RunId, at: DateTime<Utc>) -> Result<(), StoreError> {
        sqlx::query("UPDATE run SET collected_at = ? WHERE id = ?")
            .bind(text(at))
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note when a list was collected"))?;
        Ok(())
    }

    /// Notes, before it can be seen, the file to which the document of a `frozen` run is written; it has so many bytes
    /// with this SHA-256. From then on the cloud may have the document, as a person who has the file can upload it.
    ///
    /// # Errors
    /// [`StoreError`] when the run is in another state or it cannot be written.
    pub async fn hand_over(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        path: &str,
        sha256: Digest,
        bytes: Option<u64>,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET maybe_taken = maybe_taken + (file IS NULL), \
             written_at = ifnull(written_at, ?), file = ?, file_sha256 = ?, file_bytes = ? WHERE id = ? AND state = 'frozen'";
        let mut transaction = self.transaction().await?;
        let noted = sqlx::query(SQL)
            .bind(text(now))
            .bind(path)
            .bind(sha256.to_string())
            .bind(bytes.and_then(|bytes| i64::try_from(bytes).ok()))
            .bind(run.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("note which file is written"))?;
        if noted.rows_affected() == 0 {
            drop(transaction);
            let from = self.run(run).await?.state;
            let to = State::Written;
            return Err(StoreError::Transition { run, from, to });
        }
        commit(transaction, "hand-over").await
    }

    /// Takes back what [`hand_over`](Self::hand_over) noted: the file never was there.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn not_written(&self, run: RunId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET maybe_taken = maybe_taken - 1, file = NULL, file_sha256 = NULL, file_bytes = NULL, \
             written_at = NULL WHERE id = ? AND state = 'frozen' AND file IS NOT NULL";
        sqlx::query(SQL)
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note that a file was not written"))?;
        Ok(())
    }

    /// `frozen → written`: the file that was noted is there, and what the cloud listed at that time replaces the
    /// baseline. A file that waited is replaced by it.
    ///
    /// # Errors
    /// [`StoreError`] when the transition is not allowed or cannot be written.
    pub async fn written(&self, run: RunId, now: DateTime<Utc>, baseline: Option<Baseline>) -> Result<(), StoreError> {
        let mut transaction = self.transaction().await?;
        if let Some(baseline) = baseline {
            sqlx::query("UPDATE run SET listed_at = ?, synced_before = ? WHERE id = ?")
                .bind(baseline.listed_at.map(text))
                .bind(baseline.synced_at.map(text))
                .bind(run.to_string())
                .execute(&mut *transaction)
                .await
                .map_err(StoreError::query("note what the cloud lists beside a file"))?;
        }
        replace_written(&mut transaction, now).await?;
        step(&mut transaction, run, State::Frozen, State::Written, now, None).await?;
        sqlx::query("UPDATE run SET next_attempt_at = NULL WHERE id = ?")
            .bind(run.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::query("note that a file was written"))?;
        commit(transaction, "written").await
    }

    /// Notes that the cloud failed to process the file of a run, which stays `written`, in a sync `failed_at` this time of
    /// the cloud's clock.
    ///
    /// # Errors
    /// [`StoreError`] when the run is in another state or it cannot be written.
    pub async fn upload_failed(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        failed_at: DateTime<Utc>,
        because: &StateReason,
    ) -> Result<(), StoreError> {
        let attempt = StoreError::query("note a failed upload");
        let mut transaction = self.transaction().await?;
        step(
            &mut transaction,
            run,
            State::Written,
            State::Written,
            now,
            Some(because),
        )
        .await?;
        sqlx::query("UPDATE run SET failed_at = ? WHERE id = ?")
            .bind(text(failed_at))
            .bind(run.to_string())
            .execute(&mut *transaction)
            .await
            .map_err(&attempt)?;
        transaction.commit().await.map_err(&attempt)
    }

    /// The newest runs whose files are not to be uploaded, and are not called so: they ended, and either no person's upload is
    /// what was confirmed, or a later document may have left: to upload the file again would confirm that one.
    ///
    /// # Errors
    /// [`StoreError`] when they cannot be read.
    pub async fn files_not_for_upload(&self) -> Result<Vec<Run>, StoreError> {
        const SQL: &str = "WITH ended AS (SELECT id FROM run WHERE state IN ('failed', 'refused', 'rejected') \
             OR (state = 'confirmed' AND (upload_id IS NOT NULL \
             OR rowid < (SELECT max(rowid) FROM run WHERE maybe_taken > 0)))) \
             SELECT * FROM run WHERE id IN ended AND file IS NOT NULL AND file NOT LIKE '%' || ?1 \
             AND file NOT IN (SELECT file FROM run WHERE file IS NOT NULL AND id NOT IN ended) ORDER BY rowid DESC LIMIT ?2";
        let rows = sqlx::query(SQL)
            .bind(SUPERSEDED)
            .bind(LOOK_BACK)
            .fetch_all(&self.pool)
            .await;
        let rows = rows.map_err(StoreError::query("read which files are not to be uploaded"))?;
        rows.iter().map(read::run).collect()
    }

    /// Notes the new name of the file of a run.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn renamed(&self, run: RunId, path: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE run SET file = ? WHERE id = ?")
            .bind(path)
            .bind(run.to_string())
            .execute(&self.pool)
            .await
            .map_err(StoreError::query("note the name of a file"))?;
        Ok(())
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

/// Ends the run whose file waits, since another list takes its place.
pub(super) async fn replace_written(
    transaction: &mut Transaction<'static, Sqlite>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let waiting: Option<(String, Option<String>)> =
        sqlx::query_as("SELECT id, failed_at FROM run WHERE state = 'written'")
            .fetch_optional(&mut **transaction)
            .await
            .map_err(StoreError::query("look for a file that waits"))?;
    let Some((id, failed_at)) = waiting else { return Ok(()) };
    let because = match failed_at {
        None => StateReason {
            reason: Reason::Unconfirmed,
            detail: "no upload of its file was seen before another list took its place".to_owned(),
        },
        Some(_) => StateReason {
            reason: Reason::Rejected,
            detail: "the cloud failed to process its file, and another list took its place".to_owned(),
        },
    };
    let run = id.parse().map(RunId).map_err(|_| StoreError::Damaged {
        run: id.clone(),
        column: "id",
    })?;
    end(transaction, run, State::Failed, now, Some(&because)).await
}
