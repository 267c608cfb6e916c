//! The database file: opened, or created.
//!
//! A new database is made under another name, and gets its own when it is complete and on the disk. So a `state.db`
//! without anything in it is not a new store, but one that was lost. The caller holds the opening lock.

use std::fs::{self, File};
use std::io::{Error, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use uuid::Uuid;

use super::error::StoreError;
use super::owner;
use super::private_file::private_file;

/// The name of the database below the state directory.
pub(super) const DATABASE: &str = "state.db";

/// The name of a database that is not complete yet.
const DRAFT: &str = "state.db.new";

/// SQLite would apply what these hold to any database beside which it finds them.
const JOURNALS: [&str; 2] = ["-wal", "-journal"];

/// The database of the state directory, which is made when there is none.
///
/// # Errors
/// [`StoreError::Malformed`] when there was one and it is lost; [`StoreError::Link`] when it is a symbolic link, which
/// SQLite would follow; [`StoreError::Owner`] when another user owns it; others when it cannot be created or read.
pub(super) async fn database(directory: &Path) -> Result<PathBuf, StoreError> {
    let path = directory.join(DATABASE);
    // It is not opened: closing it again would take away the locks that SQLite has on it in this process.
    match path.symlink_metadata() {
        Ok(found) if found.is_symlink() => Err(StoreError::Link { path }),
        Ok(found) if found.is_file() && found.len() == 0 => Err(lost(path, "the file is empty".to_owned())),
        Ok(_) => {
            journals(&path)
                .chain([path.clone()])
                .try_for_each(|file| owner::check(&file))?;
            Ok(path)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            create(directory, &path).await?;
            Ok(path)
        }
        Err(source) => Err(owner::denied(&path).unwrap_or(StoreError::Directory { path, source })),
    }
}

/// A database that another process left half made is replaced.
async fn create(directory: &Path, path: &Path) -> Result<(), StoreError> {
    if let Some(journal) = journals(path).find(|journal| journal.exists()) {
        let found = format!("{} is there without it", journal.display());
        return Err(lost(path.to_owned(), found));
    }
    let draft = directory.join(DRAFT);
    for left_over in journals(&draft).chain([draft.clone()]) {
        remove(&left_over)?;
    }
    // Before SQLite makes it, so that it and its journals are private from the first byte.
    drop(private_file(&draft)?);
    fill(&draft, path).await?;
    publish(directory, &draft, path).map_err(|source| StoreError::File {
        path: path.to_owned(),
        source,
    })
}

/// Writes the schema. With a journal that is deleted, everything is in the one file when it is closed.
async fn fill(draft: &Path, path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(draft)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(|error| StoreError::open(path, error))?;
    let filled = super::migration::migrate(&pool, path).await;
    pool.close().await;
    filled
}

/// Gives it its name, once what is in it cannot be lost any more.
fn publish(directory: &Path, draft: &Path, path: &Path) -> Result<(), Error> {
    let written = File::options().read(true).custom_flags(libc::O_NOFOLLOW).open(draft)?;
    written.sync_all()?;
    fs::rename(draft, path)?;
    File::open(directory)?.sync_all()
}

fn journals(database: &Path) -> impl Iterator<Item = PathBuf> {
    JOURNALS.into_iter().map(|suffix| {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    })
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(StoreError::File {
            path: path.to_owned(),
            source,
        }),
        _ => Ok(()),
    }
}

fn lost(path: PathBuf, found: String) -> StoreError {
    StoreError::Malformed {
        path,
        source: found.into(),
    }
}

impl StoreError {
    /// The store in this directory is of `theirs`, and the license usage file is not.
    pub fn other_file(state_directory: &Path, theirs: Uuid, ours: Uuid) -> Self {
        let path = state_directory.join(DATABASE);
        Self::OtherFile { path, theirs, ours }
    }
}
