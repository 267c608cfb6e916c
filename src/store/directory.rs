//! The state directory: private, and used by one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::error::StoreError;

/// Only the owner may look inside.
const PRIVATE_DIRECTORY: u32 = 0o700;

/// Only the owner may read and write.
const PRIVATE_FILE: u32 = 0o600;

/// The name of the database below the state directory.
pub(super) const DATABASE: &str = "state.db";

/// Proof that no other process works on the state directory; given up when dropped or when the process ends.
#[derive(Debug)]
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // To close it is not enough: a process that was just started by this one has the file as well until it is another
        // program. When it fails, that is all there is left to do.
        let _closed_at_least = self.0.unlock();
    }
}

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
pub(super) async fn hold_while_opening(directory: &Path) -> Result<Lock, StoreError> {
    let path = directory.join("opening.lock");
    let file = private_file(&path)?;
    // Waiting on this thread could keep up the very task that has the lock.
    let waiting = tokio::task::spawn_blocking(move || file.lock().map(|()| Lock(file)));
    let locked = waiting.await.map_err(io::Error::other).and_then(|locked| locked);
    locked.map_err(|source| StoreError::File { path, source })
}

/// Opens a file for writing, which is made when it is not there. A symbolic link is refused: whoever may write in the
/// directory would decide which file is opened, or made, elsewhere. Nor is a pipe waited for until somebody reads it.
pub(super) fn private_file(path: &Path) -> Result<File, StoreError> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(PRIVATE_FILE)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let path = path.to_owned();
    file.map_err(|source| match source.raw_os_error() {
        Some(libc::ELOOP) if path.is_symlink() => StoreError::Link { path },
        _ => StoreError::File { path, source },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_given_up_although_somebody_inherited_the_file() {
        let parent = tempfile::TempDir::new().unwrap();
        let directory = parent.path().join("state");
        let held = lock(&directory).unwrap();
        let _inherited = held.0.try_clone().unwrap();
        assert!(matches!(lock(&directory), Err(StoreError::Locked { .. })));
        drop(held);
        lock(&directory).unwrap();
    }
}
