//! A lock of the kernel on a file or a directory: taken for this process alone, or only tested.

use std::fs::{File, TryLockError};
use std::io;
use std::time::Duration;

use tokio::time::Instant;

/// So often at least a process tries to get its turn.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Locks the file for this process alone: whether that was possible within `longest`, and before the wait `is_in_vain`.
pub(super) async fn locked(
    file: &File,
    longest: Duration,
    is_in_vain: impl Fn(&File) -> io::Result<bool>,
) -> io::Result<bool> {
    let deadline = Instant::now() + longest;
    let mut pause = Duration::from_millis(1);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline || is_in_vain(file)? => return Ok(false),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether a process has the directory, and does not only look who has it.
pub(super) fn is_taken(directory: &File) -> io::Result<bool> {
    match directory.try_lock_shared() {
        // For a moment only: a process that wants to have it meanwhile tries again.
        Ok(()) => directory.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
