//! Why nothing was explained.

use std::io;
use std::path::{Path, PathBuf};

use super::super::licenses_failure::ReportFailure;
use crate::collect::{CollectError, Defect};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::gate::Closed;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum ExplainFailure {
    #[error(transparent)]
    Report(#[from] ReportFailure),
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the host name of the server whose report this is, is not known: the settings name no server")]
    NoHost,
    #[error("no license in the cloud's list is of the server {host}; it lists {}", listed.join(", "))]
    OtherHosts { host: String, listed: Vec<String> },
    #[error("{} cannot be used", path.display())]
    Useless { path: PathBuf, source: io::Error },
    #[error("{} could not be read", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the report {} cannot be used", path.display())]
    Defective { path: PathBuf, source: Defect },
    #[error("the answer could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl ExplainFailure {
    /// A file that could not be read, or whose content cannot be used.
    pub(in crate::cli) fn file(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::InvalidData => Self::Useless { path, source },
            _ => Self::File { path, source },
        }
    }
}

impl Explain for ExplainFailure {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Report(error) => Some(error),
            Self::Closed(error) => Some(error),
            Self::Collect(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::NoHost
            | Self::OtherHosts { .. }
            | Self::Useless { .. }
            | Self::File { .. }
            | Self::Defective { .. }
            | Self::Json(_) => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::NoHost | Self::OtherHosts { .. } => Reason::ConfigInvalid,
            Self::Useless { .. } | Self::File { .. } => Reason::MalformedSource,
            Self::Defective { source, .. } => source.reason(),
            _ => self.inner().map_or(Reason::Internal, Explain::reason),
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        match self {
            Self::File { .. } => Some(Exit::Io),
            Self::NoHost | Self::OtherHosts { .. } => Some(Exit::Usage),
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoHost => {
                Some("set `server.url`, or add `--host NAME`, as the cloud's list has it before the colon".to_owned())
            }
            Self::OtherHosts { .. } => Some("name the host as in the list, before the colon".to_owned()),
            Self::Useless { .. } => Some(
                "save answers of the cloud's GraphQL API as JSON: `externalIdentities`, `enterpriseServerInstallations` with \
                 `userAccounts`, or `domains`"
                    .to_owned(),
            ),
            Self::Closed(closed @ Closed::LicenseSync) => Some(format!(
                "add `--report FILE`, an all-users report that was downloaded; or {}",
                closed.help().unwrap_or_default()
            )),
            Self::File { .. } => Some("name a file that you may read".to_owned()),
            Self::Defective { .. } => {
                Some("download the all-users report once more, and do not open it in between".to_owned())
            }
            _ => self.inner()?.help(),
        }
    }
}
