//! The counts of confirmed runs, for the trend. They are kept when the runs themselves are deleted from the history:
//! when, for which destination, and how many of which kind. No digest, no name of a host or a person is among them.

use std::cmp::Reverse;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row, Sqlite, Transaction};
use uuid::Uuid;

use super::columns::Columns;
use super::database::Store;
use super::destination::Destination;
use super::error::StoreError;
use super::read::confirmed;
use super::retention::{KEPT_COUNTS, KEPT_RUNS};
use super::run_id::RunId;
use super::state::State;
use crate::license::{Counted, ServerCounts, Totals};
use crate::timestamp;

/// So many confirmed runs are read for the growth.
const LOOK_BACK: u32 = 500;

// The growth is found from runs that are not deleted.
const _: () = assert!(LOOK_BACK <= KEPT_RUNS);

/// The columns that stay.
const COLUMNS: &str = "id, api_origin, uploads_origin, account, server_id, started_at, updated_at, accounts, consumed, \
    suspended, organizations, bots, setup_users, ghosts, dormant, unmatchable, no_sign_in, server_users, \
    server_suspended, seats_used, seats, advanced_security, code_security, secret_protection, products_without_license, \
    products_unknown, products_refused, shared_addresses, repeated_rows";

/// What is left of a confirmed run that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct DeletedRun {
    pub id: RunId,
    pub destination: Destination,
    /// None but confirmed ones leave anything.
    pub state: State,
    #[serde(serialize_with = "timestamp::serialize")]
    pub started_at: DateTime<Utc>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub updated_at: DateTime<Utc>,
    pub totals: Option<Totals>,
    pub server_counts: ServerCounts,
}

impl Store {
    /// What is left of confirmed runs that were deleted, the newest first, `limit` at most.
    pub async fn deleted_runs(&self, limit: u32) -> Result<Vec<DeletedRun>, StoreError> {
        let rows = sqlx::query("SELECT * FROM deleted_run ORDER BY rowid DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.pool)
            .await;
        let rows = rows.map_err(StoreError::query("read the counts of deleted runs"))?;
        rows.iter().map(deleted_run).collect()
    }

    /// The counts of the newest confirmed runs for `destination`, the newest first.
    pub async fn counted(&self, destination: &Destination) -> Result<Vec<Counted>, StoreError> {
        self.newest_counted(destination, LOOK_BACK).await
    }

    /// The counts of all confirmed runs for `destination`, also of those that were deleted, the newest first.
    pub async fn ever_counted(&self, destination: &Destination) -> Result<Vec<Counted>, StoreError> {
        let mut all = self.newest_counted(destination, KEPT_RUNS).await?;
        let deleted = self.deleted_runs(KEPT_COUNTS).await?;
        let of_it = deleted.iter().filter(|run| run.destination == *destination);
        all.extend(of_it.filter_map(|run| counted(run.started_at, run.totals, run.server_counts)));
        all.sort_by_key(|list| Reverse(list.at));
        Ok(all)
    }

    async fn newest_counted(&self, destination: &Destination, limit: u32) -> Result<Vec<Counted>, StoreError> {
        let runs = confirmed(&self.pool, destination, limit).await?;
        let counted = runs
            .iter()
            .filter_map(|run| counted(run.started_at, run.totals, run.server_counts));
        Ok(counted.collect())
    }
}

fn counted(at: DateTime<Utc>, totals: Option<Totals>, server: ServerCounts) -> Option<Counted> {
    Some(Counted {
        at,
        licenses: totals?.consumed,
        seats: server.seats,
    })
}

fn deleted_run(row: &SqliteRow) -> Result<DeletedRun, StoreError> {
    let attempt = "read the counts of a deleted run";
    let id: String = row.try_get("id").map_err(StoreError::query(attempt))?;
    let row = Columns { row, run: &id };
    Ok(DeletedRun {
        id: RunId(row.parsed::<Uuid>("id")?),
        destination: row.destination()?,
        state: State::Confirmed,
        started_at: row.parsed("started_at")?,
        updated_at: row.parsed("updated_at")?,
        totals: row.totals()?,
        server_counts: row.server_counts()?,
    })
}

/// Keeps the counts of the confirmed ones among the runs that are to be deleted: those that `old` says, which began before
/// `before`.
pub(super) async fn keep(
    transaction: &mut Transaction<'static, Sqlite>,
    old: &str,
    before: &str,
) -> Result<(), StoreError> {
    let keep = format!(
        "INSERT INTO deleted_run ({COLUMNS}) SELECT {COLUMNS} FROM run WHERE {old} AND state = 'confirmed' ORDER BY rowid"
    );
    sqlx::query(AssertSqlSafe(keep))
        .bind(before)
        .bind(KEPT_RUNS)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("keep the counts of old runs"))?;
    let shorten = "DELETE FROM deleted_run WHERE rowid <= \
         (SELECT rowid FROM deleted_run ORDER BY rowid DESC LIMIT 1 OFFSET ?)";
    sqlx::query(shorten)
        .bind(KEPT_COUNTS)
        .execute(&mut **transaction)
        .await
        .map_err(StoreError::query("delete the oldest counts"))?;
    Ok(())
}
