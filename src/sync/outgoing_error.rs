//! Why the file of a document that a person uploads is not there, and what to do.

use std::io;
use std::path::PathBuf;

use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::files::PathError;
use crate::store::StoreError;
use crate::transport::Tier;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error("the directory {} cannot be used", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error("other users can replace what is in the directory {}", path.display())]
    Way { path: PathBuf, source: PathError },
    #[error("the file {} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the file {} is there and has another content", path.display())]
    Occupied { path: PathBuf },
    #[error("the frozen document could not be unpacked")]
    Unpack(#[source] io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl OutgoingError {
    pub(super) fn tier(&self) -> Tier {
        match self {
            Self::Directory { .. } | Self::Write { .. } | Self::Store(_) => Tier::Passing,
            Self::Way { .. } | Self::Occupied { .. } | Self::Unpack(_) => Tier::Lasting,
        }
    }
}

impl Explain for OutgoingError {
    fn reason(&self) -> Reason {
        match self {
            Self::Way { .. } => Reason::ConfigInvalid,
            Self::Store(error) => error.reason(),
            _ => Reason::Internal,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Way { .. } => self.reason().exit(),
            Self::Store(error) => error.exit(),
            _ => Exit::Io,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Directory { path, .. } => format!(
                "make {} a directory that belongs to the user that runs this program, or set `license-sync.directory`; the \
                 service writes only in directories that `ReadWritePaths=` of its unit names",
                path.display()
            ),
            Self::Way { source, .. } => {
                source.help("set `license-sync.directory` to a directory that other users cannot change")
            }
            Self::Write { path, .. } => format!(
                "check that {} is on a healthy, writable file system with space left",
                path.parent().unwrap_or(path).display()
            ),
            Self::Occupied { path } => format!("find out who made {}, then move it away", path.display()),
            Self::Unpack(_) => "check that the file system of `state.directory` is healthy".to_owned(),
            Self::Store(error) => return error.help(),
        })
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Reached> for OutgoingError {
    fn from(reached: crate::failpoint::Reached) -> Self {
        Self::Store(reached.into())
    }
}
