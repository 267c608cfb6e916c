//! The state directory: private, and used by one process at a time.

use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::error::StoreError;
use super::file_lock::{is_taken, locked};
use super::holder::{Holder, Role};
use super::holder_note::{self, NOTE};
use super::private_file::private_file;
use super::{filesystem, owner};

/// Only the owner may look inside.
const PRIVATE_DIRECTORY: u32 = 0o700;

/// An opening takes milliseconds, and a large database that has to be looked over some seconds.
const LONGEST_OPENING: Duration = Duration::from_secs(10);

/// A look at who has the directory locks it for some microseconds. A process that wants to have it waits no longer for
/// those that look.
pub(super) const LONGEST_GLANCE: Duration = Duration::from_secs(2);

/// Proof that no other process works on the state directory, or that none else is its daemon; released when dropped or when the
/// process ends.
#[derive(Debug)]
pub struct Lock {
    file: File,
    /// Where a note says which process has it, to be deleted with it.
    note: Option<PathBuf>,
}

impl Lock {
    pub(super) fn without_note(file: File) -> Self {
        Self { file, note: None }
    }

    /// What the locked file is.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }

    /// Says to other processes that this one has it `since` then, for the command `role`.
    pub fn signed(self, role: Role, since: DateTime<Utc>) -> Self {
        if let Some(note) = &self.note {
            holder_note::write(note, &Holder::this(role, since));
        }
        self
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if let Some(note) = &self.note {
            holder_note::erase(note);
        }
        // To close it is not enough: a process that was just started by this one has the file as well until it is another
        // program. When it fails, that is all there is left to do.
        let _closed_at_least = self.file.unlock();
    }
}

/// Whether the state directory is there; makes nothing. One that is not there is judged by the directory in which it would
/// be made.
///
/// # Errors
/// [`StoreError`] when no store can be kept in it.
pub fn inspect(directory: &Path) -> Result<bool, StoreError> {
    let path = directory.to_owned();
    let metadata = match directory.metadata() {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            filesystem::check(directory)?;
            return Ok(false);
        }
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            let unnamed = StoreError::Directory { path, source: error };
            return Err(owner::denied_directory(directory).unwrap_or(unnamed));
        }
        Err(source) => return Err(StoreError::Directory { path, source }),
    };
    if !metadata.is_dir() {
        let source = ErrorKind::NotADirectory.into();
        return Err(StoreError::Directory { path, source });
    }
    owner::check_directory(directory)?;
    match metadata.mode() & 0o7777 {
        mode if mode & 0o077 != 0 => Err(StoreError::Exposed { path, mode }),
        _ => filesystem::check(directory).map(|()| true),
    }
}

/// Makes the state directory, or checks the one that is there.
pub(super) fn prepare(directory: &Path) -> Result<(), StoreError> {
    DirBuilder::new()
        .recursive(true)
        .mode(PRIVATE_DIRECTORY)
        .create(directory)
        .map_err(|source| not_created(directory, source))?;
    inspect(directory).map(|_| ())
}

/// Why the directory could not be made: because it is in one of another user, if it is so.
fn not_created(directory: &Path, source: io::Error) -> StoreError {
    let denied = (source.kind() == ErrorKind::PermissionDenied).then(|| owner::denied_directory(directory));
    let path = directory.to_owned();
    denied.flatten().unwrap_or(StoreError::CreateDirectory { path, source })
}

/// Takes the state directory for this process. The directory itself is locked: a file in it could be removed meanwhile, and
/// the next process would lock another one.
///
/// # Errors
/// [`StoreError::Locked`] when another process has it.
pub async fn lock(directory: &Path) -> Result<Lock, StoreError> {
    prepare(directory)?;
    let path = directory.to_owned();
    let file = match File::open(directory) {
        Ok(file) => file,
        Err(source) => return Err(StoreError::Directory { path, source }),
    };
    match locked(&file, LONGEST_GLANCE, is_taken).await {
        Ok(true) => {}
        Ok(false) => {
            let holder = holder_note::read(&directory.join(NOTE));
            return Err(StoreError::Locked { path, holder });
        }
        Err(source) => return Err(StoreError::Directory { path, source }),
    }
    // What a killed process left.
    let note = directory.join(NOTE);
    holder_note::erase(&note);
    Ok(Lock { file, note: Some(note) })
}

/// Keeps other processes from opening the database while this one brings it up to date. Waits for its turn, and not for
/// ever: a user who can open the file can hold the lock.
pub(super) async fn hold_while_opening(directory: &Path) -> Result<Lock, StoreError> {
    let path = directory.join("opening.lock");
    let file = private_file(&path)?;
    match locked(&file, LONGEST_OPENING, |_| Ok(false)).await {
        Ok(true) => Ok(Lock::without_note(file)),
        Ok(false) => Err(StoreError::Opening {
            path,
            longest: LONGEST_OPENING,
        }),
        Err(source) => Err(StoreError::File { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::explain::Explain;
    use crate::reason::Exit;
    use crate::store::file_lock::LONGEST_PAUSE;

    #[tokio::test]
    async fn a_lock_is_released_although_somebody_inherited_the_file() {
        let parent = tempfile::TempDir::new().unwrap();
        let directory = parent.path().join("state");
        let held = lock(&directory).await.unwrap();
        let _inherited = held.file.try_clone().unwrap();
        assert!(matches!(lock(&directory).await, Err(StoreError::Locked { .. })));
        drop(held);
        lock(&directory).await.unwrap();
    }

    /// The state directory as a process sees it that looks who has it.
    fn inspected(parent: &tempfile::TempDir) -> (PathBuf, File) {
        let directory = parent.path().join("state");
        prepare(&directory).unwrap();
        let look = File::open(&directory).unwrap();
        look.try_lock_shared().unwrap();
        (directory, look)
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_at_who_has_the_directory_keeps_nobody_from_taking_it() {
        let parent = tempfile::TempDir::new().unwrap();
        let (directory, look) = inspected(&parent);
        let look_away = async {
            tokio::time::sleep(LONGEST_GLANCE / 2).await;
            drop(look);
        };
        let (taken, ()) = tokio::join!(lock(&directory), look_away);
        let _taken = taken.unwrap();
        // One that is taken is not waited for.
        let start = Instant::now();
        assert!(matches!(lock(&directory).await, Err(StoreError::Locked { .. })));
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_without_end_is_not_waited_for_without_end() {
        let parent = tempfile::TempDir::new().unwrap();
        let (directory, _look) = inspected(&parent);
        let start = Instant::now();
        assert!(matches!(lock(&directory).await, Err(StoreError::Locked { .. })));
        assert!(start.elapsed() >= LONGEST_GLANCE);
        assert!(start.elapsed() < LONGEST_GLANCE + LONGEST_PAUSE * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn an_opening_waits_for_its_turn() {
        let directory = tempfile::TempDir::new().unwrap();
        let held = hold_while_opening(directory.path()).await.unwrap();
        let release = async {
            tokio::time::sleep(LONGEST_OPENING / 2).await;
            drop(held);
        };
        let (opened, ()) = tokio::join!(hold_while_opening(directory.path()), release);
        opened.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_lock_that_is_not_released_ends_the_waiting_with_what_finds_its_holder() {
        let directory = tempfile::TempDir::new().unwrap();
        let _held = hold_while_opening(directory.path()).await.unwrap();
        let start = Instant::now();
        let error = hold_while_opening(directory.path()).await.unwrap_err();
        assert!(start.elapsed() < LONGEST_OPENING + LONGEST_PAUSE * 2);
        assert_eq!(error.exit(), Exit::Unavailable);
        let told = format!("{error}\n{}", error.help().unwrap());
        let told = told.replace(&*directory.path().to_string_lossy(), "/var/lib/state");
        insta::assert_snapshot!(told, @"
        the store could not be opened, because another process held the lock on /var/lib/state/opening.lock for 10 s
        the lock is held for moments only; as root, `fuser -v /var/lib/state/opening.lock` shows the user, the ID and the name of each process that has it open; end the one that hangs or should not be there
        ");
    }
}
