//! The directory of the files that a person uploads: it is there, this process can write in it, and nobody else can put or
//! replace a file there.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::{self, PathError, WRITABLE};
use crate::transport::Tier;

/// Why no file is written in the directory.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("the directory {} cannot be used", path.display())]
    Unusable { path: PathBuf, source: io::Error },
    #[error("other users can replace what is in the directory {}", path.display())]
    UnsafePath { path: PathBuf, source: PathError },
    /// Like `/tmp`: what is there is safe, and the name of a file that is yet to come is not.
    #[error("other users can create files in the directory {} (mode {mode:04o})", path.display())]
    Shared { path: PathBuf, mode: u32 },
    #[error("the directory {} is that of the state, or is in it", path.display())]
    State { path: PathBuf },
}

impl DirectoryError {
    pub(super) fn tier(&self) -> Tier {
        match self {
            // As while a file system is not mounted yet.
            Self::Unusable { .. } => Tier::Passing,
            Self::UnsafePath { .. } | Self::Shared { .. } | Self::State { .. } => Tier::Lasting,
        }
    }
}

impl Explain for DirectoryError {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        const OTHER: &str = "set `license-sync.directory` to a directory that other users cannot change";
        Some(match self {
            Self::Unusable { path, .. } => format!(
                "make {} a directory that belongs to the user that runs this program, or set `license-sync.directory`; the \
                 service writes only in directories that `ReadWritePaths=` of its unit names",
                path.display()
            ),
            Self::UnsafePath { source, .. } => source.help(OTHER),
            Self::Shared { .. } => format!("{OTHER}; the packaged service also has a `/tmp` of its own"),
            Self::State { .. } => {
                "set `license-sync.directory` to a directory of its own: the state directory holds the database, and nobody \
                 fetches files there"
                    .to_owned()
            }
        })
    }
}

/// Makes sure that the directory is one for files that a person fetches.
///
/// # Errors
/// [`DirectoryError`], which says what is wrong with it.
pub fn check_directory(path: &Path, state_directory: &Path) -> Result<(), DirectoryError> {
    check_usable(path)?;
    let resolved = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match resolved(path).starts_with(resolved(state_directory)) {
        true => Err(DirectoryError::State { path: path.to_owned() }),
        false => Ok(()),
    }
}

/// Makes sure that files can be written in the directory, and that no other user makes or replaces them there.
pub(super) fn check_usable(path: &Path) -> Result<(), DirectoryError> {
    let path = || path.to_owned();
    let unusable = |source: io::Error| DirectoryError::Unusable { path: path(), source };
    let found = fs::metadata(path()).map_err(unusable)?;
    if !found.is_dir() {
        return Err(unusable(io::ErrorKind::NotADirectory.into()));
    }
    rustix::fs::access(path(), Access::WRITE_OK | Access::EXEC_OK).map_err(|error| unusable(error.into()))?;
    files::check_directory(&path()).map_err(|source| DirectoryError::UnsafePath { path: path(), source })?;
    let mode = found.mode() & 0o7777;
    match mode & WRITABLE {
        0 => Ok(()),
        _ => Err(DirectoryError::Shared { path: path(), mode }),
    }
}
