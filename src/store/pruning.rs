//! Limits the history: when a run begins, runs that are older than two years are deleted, except for the newest ones.
//! Runs that decisions depend on are kept, however old they are: runs that have not ended, and for each destination the
//! last confirmed run and what the cloud may have heard since, and what a person approved, so that the same list is not
//! held again. Of the others a summary stays, and of those that were confirmed the counts (`deleted`).

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};

use super::columns::Columns;
use super::database::Store;
use super::deleted;
use super::error::StoreError;
use super::retention::{KEPT_FOR, KEPT_RUNS};
use super::transition::text;
use crate::timestamp;

/// What is deleted: `?1` is the time before which a run has to have begun, `?2` how many of the newest are kept.
const OLD: &str = "started_at < ?1 \
    AND rowid <= (SELECT rowid FROM run ORDER BY rowid DESC LIMIT 1 OFFSET ?2) \
    AND state IN ('confirmed', 'rejected', 'failed', 'refused') \
    AND decision IS NOT 'approved' \
    AND (maybe_taken = 0 OR EXISTS (SELECT 1 FROM run AS later WHERE later.rowid > run.rowid \
        AND later.state = 'confirmed' AND later.api_origin = run.api_origin \
        AND later.uploads_origin = run.uploads_origin AND later.account = run.account \
        AND later.server_id = run.server_id))";

/// What was deleted of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Pruned {
    pub runs: u64,
    /// When the first and the last of these runs began.
    #[serde(serialize_with = "timestamp::serialize")]
    pub oldest: DateTime<Utc>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub newest: DateTime<Utc>,
}

impl Store {
    /// What was deleted of the history, if anything was.
    pub async fn pruned(&self) -> Result<Option<Pruned>, StoreError> {
        let row = sqlx::query("SELECT runs, oldest, newest FROM pruned")
            .fetch_optional(&self.pool)
            .await
            .map_err(StoreError::query("read what was deleted of the history"))?;
        row.as_ref().map(summary).transpose()
    }
}

fn summary(row: &SqliteRow) -> Result<Pruned, StoreError> {
    let row = Columns { row, run: "(deleted)" };
    Ok(Pruned {
        runs: row.count("runs")?,
        oldest: row.parsed("oldest")?,
        newest: row.parsed("newest")?,
    })
}

/// Deletes what is too old `now`, with its events, and adds it to the summary.
pub(super) async fn prune(
    transaction: &mut Transaction<'static, Sqlite>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let before = text(now - KEPT_FOR);
    let counting =
        format!("SELECT count(*) AS runs, min(started_at) AS oldest, max(started_at) AS newest FROM run WHERE {OLD}");
    let old = sqlx::query(AssertSqlSafe(counting))
        .bind(&before)
        .bind(KEPT_RUNS)
        .fetch_one(&mut **transaction)
        .await
        .map_err(StoreError::query("look for old runs"))?;
    if old.try_get::<i64, _>("runs").is_ok_and(|runs| runs == 0) {
        return Ok(());
    }
    let old = summary(&old)?;
    sqlx::query(
        "INSERT INTO pruned VALUES (1, ?1, ?2, ?3) ON CONFLICT DO UPDATE SET runs = runs + ?1, \
         oldest = min(oldest, ?2), newest = max(newest, ?3)",
    )
    .bind(old.runs.cast_signed())
    .bind(text(old.oldest))
    .bind(text(old.newest))
    .execute(&mut **transaction)
    .await
    .map_err(StoreError::query("note what is deleted of the history"))?;
    deleted::keep(transaction, OLD, &before).await?;
    sqlx::query(AssertSqlSafe(format!("DELETE FROM run WHERE {OLD}")))
        .bind(&before)
        .bind(KEPT_RUNS)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("delete old runs"))?;
    Ok(())
}
