//! A file of the store that no other user reads, writes or replaces with a link.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::error::StoreError;
use super::owner;

/// Only the owner may read and write.
const PRIVATE_FILE: u32 = 0o600;

/// Opens a file for writing, which is made when it is not there. A symbolic link is refused: a user who may write in the
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
        Some(libc::EACCES) => owner::denied(&path).unwrap_or(StoreError::File { path, source }),
        _ => StoreError::File { path, source },
    })
}
