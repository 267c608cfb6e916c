//! Whose the state directory is, for a process of root: it may write there only if nobody else can decide where "there"
//! is.

use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::error::StoreError;
use crate::settings::ROOT;
use crate::settings::way::{WRITABLE, Way, WayError};

/// The user that owns the state directory; of one that is not there yet, the owner of the directory in which it would be
/// made.
///
/// # Errors
/// [`StoreError::Way`] when another user can lead the path elsewhere; [`StoreError::Exposed`] when root's own directory
/// is writable by others; [`StoreError::Directory`] when the path leads nowhere.
pub fn owner(directory: &Path) -> Result<u32, StoreError> {
    let path = directory.to_owned();
    let refused = |error| match error {
        WayError::Broken { source, .. } => StoreError::Directory {
            path: directory.to_owned(),
            source,
        },
        source => StoreError::Way {
            path: directory.to_owned(),
            source,
        },
    };
    let way = Way::follow(directory).map_err(refused)?;
    let (mode, owner) = (way.found().mode() & 0o7777, way.found().uid());
    if !way.found().is_dir() {
        let source = ErrorKind::NotADirectory.into();
        return Err(StoreError::Directory { path, source });
    }
    if way.is_complete() && owner == ROOT && mode & WRITABLE != 0 {
        return Err(StoreError::Exposed { path, mode });
    }
    way.make_sure_of(owner).map_err(refused)?;
    Ok(owner)
}
