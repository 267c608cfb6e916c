//! Errors of writing the file that a person uploads, and what to do.

use std::io;
use std::path::PathBuf;

use super::outgoing_directory::DirectoryError;
use crate::explain::Explain;
use crate::reason::Exit;
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
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Directory(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        self.inner().is_none().then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        Some(match self {
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
            Self::Directory(_) | Self::Store(_) => return self.inner()?.help(),
        })
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Reached> for OutgoingError {
    fn from(reached: crate::failpoint::Reached) -> Self {
        Self::Store(reached.into())
    }
}
