//! The database of one enterprise server: opened, looked over, brought up to date and closed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection as _, Sqlite, Transaction};

use super::creation::{self, DATABASE};
use super::error::StoreError;
use super::{migration, owner, state_directory};

/// The store of one enterprise server.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: SqlitePool,
    /// Of the database, for errors.
    pub(super) path: PathBuf,
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

    /// A payload was deleted, and the journal still holds it. While another process reads, emptying it is put off until the
    /// last one closes the database.
    pub(super) async fn empty_journal(&self) {
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

    pub(super) async fn transaction(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        self.pool
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(StoreError::query("start a transaction"))
    }
}

/// Whether there is a database. A link to nowhere is there as well, and is refused.
fn is_there(directory: &Path) -> Result<bool, StoreError> {
    let path = directory.join(DATABASE);
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
