//! Checks the state directory as the store will use it, and whether this user can write there. Creates nothing.

use std::path::Path;

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::findings::Finding;
use crate::explain::{Explain as _, chain};
use crate::store::{self, StoreError};

const NAME: &str = "state directory";

/// What a sync would find; `is_before_first_start` says that the service will make the directory.
pub(super) fn look_at(directory: &Path, is_before_first_start: bool) -> Finding {
    let (path, shown) = (directory.to_owned(), directory.display());
    match judge(directory) {
        Ok(true) => Finding::good(NAME, shown.to_string(), None),
        Ok(false) if is_before_first_start => Finding::good(NAME, format!("{shown}, which the service creates"), None),
        Ok(false) => match parent_is_writable(directory) {
            Ok(()) => Finding::good(NAME, format!("{shown}, which the next sync creates"), None),
            Err(source) => {
                let error = StoreError::CreateDirectory { path, source };
                // The user of this command may not be the one who syncs.
                Finding::doubtful(NAME, chain(&error), error.help())
            }
        },
        Err(error) => Finding::bad(NAME, chain(&error), &error),
    }
}

/// Whether the directory is there; an error when it cannot be used as it is.
fn judge(directory: &Path) -> Result<bool, StoreError> {
    let is_there = store::inspect(directory)?;
    if is_there {
        writable(directory).map_err(|source| StoreError::Directory {
            path: directory.to_owned(),
            source,
        })?;
    }
    Ok(is_there)
}

fn parent_is_writable(directory: &Path) -> std::io::Result<()> {
    let there = directory.ancestors().find(|it| it.exists());
    writable(there.unwrap_or(Path::new("/")))
}

fn writable(directory: &Path) -> std::io::Result<()> {
    let needed = Access::WRITE_OK | Access::EXEC_OK;
    Ok(accessat(CWD, directory, needed, AtFlags::EACCESS)?)
}
