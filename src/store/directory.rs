//! The state directory: private, and used by one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::StoreError;

/// Only the owner may look inside.
const PRIVATE_DIRECTORY: u32 = 0o700;

/// Only the owner may read and write.
const PRIVATE_FILE: u32 = 0o600;

/// The name of the database below the state directory.
pub(super) const DATABASE: &str = "state.db";

/// Proof that no other process works on the state directory; given up when dropped or when the process ends.
#[derive(Debug)]
pub struct Lock(#[allow(dead_code, reason = "held open: the lock lives as long as the file")] File);

/// Makes the state directory, or checks the one that is there.
pub(super) fn prepare(directory: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_DIRECTORY)
        .create(directory)
        .map_err(|source| StoreError::CreateDirectory {
            path: directory.to_owned(),
            source,
        })?;
    let metadata = directory.metadata().map_err(|source| StoreError::Directory {
        path: directory.to_owned(),
        source,
    })?;
    match metadata.mode() & 0o7777 {
        mode if mode & 0o077 != 0 => Err(StoreError::Exposed {
            path: directory.to_owned(),
            mode,
        }),
        _ => Ok(()),
    }
}

/// Takes the state directory for this process.
///
/// # Errors
/// [`StoreError::Locked`] when another process has it.
pub fn lock(directory: &Path) -> Result<Lock, StoreError> {
    prepare(directory)?;
    let file = private_file(&directory.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: directory.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(StoreError::Directory {
            path: directory.to_owned(),
            source,
        }),
    }
}

/// Keeps other processes from opening the database while this one brings it up to date. Waits for its turn.
pub(super) fn hold_while_opening(directory: &Path) -> Result<Lock, StoreError> {
    let path = directory.join("opening.lock");
    let file = private_file(&path)?;
    file.lock().map_err(|source| StoreError::Directory { path, source })?;
    Ok(Lock(file))
}

/// Makes the database file before SQLite does, so that it and its journals are private from the first byte.
pub(super) fn database(directory: &Path) -> Result<PathBuf, StoreError> {
    let path = directory.join(DATABASE);
    // One that is there is not opened: closing it again would take away the locks that SQLite has on it in this process.
    match path.try_exists() {
        Ok(true) => {}
        Ok(false) => drop(private_file(&path)?),
        Err(source) => return Err(StoreError::Directory { path, source }),
    }
    Ok(path)
}

fn private_file(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE_FILE)
        .open(path);
    file.map_err(|source| StoreError::File {
        path: path.to_owned(),
        source,
    })
}
