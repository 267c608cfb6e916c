//! Errors of writing the file that a person uploads, and what to do.

use std::io;
use std::path::PathBuf;

use super::outgoing_directory::DirectoryError;
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::store::StoreError;
use crate::transport::Tier;

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
pub enum OutgoingError {
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error("the file {} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("it is not known whether the file {} is there", path.display())]
    Look { path: PathBuf, source: io::Error },
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
            Self::Directory(error) => error.tier(),
            Self::Write { .. } | Self::Look { .. } | Self::Store(_) => Tier::Passing,
            Self::Occupied { .. } | Self::Unpack(_) => Tier::Lasting,
        }
    }
}

impl Explain for OutgoingError {
    fn reason(&self) -> Reason {
        match self {
            Self::Directory(error) => error.reason(),
            Self::Store(error) => error.reason(),
            _ => Reason::Internal,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Directory(error) => error.exit(),
            Self::Store(error) => error.exit(),
            _ => Exit::Io,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Directory(error) => return error.help(),
            Self::Write { path, .. } => format!(
                "check that {} is on a healthy, writable file system with space left",
                path.parent().unwrap_or(path).display()
            ),
            Self::Look { path, .. } => format!(
                "check that {} can be read by the user that runs this program",
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
