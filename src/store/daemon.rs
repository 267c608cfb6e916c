//! Which process is the daemon of a state directory, and with which settings it works.
//!
//! The daemon holds a lock for as long as it lives. It keeps nobody else from working on the directory. The note about the
//! process is in the locked file itself, which stays: another process may be about to lock it.

use std::fs::{File, Metadata};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::error::StoreError;
use super::file_lock::{is_taken, locked};
use super::holder::{Holder, Role};
use super::holder_note;
use super::private_file::private_file;
use super::state_directory::{LONGEST_GLANCE, Lock};
use crate::license::Digest;

/// The name of the file below the state directory.
const FILE: &str = "daemon.lock";

/// A daemon, as far as it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    #[serde(flatten)]
    pub process: Holder,
    /// The digest of the settings that are in force in it, in hex.
    settings: Option<String>,
}

/// Proof that this process is the only daemon of a state directory; released when dropped or when the process ends.
#[derive(Debug)]
pub struct DaemonLock {
    path: PathBuf,
    since: DateTime<Utc>,
    lock: Lock,
}

impl Daemon {
    /// Whether it works with other settings than those of this digest; not if it says nothing of them.
    pub fn has_other_settings(&self, than: Digest) -> bool {
        (self.settings.as_ref()).is_some_and(|settings| *settings != than.to_string())
    }
}

impl DaemonLock {
    /// Whether the locked file is still the one of the directory: deleting it lets another daemon start.
    pub fn is_in_place(&self) -> bool {
        let identity = |file: Metadata| (file.dev(), file.ino());
        let held = self.lock.metadata().map(identity).ok();
        held.is_some() && held == self.path.metadata().map(identity).ok()
    }

    /// Notes for other processes which settings are in force from now on.
    pub fn note(&self, settings: Digest) {
        if !self.is_in_place() {
            return;
        }
        let daemon = Daemon {
            process: Holder::this(Role::Run, self.since),
            settings: Some(settings.to_string()),
        };
        holder_note::write(&self.path, &daemon);
    }
}

/// Makes this process the daemon of the state directory, `since` now and with these settings.
///
/// # Errors
/// [`StoreError::Locked`] when another process is its daemon.
pub async fn lock_for_daemon(
    directory: &Path,
    since: DateTime<Utc>,
    settings: Digest,
) -> Result<DaemonLock, StoreError> {
    let path = directory.join(FILE);
    let file = private_file(&path)?;
    match locked(&file, LONGEST_GLANCE, is_taken).await {
        Ok(true) => {}
        Ok(false) => {
            return Err(StoreError::Locked {
                path: directory.to_owned(),
                holder: holder_note::read::<Daemon>(&path).process,
            });
        }
        Err(source) => return Err(StoreError::File { path, source }),
    }
    let lock = DaemonLock {
        path,
        since,
        lock: Lock::without_note(file),
    };
    lock.note(settings);
    Ok(lock)
}

/// The daemon of `directory`, if one can be seen.
pub fn daemon(directory: &Path) -> Option<Daemon> {
    let path = directory.join(FILE);
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = File::options().read(true).custom_flags(flags).open(&path).ok()?;
    is_taken(&file).ok()?.then(|| holder_note::read(&path))
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn since() -> DateTime<Utc> {
        "2026-11-24T03:04:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_daemon_is_known_with_its_settings_for_as_long_as_it_lives() {
        let directory = TempDir::new().unwrap();
        let (old, new) = (Digest([1; 32]), Digest([2; 32]));
        assert_eq!(daemon(directory.path()), None);
        let lock = lock_for_daemon(directory.path(), since(), old).await.unwrap();
        let found = daemon(directory.path()).unwrap();
        let expected = format!("process {} (the daemon)", std::process::id());
        assert_eq!(
            (found.process.to_string(), found.process.since),
            (expected, Some(since()))
        );
        assert!(!found.has_other_settings(old) && found.has_other_settings(new));
        lock.note(new);
        assert!(!daemon(directory.path()).unwrap().has_other_settings(new));
        assert!(lock.is_in_place());
        drop(lock);
        assert_eq!(daemon(directory.path()), None);
    }

    #[tokio::test]
    async fn a_lock_whose_file_was_deleted_or_replaced_is_out_of_place() {
        let directory = TempDir::new().unwrap();
        let settings = Digest([1; 32]);
        let lock = lock_for_daemon(directory.path(), since(), settings).await.unwrap();
        std::fs::remove_file(directory.path().join(FILE)).unwrap();
        assert!(!lock.is_in_place());
        let _another = lock_for_daemon(directory.path(), since(), settings).await.unwrap();
        assert!(!lock.is_in_place());
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_at_the_daemon_keeps_none_from_starting() {
        let directory = TempDir::new().unwrap();
        let settings = Digest([1; 32]);
        drop(lock_for_daemon(directory.path(), since(), settings).await.unwrap());
        let look = File::open(directory.path().join(FILE)).unwrap();
        look.try_lock_shared().unwrap();
        let look_away = async {
            tokio::time::sleep(LONGEST_GLANCE / 2).await;
            drop(look);
        };
        let (started, ()) = tokio::join!(lock_for_daemon(directory.path(), since(), settings), look_away);
        let first = started.unwrap();
        let refused = lock_for_daemon(directory.path(), since(), settings).await.unwrap_err();
        assert!(matches!(refused, StoreError::Locked { holder, .. } if holder.pid == Some(std::process::id())));
        drop(first);
    }
}
