//! Records a document that is written to a file, for a person to upload it.

use chrono::{DateTime, Utc};

use super::database::Store;
use super::error::StoreError;
use super::read;
use super::run::{Baseline, Run};
use super::run_id::RunId;
use super::state::{State, StateReason};
use super::transition::{RunChange, commit, text, update};
use crate::license::Digest;
use crate::reason::Reason;

/// What the name of a file ends with that is not to be uploaded.
pub const SUPERSEDED: &str = ".superseded";

/// So many runs are read for files that are not to be uploaded.
const LOOK_BACK: u32 = 50;

impl Store {
    /// Notes what the cloud listed before the document of `run` leaves. What was noted before the cloud may have taken the
    /// document stays.
    pub async fn note_baseline(&self, run: RunId, baseline: Baseline) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET listed_at = ?2, synced_before = ?3 WHERE id = ?1 AND maybe_taken = 0";
        update(&self.pool, run, SQL, times(baseline), "note what the cloud lists").await
    }

    /// Notes when the file of `run` was written, by the cloud's clock, if that is not known yet.
    pub async fn note_first_listing(&self, run: RunId, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET listed_at = ?2 WHERE id = ?1 AND listed_at IS NULL";
        update(&self.pool, run, SQL, [Some(text(at))], "note when a file was written").await
    }

    /// Notes when the list of `run` was collected.
    pub async fn note_collection(&self, run: RunId, at: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET collected_at = ?2 WHERE id = ?1";
        update(&self.pool, run, SQL, [Some(text(at))], "note when a list was collected").await
    }

    /// Notes, before it can be seen, the file to which the document of a `frozen` run is written; it has so many bytes
    /// with this SHA-256. From then on the cloud may have the document, as a person who has the file can upload it.
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
    pub async fn not_written(&self, run: RunId) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET maybe_taken = maybe_taken - 1, file = NULL, file_sha256 = NULL, file_bytes = NULL, \
             written_at = NULL WHERE id = ?1 AND state = 'frozen' AND file IS NOT NULL";
        update(&self.pool, run, SQL, [], "note that a file was not written").await
    }

    /// `frozen → written`: the file that was noted is there, and what the cloud listed at that time replaces the
    /// baseline. A later sync, by which another process has confirmed a run since, stays in it. A file that waited is
    /// replaced by this one.
    pub async fn written(&self, run: RunId, now: DateTime<Utc>, baseline: Option<Baseline>) -> Result<(), StoreError> {
        const BASELINE: &str = "UPDATE run SET listed_at = ?2, \
             synced_before = nullif(max(ifnull(synced_before, ''), ifnull(?3, '')), '') WHERE id = ?1";
        const WAITS: &str = "UPDATE run SET next_attempt_at = NULL WHERE id = ?1";
        let mut change = self.change(run, now).await?;
        if let Some(baseline) = baseline {
            let attempt = "note what the cloud lists beside a file";
            change.write(BASELINE, times(baseline), attempt).await?;
        }
        change.replace_written().await?;
        change.step(State::Frozen, State::Written, None).await?;
        change.write(WAITS, [], "note that a file was written").await?;
        change.commit("written").await
    }

    /// Notes that the cloud failed to process the file of a run, which stays `written`, in a sync `failed_at` this time of
    /// the cloud's clock.
    pub async fn upload_failed(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        failed_at: DateTime<Utc>,
        because: &StateReason,
    ) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET failed_at = ?2 WHERE id = ?1";
        let (attempt, waits) = ("note a failed upload", State::Written);
        let mut change = self.change(run, now).await?;
        change.step(waits, waits, Some(because)).await?;
        change.write(SQL, [Some(text(failed_at))], attempt).await?;
        change.transaction.commit().await.map_err(StoreError::query(attempt))
    }

    /// The newest runs whose files are not to be uploaded, and are not called so: they ended, and either no person's upload is
    /// what was confirmed, or a later document may have left: to upload the file again would confirm that one.
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
    pub async fn renamed(&self, run: RunId, path: &str) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET file = ?2 WHERE id = ?1";
        update(&self.pool, run, SQL, [Some(path.to_owned())], "note the name of a file").await
    }

    /// The run whose file waits for a person, if there is one.
    pub async fn waiting_file(&self) -> Result<Option<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE state = 'written'";
        self.one(SQL, &[], "read the run whose file waits").await
    }

    /// Notes that it was reported that nobody has uploaded the file of this run.
    pub async fn reminded(&self, run: RunId, now: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "UPDATE run SET reminded_at = ?2 WHERE id = ?1";
        update(&self.pool, run, SQL, [Some(text(now))], "note a reminder").await
    }
}

fn times(baseline: Baseline) -> [Option<String>; 2] {
    [baseline.listed_at.map(text), baseline.synced_at.map(text)]
}

impl RunChange {
    /// Ends the run whose file waits, since another list takes its place.
    pub(super) async fn replace_written(&mut self) -> Result<(), StoreError> {
        let waiting: Option<(String, Option<String>)> =
            sqlx::query_as("SELECT id, failed_at FROM run WHERE state = 'written'")
                .fetch_optional(&mut *self.transaction)
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
        self.end_other(run, State::Failed, &because).await
    }
}
