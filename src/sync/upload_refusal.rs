//! Why a valid document from a file is not sent: it belongs to another server, or there is a newer list.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::explain::Explain;
use crate::plain;
use crate::reason::{Exit, Reason};
use crate::timestamp;

/// A document that is not sent from here.
#[derive(Debug, thiserror::Error)]
pub enum UploadRefusal {
    #[error(
        "the document is of another server: its server ID is {theirs}, and here the server ID is {ours}{}",
        if *.is_set { ", from `server.id`" } else { "" }
    )]
    OtherId { theirs: Uuid, ours: Uuid, is_set: bool },
    #[error(
        "the document is of another server: it is of {}, and `server.url` names {ours}",
        plain::escaped(theirs)
    )]
    OtherHost { theirs: String, ours: String },
    #[error(
        "the list was collected at {}, and the cloud took a newer one of this server from here, of {}",
        timestamp::text(*collected_at),
        timestamp::text(*newer)
    )]
    Newer {
        collected_at: DateTime<Utc>,
        newer: DateTime<Utc>,
    },
    #[error(
        "the list was collected at {}, and a newer one, of {}, waits in {} for a person to upload it",
        timestamp::text(*collected_at),
        timestamp::text(*newer),
        .file.display()
    )]
    NewerWaits {
        collected_at: DateTime<Utc>,
        newer: DateTime<Utc>,
        file: PathBuf,
    },
    #[error(
        "the list was collected at {}, and the cloud lists a later sync of this server, of {}",
        timestamp::text(*collected_at),
        timestamp::text(*at)
    )]
    Overtaken {
        collected_at: DateTime<Utc>,
        at: DateTime<Utc>,
    },
}

impl Explain for UploadRefusal {
    fn reason(&self) -> Reason {
        match self {
            Self::OtherId { .. } | Self::OtherHost { .. } => Reason::IdentityConflict,
            Self::Newer { .. } | Self::NewerWaits { .. } | Self::Overtaken { .. } => Reason::Cancelled,
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        (self.reason() == Reason::Cancelled).then_some(Exit::Data)
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::OtherId { theirs, .. } => format!(
                "name the settings of that server with `--config` or `--instance`; if these settings are of the same server, \
                 set `server.id` to `{theirs}`"
            ),
            Self::OtherHost { .. } => {
                "name the settings of that server with `--config` or `--instance`; if the server was renamed, write a new \
                 document"
                    .to_owned()
            }
            Self::NewerWaits { .. } => {
                "the older list would take the place of the newer one; upload the file that waits instead".to_owned()
            }
            Self::Newer { .. } | Self::Overtaken { .. } => {
                "the older list would take the place of the newer one; write a new document if the cloud is to get one".to_owned()
            }
        })
    }
}
