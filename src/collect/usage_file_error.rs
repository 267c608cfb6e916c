//! Why a file with a document is not used, and what to do about it. No text quotes what is in the file.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::explain::Explain;
use crate::license::Digest;
use crate::license::document::read::DocumentDefect;
use crate::license::usage_file::upload_place;
use crate::plain;
use crate::reason::{Exit, Reason};
use crate::timestamp;

/// A file that is not used.
#[derive(Debug, thiserror::Error)]
pub enum UsageFileError {
    #[error("{} could not be read", path.display())]
    Unread { path: PathBuf, source: io::Error },
    #[error("{} is not a regular file", path.display())]
    NotRegular { path: PathBuf },
    #[error("there is no checksum for {}: the file {} does not exist", path.display(), checksum.display())]
    NoChecksum { path: PathBuf, checksum: PathBuf },
    #[error("{} is the checksum of a document, and not the document", path.display())]
    IsChecksum { path: PathBuf, document: PathBuf },
    #[error("{} has no line with a SHA-256 for {}", checksum.display(), plain::escaped(name))]
    NotAChecksum { checksum: PathBuf, name: String },
    #[error(
        "{} was altered after it was written: its SHA-256 is {found}, and its checksum says {expected}",
        path.display()
    )]
    Altered {
        path: PathBuf,
        found: Digest,
        expected: Digest,
    },
    #[error("{} is not a license usage document that can be sent", path.display())]
    Defective { path: PathBuf, source: DocumentDefect },
    #[error("{} is a license usage file that the enterprise server exported, and no document of this program", path.display())]
    Exported { path: PathBuf },
    #[error("{} has the name of another document: the digest of the document in it is {}", path.display(), digest.short())]
    Misnamed { path: PathBuf, digest: Digest },
    #[error("the list in {} was collected at {}, which has not come yet", path.display(), timestamp::text(*collected_at))]
    Future { path: PathBuf, collected_at: DateTime<Utc> },
    #[error("the list in {} is {} old, and not more than {} is allowed", path.display(), plain::age_beyond(*limit, *age), plain::duration(*limit))]
    TooOld {
        path: PathBuf,
        age: Duration,
        limit: Duration,
    },
}

impl Explain for UsageFileError {
    fn reason(&self) -> Reason {
        match self {
            Self::Defective { source, .. } => source.reason(),
            _ => Reason::MalformedSource,
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        matches!(self, Self::Unread { .. }).then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unread { .. } => "name a file that the user of this program can read".to_owned(),
            Self::NotRegular { .. } => {
                "name a file: pipes, devices and directories are not read; `-` is not standard input here, since a file \
                 is verified before any of it is sent"
                    .to_owned()
            }
            Self::NoChecksum { .. } => {
                "copy the file with the checksum as well, or read the checksum on the host that wrote the document and add \
                 `--sha256 HEX`; one that is made of this copy would not show that it was altered"
                    .to_owned()
            }
            Self::IsChecksum { document, .. } => {
                format!("name the document, {}: its checksum is read with it", document.display())
            }
            Self::NotAChecksum { .. } => {
                "copy the document and its checksum again, under the names with which they were written; else add \
                 `--sha256 HEX` with the checksum from the host that wrote them"
                    .to_owned()
            }
            Self::Altered { .. } => {
                "copy the document and its checksum again, in binary mode, from the host that wrote them".to_owned()
            }
            Self::Defective {
                source: DocumentDefect::TooLarge { .. } | DocumentDefect::Full(_),
                ..
            } => "that is far more than a server can have; check what this file is".to_owned(),
            Self::Defective { .. } => {
                "nothing is guessed, so all of it is refused; write the document again with the version of this program that \
                 sends it"
                    .to_owned()
            }
            Self::Exported { .. } => format!(
                "upload it in a browser, {}; or name it in [server.source.license-file] of the settings, and a sync delivers it",
                upload_place("account")
            ),
            Self::Misnamed { .. } => {
                "two files were mixed up; copy the document again under the name with which it was written".to_owned()
            }
            Self::Future { .. } => {
                "set the clock of this host, or that of the host that wrote the document and write it again".to_owned()
            }
            Self::TooOld { .. } => {
                "write a new document; if it is meant to be that old, add `--max-age` with a longer time, like `10d`"
                    .to_owned()
            }
        })
    }
}
