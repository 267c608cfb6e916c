//! The owner of the state directory, for a process of root: it may write there only if no other user can change the
//! path. And the owners of its files, for a process of its owner that may not use them.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

use super::error::StoreError;
use crate::settings::files::unix_users;
use crate::settings::files::{PathError, ResolvedPath, WRITABLE};
use crate::settings::{ROOT, name_of};

/// The user that owns the state directory; of one that is not there yet, the owner of the directory in which it would be
/// made.
///
/// # Errors
/// [`StoreError::UnsafePath`] when another user can lead the path elsewhere; [`StoreError::Exposed`] when root's own directory
/// is writable by others; [`StoreError::Directory`] when the path leads nowhere.
pub fn owner(directory: &Path) -> Result<u32, StoreError> {
    let path = directory.to_owned();
    let refused = |error| match error {
        PathError::Broken { source, .. } => StoreError::Directory {
            path: directory.to_owned(),
            source,
        },
        source => StoreError::UnsafePath {
            path: directory.to_owned(),
            source,
        },
    };
    let way = ResolvedPath::follow(directory).map_err(refused)?;
    let (mode, owner) = (way.found().mode() & 0o7777, way.found().uid());
    if !way.found().is_dir() {
        let source = ErrorKind::NotADirectory.into();
        return Err(StoreError::Directory { path, source });
    }
    if way.is_complete() && owner == ROOT && mode & WRITABLE != 0 {
        return Err(StoreError::Exposed { path, mode });
    }
    way.make_sure_of(&[owner]).map_err(refused)?;
    Ok(owner)
}

/// Makes sure that this process may write a file of the store, if another user owns it.
///
/// # Errors
/// [`StoreError::Owner`], as of a file that root restored.
pub(super) fn check(path: &Path) -> Result<(), StoreError> {
    match accessat(CWD, path, Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS) {
        Err(Errno::ACCESS) => denied(path).map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

/// Makes sure that this process may use the state directory, if another user owns it.
///
/// # Errors
/// [`StoreError::OtherUser`] when it belongs to a user who is not root, [`StoreError::Owner`] when it belongs to root.
pub(super) fn check_directory(directory: &Path) -> Result<(), StoreError> {
    let needed = Access::READ_OK | Access::WRITE_OK | Access::EXEC_OK;
    match accessat(CWD, directory, needed, AtFlags::EACCESS) {
        Err(Errno::ACCESS) => denied_directory(directory).map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

/// Why this process was denied the state directory, if that is because another user owns it, or one above it that hides it.
pub(super) fn denied_directory(directory: &Path) -> Option<StoreError> {
    match unix_users::stranger(directory) {
        Some((path, owner)) => Some(StoreError::OtherUser {
            path: path.to_owned(),
            owner,
            user: unix_users::name_of_process(),
        }),
        None => foreign([directory], directory),
    }
}

/// Why this process was denied a file of the store, if that is because another user owns the file or the directory it is in.
pub(super) fn denied(path: &Path) -> Option<StoreError> {
    let directory = path.parent()?;
    match unix_users::stranger(directory) {
        Some(_) => denied_directory(directory),
        None => foreign([path, directory], directory),
    }
}

/// The first of these that is not this process's own, although the directory is not that of a stranger.
fn foreign<const N: usize>(paths: [&Path; N], directory: &Path) -> Option<StoreError> {
    let name = |user| name_of(user).unwrap_or_else(|| user.to_string());
    let user = uzers::get_effective_uid();
    paths.into_iter().find_map(|path| {
        let owner = path.symlink_metadata().ok()?.uid();
        (user != ROOT && owner != user).then(|| StoreError::Owner {
            path: path.to_owned(),
            owner: name(owner),
            user: name(user),
            directory: directory.to_owned(),
        })
    })
}
