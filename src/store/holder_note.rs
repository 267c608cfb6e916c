//! Which process has the state directory, or is its daemon.
//!
//! The kernel says whether one has: the directory, or a file in it, is locked. Which one it is says a note, which is
//! believed only while that is locked, and the next process to lock it replaces it. So what a killed process left is ignored.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::file_lock::is_taken;
use super::holder::Holder;
use super::private_file::private_file;

/// The name of the note about the state directory, which is below it.
pub(super) const NOTE: &str = "holder.json";

/// A note has some tens of bytes.
const LONGEST_NOTE: u64 = 1024;

/// The process that has `directory` now; nothing when none has.
///
/// # Errors
/// [`StoreError::Directory`] when it cannot be read.
pub fn holder(directory: &Path) -> Result<Option<Holder>, StoreError> {
    match File::open(directory).and_then(|directory| is_taken(&directory)) {
        Ok(false) => Ok(None),
        Ok(true) => Ok(Some(read(&directory.join(NOTE)))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Directory {
            path: directory.to_owned(),
            source,
        }),
    }
}

/// What the note says. The process may have left none, or be about to write it.
pub(super) fn read<T: DeserializeOwned + Default>(note: &Path) -> T {
    let read = || -> io::Result<T> {
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let open = File::options().read(true).custom_flags(flags).open(note)?;
        let mut text = String::new();
        open.take(LONGEST_NOTE).read_to_string(&mut text)?;
        Ok(serde_json::from_str(&text)?)
    };
    read().unwrap_or_default()
}

/// Leaves a note. One that cannot be written, as on a full disk, keeps nothing from being done.
pub(super) fn write(note: &Path, holder: &impl Serialize) {
    let write = || -> Result<(), Box<dyn Error>> {
        let mut file = private_file(note)?;
        file.set_len(0)?;
        file.write_all(serde_json::to_string(holder)?.as_bytes())?;
        Ok(())
    };
    if let Err(error) = write() {
        tracing::debug!("other processes cannot see which one has the state directory: {error}");
    }
}

/// Deletes the note, of whatever process. If that fails, it says nothing once there is no lock any more.
pub(super) fn erase(note: &Path) {
    let _not_there = fs::remove_file(note);
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use chrono::{DateTime, Utc};
    use tempfile::TempDir;

    use super::*;
    use crate::store::holder::Role;
    use crate::store::lock;

    fn directory() -> TempDir {
        let directory = TempDir::new().unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        directory
    }

    fn note(directory: &TempDir) -> PathBuf {
        directory.path().join(NOTE)
    }

    fn since() -> DateTime<Utc> {
        "2026-11-24T03:04:00Z".parse().unwrap()
    }

    #[tokio::test]
    async fn a_process_that_has_the_directory_is_named_until_it_gives_it_up() {
        let directory = directory();
        let path = directory.path();
        assert_eq!(holder(path).unwrap(), None);
        let held = lock(path).await.unwrap().signed(Role::Sync, since());
        let found = holder(path).unwrap().unwrap();
        assert_eq!(found.to_string(), format!("process {} (sync)", std::process::id()));
        assert_eq!(found.since, Some(since()));
        let refused = lock(path).await.unwrap_err().to_string();
        let expected = format!("{found} is using the state directory {}", path.display());
        assert_eq!(refused, expected);
        drop(held);
        assert_eq!(holder(path).unwrap(), None);
        assert_eq!(fs::read_dir(path).unwrap().count(), 0, "the note is deleted");
    }

    #[tokio::test]
    async fn the_note_of_a_killed_process_is_never_believed() {
        let directory = directory();
        write(&note(&directory), &Holder::this(Role::Run, since()));
        assert_eq!(holder(directory.path()).unwrap(), None);
        // Nor for that of the next process, which says nothing yet.
        let _held = lock(directory.path()).await.unwrap();
        assert_eq!(holder(directory.path()).unwrap(), Some(Holder::default()));
        assert_eq!(Holder::default().to_string(), "another process");
    }

    #[tokio::test]
    async fn a_note_that_is_half_written_or_a_link_says_nothing() {
        let directory = directory();
        let held = lock(directory.path()).await.unwrap();
        fs::write(note(&directory), r#"{"pid": 42, "comm"#).unwrap();
        assert_eq!(holder(directory.path()).unwrap(), Some(Holder::default()));
        erase(&note(&directory));
        fs::write(directory.path().join("elsewhere"), r#"{"pid": 42}"#).unwrap();
        std::os::unix::fs::symlink(directory.path().join("elsewhere"), note(&directory)).unwrap();
        let _held = held.signed(Role::Run, since());
        assert_eq!(holder(directory.path()).unwrap(), Some(Holder::default()));
        let other = fs::read_to_string(directory.path().join("elsewhere")).unwrap();
        assert_eq!(other, r#"{"pid": 42}"#);
    }
}
