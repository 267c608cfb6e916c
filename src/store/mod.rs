//! Everything that must survive a crash, in one SQLite file: runs, their payloads and their events. All SQL is here.
//!
//! Promises: a state changes in one transaction with all that belongs to it; a transition that [`State`] does not allow,
//! or that another process made first, changes nothing and is [`StoreError::Transition`]; the bytes of a frozen document
//! stay as they are until the cloud's final answer, and are deleted with it. It does not decide anything and reads no clock.

mod claim;
mod cloud;
mod columns;
#[cfg(test)]
mod cost;
mod counting;
mod creation;
mod daemon;
mod deleted;
mod delivery;
mod destination;
mod error;
mod filesystem;
mod fingerprint;
mod hold_decision;
mod holder;
mod migration;
mod owner;
mod payload;
mod pruning;
mod read;
mod run;
mod spool;
mod state;
mod state_directory;
mod tally;
mod transition;
mod withdrawal;
mod written_file;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Sqlite, Transaction};
use uuid::Uuid;

pub use cloud::{CloudAccount, CloudRecord, RecordedServer};
pub use daemon::{Daemon, DaemonLock, daemon, lock_for_daemon};
pub use deleted::DeletedRun;
pub use destination::Destination;
pub use error::StoreError;
pub use hold_decision::{HoldAction, HoldDecision};
pub use holder::{Holder, Role, holder};
pub use owner::owner;
pub use payload::{CHUNK_SIZE, Freezer};
pub use pruning::{KEPT_RUNS, Pruned};
pub use run::{Baseline, Event, Frozen, Location, Receipt, Run, RunId, Trigger, WrittenFile};
pub use spool::Spool;
pub use state::State;
pub use state_directory::{Lock, inspect, lock};
pub use tally::{Attempts, RunTally};
pub use written_file::SUPERSEDED;

use crate::reason::Reason;
use pruning::prune;
use transition::text;

/// The store of one enterprise server.
#[derive(Debug, Clone)]
pub struct Store {
    pool: SqlitePool,
    /// Of the database, for errors.
    path: PathBuf,
}

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

/// Why a run is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct StateReason {
    pub reason: Reason,
    /// The same in a sentence; never a person's data.
    pub detail: String,
}

impl Store {
    /// Opens the store below `directory`, which is made when it is not there, and brings it up to date.
    pub async fn open(directory: &Path) -> Result<Self, StoreError> {
        let look_over = true;
        Self::connect(directory, look_over).await
    }

    /// The same for who opened it before and opens it often: the database is not looked over once more.
    pub async fn reopen(directory: &Path) -> Result<Self, StoreError> {
        let look_over = false;
        Self::connect(directory, look_over).await
    }

    async fn connect(directory: &Path, look_over: bool) -> Result<Self, StoreError> {
        state_directory::prepare(directory)?;
        let _alone = state_directory::hold_while_opening(directory).await?;
        let path = creation::database(directory).await?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .pragma("secure_delete", "ON");
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            // On a full disk SQLite rolls back by itself, of which the driver hears nothing: such a connection would refuse
            // every further transaction.
            .before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
            .connect_with(options)
            .await;
        let pool = pool.map_err(|error| StoreError::open(&path, error))?;
        if look_over {
            check(&pool, &path).await?;
        }
        migration::migrate(&pool, &path).await?;
        Ok(Self { pool, path })
    }

    /// Opens the store if there is one; never makes one.
    pub async fn open_existing(directory: &Path) -> Result<Option<Self>, StoreError> {
        match is_there(directory)? {
            true => Self::open(directory).await.map(Some),
            false => Ok(None),
        }
    }

    /// The same as [`Store::reopen`] if there is one.
    pub async fn reopen_existing(directory: &Path) -> Result<Option<Self>, StoreError> {
        match is_there(directory)? {
            true => Self::reopen(directory).await.map(Some),
            false => Ok(None),
        }
    }

    /// Closes the database; what was committed is on disk.
    pub async fn close(self) {
        self.pool.close().await;
    }

    /// Starts a run for `destination`, of the server that is called `hostname` now. Old runs are deleted from the history.
    ///
    /// # Errors
    /// [`StoreError::NotThrough`] when there is an unfinished run; others when it cannot be written.
    pub async fn begin(
        &self,
        trigger: &Trigger,
        destination: &Destination,
        hostname: &str,
        now: DateTime<Utc>,
    ) -> Result<RunId, StoreError> {
        const SQL: &str = r#"INSERT INTO run (id, "trigger", "window", api_origin, uploads_origin, account, server_id,
            hostname, state, started_at, updated_at, changed)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT ifnull(max(changed), 0) + 1 FROM run))"#;
        let id = RunId::new(now);
        let mut change = self.change(id, now).await?;
        sqlx::query(SQL)
            .bind(id.to_string())
            .bind(trigger.word())
            .bind(trigger.window())
            .bind(&destination.api_origin)
            .bind(&destination.uploads_origin)
            .bind(&destination.account)
            .bind(destination.server_id.to_string())
            .bind(hostname)
            .bind(State::Collecting.word())
            .bind(text(now))
            .bind(text(now))
            .execute(&mut *change.transaction)
            .await
            .map_err(StoreError::begin)?;
        change.tell(State::Collecting, None).await?;
        prune(&mut change.transaction, now).await?;
        change.commit("begin").await?;
        Ok(id)
    }

    /// `collecting → failed`: there is nothing to send; `next_attempt_at` is when it is tried again by itself.
    pub async fn not_collected(
        &self,
        run: RunId,
        now: DateTime<Utc>,
        because: &StateReason,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.step(State::Collecting, State::Failed, Some(because)).await?;
        change.next_attempt(next_attempt_at).await?;
        change.commit("not-collected").await
    }

    /// Ends a run as rejected, failed or refused, and deletes its payload in the same transaction.
    pub async fn settle(
        &self,
        run: RunId,
        state: State,
        now: DateTime<Utc>,
        because: Option<&StateReason>,
    ) -> Result<(), StoreError> {
        let mut change = self.change(run, now).await?;
        change.end(state, because).await?;
        if state == State::Rejected {
            change.not_taken().await?;
        }
        change.commit(state.word()).await?;
        self.empty_journal().await;
        Ok(())
    }

    /// A payload was deleted, and the journal still holds it. While another process reads, emptying it is put off until the
    /// last one closes the database.
    async fn empty_journal(&self) {
        let done = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)");
        let why = match done.fetch_one(&self.pool).await {
            Ok((0, _, _)) => return,
            Ok::<(i64, i64, i64), _>(_) => "another process reads the database".to_owned(),
            Err(error) => error.to_string(),
        };
        tracing::warn!(
            "the deleted document is still in {}-wal: {why}; the first command after that deletes it",
            self.path.display()
        );
    }

    async fn transaction(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(StoreError::query("start a transaction"))
    }
}

/// Whether there is a database. A link to nowhere is there as well, and is refused.
fn is_there(directory: &Path) -> Result<bool, StoreError> {
    let path = directory.join(state_directory::DATABASE);
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(owner::denied(&path).unwrap_or(StoreError::Directory {
            path: directory.to_owned(),
            source,
        })),
    }
}

/// A damaged database is neither brought up to date nor written to.
async fn check(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("PRAGMA quick_check(1)")
        .fetch_one(pool)
        .await
        .map_err(|error| StoreError::open(path, error))?;
    let found = match &*found {
        "ok" if is_blank(pool, path).await? => "there is no table in it".to_owned(),
        "ok" => return Ok(()),
        _ => found.replace('\n', " "),
    };
    Err(StoreError::Malformed {
        path: path.to_owned(),
        source: found.into(),
    })
}

/// A store has a schema before it has its name.
async fn is_blank(pool: &SqlitePool, path: &Path) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)")
        .fetch_one(pool)
        .await
        .map_err(|error| StoreError::open(path, error))
}
