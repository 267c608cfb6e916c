//! Errors of the report on consumed licenses.

use std::io;
use std::path::{Path, PathBuf};

use super::undone::Undone;
use super::{GlobalOptions, session};
use crate::connect::ConnectError;
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::{Sources, Unwatchable};

#[derive(Debug, thiserror::Error)]
pub(super) enum ReportFailure {
    #[error(transparent)]
    Unwatchable(#[from] Unwatchable),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{} could not be written", path.display())]
    Output { path: PathBuf, source: io::Error },
    #[error("the signals that stop it could not be listened to")]
    Signals(#[source] io::Error),
    #[error("a person or a signal ended it; nothing was written")]
    Cancelled,
    #[error("a person or a signal ended it while the report was printed; what was printed is not whole")]
    CutOff,
}

impl ReportFailure {
    /// The file, or else the answer that is held for standard output, could not be written.
    pub(super) fn output(path: Option<&Path>, source: io::Error) -> Self {
        Self::Output {
            path: path.unwrap_or(Path::new("the answer")).to_owned(),
            source,
        }
    }
}

impl Explain for ReportFailure {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Unwatchable(error) => Some(error),
            Self::Connect(error) => Some(error),
            Self::Output { .. } | Self::Signals(_) | Self::Cancelled | Self::CutOff => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Cancelled | Self::CutOff => Reason::Cancelled,
            _ => self.inner().map_or(Reason::Internal, Explain::reason),
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        matches!(self, Self::Output { .. }).then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Output { .. } => {
                Some("name a file in a directory that you may write to, with room on its disk".to_owned())
            }
            _ => self.inner()?.help(),
        }
    }
}

/// Reports why there is no report.
pub(super) fn fail<E: Explain>(error: E, options: &GlobalOptions, sources: &Sources) -> Exit {
    let error = Undone::because("the consumed licenses were not reported")(error);
    session::fail(&error, options, &sources.environment)
}
