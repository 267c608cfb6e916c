//! Reads runs and their events.

use chrono::{DateTime, Utc};
use sqlx::sqlite::{SqliteExecutor, SqliteRow};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

use super::claim::Installation;
use super::columns::Columns;
use super::database::Store;
use super::destination::Destination;
use super::error::StoreError;
use super::run::{Event, Run};
use super::run_id::RunId;
use super::state::State;

/// So many runs are read for what the cloud may have heard since the last confirmed one.
const SENT: u32 = 50;

impl Store {
    /// The newest runs first, `limit` at most. They are sorted by when they were written: a clock can be set back.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>, StoreError> {
        let rows = sqlx::query("SELECT * FROM run ORDER BY rowid DESC LIMIT ?")
            .bind(limit)
            .fetch_all(&self.pool)
            .await;
        rows.map_err(StoreError::query("read the history"))?
            .iter()
            .map(run)
            .collect()
    }

    /// One run.
    pub async fn run(&self, id: RunId) -> Result<Run, StoreError> {
        let row = sqlx::query("SELECT * FROM run WHERE id = ?")
            .bind(id.to_string())
            .fetch_one(&self.pool)
            .await;
        run(&row.map_err(StoreError::query("read a run"))?)
    }

    /// The run that is not through, if there is one: collecting, frozen, sending or accepted.
    pub async fn unfinished(&self) -> Result<Option<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE state IN ('collecting', 'frozen', 'sending', 'accepted')";
        self.one(SQL, &[], "read the unfinished run").await
    }

    /// The run that waits for a person, if there is one.
    pub async fn held(&self) -> Result<Option<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE state = 'held'";
        self.one(SQL, &[], "read the held run").await
    }

    /// The newest run for `destination`.
    pub async fn last_run(&self, destination: &Destination) -> Result<Option<Run>, StoreError> {
        let newest = "ORDER BY rowid DESC";
        Ok(of_destination(&self.pool, destination, newest, 1).await?.pop())
    }

    /// The runs for `destination` that changed last, the last one first, `limit` at most. One that was held can change after
    /// a newer one has ended.
    pub async fn last_changed(&self, destination: &Destination, limit: u32) -> Result<Vec<Run>, StoreError> {
        of_destination(&self.pool, destination, "ORDER BY changed DESC", limit).await
    }

    /// The newest confirmed run for `destination`.
    pub async fn last_confirmed(&self, destination: &Destination) -> Result<Option<Run>, StoreError> {
        last_confirmed(&self.pool, destination).await
    }

    /// The runs of which this account may have heard from this server, at whatever address the uploads went to, from the
    /// last confirmed one on, the newest first.
    pub async fn sent_since_confirmed(&self, destination: &Destination) -> Result<Vec<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE api_origin = ? AND account = ? AND server_id = ? AND maybe_taken > 0 \
             ORDER BY rowid DESC LIMIT ?";
        let rows = sqlx::query(SQL)
            .bind(&destination.api_origin)
            .bind(&destination.account)
            .bind(destination.server_id.to_string())
            .bind(SENT)
            .fetch_all(&self.pool)
            .await;
        let rows = rows.map_err(StoreError::query("read what was sent"))?;
        let mut sent = rows.iter().map(run).collect::<Result<Vec<_>, _>>()?;
        let confirmed = sent.iter().position(|run| run.state == State::Confirmed);
        sent.truncate(confirmed.map_or(sent.len(), |at| at + 1));
        Ok(sent)
    }

    /// When the cloud processed the last list of this server that the store knows of, by the cloud's clock.
    pub async fn last_processed(&self, destination: &Destination) -> Result<Option<DateTime<Utc>>, StoreError> {
        let sent = self.sent_since_confirmed(destination).await?;
        Ok(sent.iter().filter_map(Run::processed_at).max())
    }

    /// The newest run whose digest begins with these hex digits in lower case, if there is one.
    pub async fn with_digest(&self, digits: &str) -> Result<Option<Run>, StoreError> {
        const SQL: &str = "SELECT * FROM run WHERE substr(digest, 1, length(?1)) = ?1 ORDER BY rowid DESC LIMIT 1";
        self.one(SQL, &[digits], "look for a document").await
    }

    pub(super) async fn one(
        &self,
        sql: &'static str,
        values: &[&str],
        attempt: &'static str,
    ) -> Result<Option<Run>, StoreError> {
        let query = values.iter().fold(sqlx::query(sql), |query, value| query.bind(*value));
        let row = query.fetch_optional(&self.pool).await;
        row.map_err(StoreError::query(attempt))?.as_ref().map(run).transpose()
    }

    /// The run's events, oldest first.
    pub async fn events(&self, id: RunId) -> Result<Vec<Event>, StoreError> {
        let rows = sqlx::query("SELECT * FROM event WHERE run_id = ? ORDER BY rowid").bind(id.to_string());
        let rows = rows
            .fetch_all(&self.pool)
            .await
            .map_err(StoreError::query("read the history of a run"))?;
        rows.iter().map(event).collect()
    }

    /// What is known about this server, if the gate was ever seen open.
    pub async fn known_installation(&self) -> Result<Option<Installation>, StoreError> {
        // It is the same for all that the cloud may have.
        const SQL: &str = "SELECT enabled_at, frozen_under, \
             (SELECT server_id FROM run WHERE maybe_taken > 0 LIMIT 1) AS bound_to FROM installation";
        let row = sqlx::query(SQL).fetch_optional(&self.pool).await;
        let Some(row) = row.map_err(StoreError::query("read when license sync was enabled"))? else {
            return Ok(None);
        };
        let row = Columns {
            row: &row,
            run: "(none)",
        };
        Ok(Some(Installation {
            frozen_under: row.parsed_if_there("frozen_under")?,
            bound_to: row.parsed_if_there("bound_to")?,
            enabled_at: row.parsed("enabled_at")?,
        }))
    }
}

/// The newest confirmed run for `destination`.
pub(super) async fn last_confirmed(
    executor: impl SqliteExecutor<'_>,
    destination: &Destination,
) -> Result<Option<Run>, StoreError> {
    Ok(confirmed(executor, destination, 1).await?.pop())
}

/// The newest confirmed runs for `destination`, `limit` at most.
pub(super) async fn confirmed(
    executor: impl SqliteExecutor<'_>,
    destination: &Destination,
    limit: u32,
) -> Result<Vec<Run>, StoreError> {
    of_destination(
        executor,
        destination,
        "AND state = 'confirmed' ORDER BY rowid DESC",
        limit,
    )
    .await
}

async fn of_destination(
    executor: impl SqliteExecutor<'_>,
    destination: &Destination,
    condition: &'static str,
    limit: u32,
) -> Result<Vec<Run>, StoreError> {
    let sql = format!(
        "SELECT * FROM run WHERE api_origin = ? AND uploads_origin = ? AND account = ? AND server_id = ? \
         {condition} LIMIT ?"
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(&destination.api_origin)
        .bind(&destination.uploads_origin)
        .bind(&destination.account)
        .bind(destination.server_id.to_string())
        .bind(limit)
        .fetch_all(executor)
        .await;
    let rows = rows.map_err(StoreError::query("read the history of a destination"))?;
    rows.iter().map(run).collect()
}

pub(super) fn run(row: &SqliteRow) -> Result<Run, StoreError> {
    let id: String = row.try_get("id").map_err(StoreError::query("read a run"))?;
    let row = Columns { row, run: &id };
    Ok(Run {
        id: RunId(row.parsed::<Uuid>("id")?),
        trigger: row.trigger()?,
        window: row.text_if_there("window")?,
        destination: row.destination()?,
        hostname: row.text("hostname")?,
        state: row.parsed("state")?,
        reason: row.parsed_if_there("reason")?,
        detail: row.text_if_there("detail")?,
        started_at: row.parsed("started_at")?,
        updated_at: row.parsed("updated_at")?,
        totals: row.totals()?,
        encrypted_users: row.encrypted_users()?,
        server_counts: row.server_counts()?,
        report: row.report()?,
        change: row.change()?,
        collected_at: row.parsed_if_there("collected_at")?,
        frozen: row.frozen()?,
        decision: row.decision()?,
        attempts: row.get("attempts")?,
        maybe_taken: row.get("maybe_taken")?,
        next_attempt_at: row.parsed_if_there("next_attempt_at")?,
        receipt: row.receipt()?,
        baseline: row.baseline()?,
        file: row.file()?,
    })
}

fn event(row: &SqliteRow) -> Result<Event, StoreError> {
    let id: String = row.try_get("run_id").map_err(StoreError::query("read an event"))?;
    let row = Columns { row, run: &id };
    Ok(Event {
        at: row.parsed("at")?,
        state: row.parsed("state")?,
        reason: row.parsed_if_there("reason")?,
        detail: row.text_if_there("detail")?,
    })
}
