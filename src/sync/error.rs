//! Why a run did not end as confirmed. The first line says what was not done; the causes say why.

mod held;

use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::cause::Cause;
use super::outgoing_error::OutgoingError;
use crate::advice;
use crate::connect::ConnectError;
use crate::explain::Explain;
use crate::guard::Hold;
use crate::license::{Change, Digest};
use crate::plain;
use crate::reason::{Exit, Reason};
use crate::settings::gate::Closed;
use crate::store::{Destination, Holder, StoreError};
use crate::timestamp;
use crate::transport::Tier;

/// A run that did not end as confirmed.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    #[error("no license usage was sent")]
    NotSent(#[source] Cause),
    #[error("no license usage was sent; it is held until a person approves or discards it")]
    Held {
        digest: Digest,
        /// Since the last confirmed list; nothing before there was one.
        change: Option<Change>,
        source: Hold,
    },
    #[error("{}", undelivered(*.maybe_taken, *.next_attempt_at))]
    Undelivered {
        next_attempt_at: DateTime<Utc>,
        /// Whether this attempt or an earlier one may have brought it to the cloud all the same.
        maybe_taken: bool,
        source: Box<ConnectError>,
    },
    #[error("{}", discarded(*.accepted, *.maybe_taken, .file.as_deref()))]
    GivenUp {
        accepted: bool,
        maybe_taken: bool,
        /// The file that waited for a person; it stays.
        file: Option<String>,
        source: Closed,
    },
    #[error("no license usage was sent, and nothing was deleted: {holder} is using the state directory")]
    InUse { holder: Holder, source: Closed },
    #[error("the license usage that was frozen is damaged on disk; it is discarded and not sent")]
    Spoiled,
    #[error(
        "the cloud rejected the license usage; {}",
        if *.maybe_taken { "it may have taken it in an earlier attempt" } else { "nothing changed there" }
    )]
    Rejected {
        /// In an attempt before the one that was rejected.
        maybe_taken: bool,
        source: Box<ConnectError>,
    },
    #[error("the cloud accepted the license usage and has not confirmed it within {}", plain::duration(*.waited))]
    Unconfirmed {
        waited: Duration,
        source: Option<Box<ConnectError>>,
    },
    #[error("the cloud accepted the license usage and could not be asked whether it processed it")]
    NotAsked(#[source] Box<ConnectError>),
    #[error(
        "the cloud accepted the license usage and failed to process it{}; nothing changed there",
        .said.as_ref().map(|said| format!(" ({said})")).unwrap_or_default()
    )]
    NotProcessed {
        /// The cloud's words on the last sync of this server, masked and cut off.
        said: Option<String>,
    },
    #[error("no license usage was sent, because another host, {hostname}, reported under the ID of this server")]
    OtherHost { hostname: String },
    #[error("no license usage was sent, because the cloud lists this server, {hostname}, under another ID, {listed}")]
    OtherId {
        hostname: String,
        listed: String,
        ours: Uuid,
        /// The store sent something under our ID, and serves no other from then on.
        bound: bool,
    },
    #[error(
        "{} was for another destination and is discarded; it was for {from}{}, and the settings now name {to}{}",
        if *.accepted { "the license usage that the cloud accepted" } else { "the license usage" },
        if *.maybe_taken { ", where it may be counted" } else { "" },
        .file.as_ref().map(|file| format!("; the file {file} is not to be uploaded")).unwrap_or_default()
    )]
    DestinationChanged {
        file: Option<String>,
        accepted: bool,
        maybe_taken: bool,
        from: Box<Destination>,
        to: Box<Destination>,
    },
    /// Never the end of a run that was asked for: that continues with today's list, or has its own message.
    #[error(
        "the license usage that waited is not sent: the cloud lists a later sync of this server, of {}",
        timestamp::text(*.at)
    )]
    Overtaken { at: DateTime<Utc> },
    #[error("the license usage was not written to a file for a person to upload; it stays frozen and is tried again")]
    NotWritten(#[source] OutgoingError),
    #[error("the sync was interrupted")]
    Store(#[source] StoreError),
}

impl SyncError {
    /// Whether the end of the run was logged with its reason when the run's state changed.
    pub fn is_logged(&self) -> bool {
        matches!(
            self,
            Self::Held { .. } | Self::DestinationChanged { .. } | Self::GivenUp { .. }
        )
    }

    /// Whether the run left a document that waits for a person or for a later run.
    pub(super) fn leaves_document(&self) -> bool {
        matches!(
            self,
            Self::Held { .. }
                | Self::Undelivered { .. }
                | Self::Unconfirmed { .. }
                | Self::NotAsked(_)
                | Self::OtherHost { .. }
                | Self::OtherId { .. }
                | Self::NotWritten(_)
        )
    }
}

/// Says `not delivered` only where nothing was sent or the cloud refused it.
fn undelivered(maybe_taken: bool, next_attempt_at: DateTime<Utc>) -> String {
    let (at, sync) = (timestamp::text(next_attempt_at), advice::sync());
    match maybe_taken {
        true => format!(
            "the cloud has not said that it took the license usage; it stays frozen and is sent again from {at} on; {sync} \
             sends it at once"
        ),
        false => format!(
            "the license usage was not delivered; it stays frozen and is tried again from {at} on; {sync} tries at once"
        ),
    }
}

fn discarded(accepted: bool, maybe_taken: bool, file: Option<&str>) -> String {
    if let Some(file) = file {
        return format!(
            "it is no longer followed whether the license usage was uploaded; the file {file} is not to be uploaded"
        );
    }
    let text = match (accepted, maybe_taken) {
        (true, _) => "the cloud accepted the license usage and is not asked any more whether it processed it",
        (false, false) => "the license usage was frozen and is discarded; it was not delivered",
        (false, true) => "the license usage is discarded; it was sent, and the cloud never said that it took it",
    };
    text.to_owned()
}

impl From<Cause> for SyncError {
    fn from(cause: Cause) -> Self {
        Self::NotSent(cause)
    }
}

impl From<StoreError> for SyncError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Reached> for SyncError {
    fn from(reached: crate::failpoint::Reached) -> Self {
        Self::Store(reached.into())
    }
}

impl Explain for SyncError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::NotSent(cause) => Some(cause),
            Self::Undelivered { source, .. } | Self::Rejected { source, .. } | Self::NotAsked(source) => {
                Some(&**source)
            }
            Self::GivenUp { source, .. } | Self::InUse { source, .. } => Some(source),
            Self::NotWritten(error) => Some(error),
            Self::Store(error) => Some(error),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        match self {
            Self::Held { source: hold, .. } => hold.reason(),
            Self::Unconfirmed { .. } => Reason::Unconfirmed,
            Self::OtherHost { .. } | Self::OtherId { .. } => Reason::IdentityConflict,
            Self::DestinationChanged { .. } => Reason::DestinationChanged,
            Self::Overtaken { .. } => Reason::Cancelled,
            Self::NotProcessed { .. } => Reason::Rejected,
            _ => self.inner().map_or(Reason::Internal, Explain::reason),
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        match self {
            Self::Held { .. } => Some(Exit::Held),
            Self::Undelivered { source, .. } if source.tier() == Tier::Passing => Some(Exit::Undelivered),
            Self::Spoiled => Some(Exit::Io),
            _ => None,
        }
    }

    fn details(&self) -> Option<String> {
        match self {
            Self::Held {
                source: hold, change, ..
            } => held::details(*hold, *change),
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Held { source: hold, digest, .. } => Some(held::help(*hold, digest)),
            Self::InUse { .. } => Some(format!(
                "the process deletes what waits to be delivered when it ends or is reloaded; if {} still shows something then, \
                 run {} again",
                advice::command("status"),
                advice::sync()
            )),
            Self::Unconfirmed { source, .. } => Some(source.as_ref().and_then(|error| error.help()).unwrap_or_else(|| {
                format!("polling continues; {} polls at once, before it makes a new list", advice::sync())
            })),
            Self::OtherHost { .. } => Some(
                "if this machine is a copy of another, stop the service on one of the two, move `state.db*` in its state \
                 directory away and set a `server.id` of its own there; if the server was renamed and its state directory was \
                 lost, restore that directory from a backup"
                    .to_owned(),
            ),
            Self::OtherId { listed, ours, bound: true, .. } => Some(format!(
                "to report under this ID all the same, set `server.id` to `{ours}`; to take the place of the other one, so that \
                 users are counted once, stop the service, move `state.db*` in the state directory away, set `server.id` to \
                 `{listed}` and start the service"
            )),
            Self::OtherId { listed, ours, .. } => Some(format!(
                "set `server.id`: to `{listed}` if the cloud knows this server by that ID, for example from the built-in sync, \
                 so that its users are counted once; to `{ours}` to report under this ID all the same"
            )),
            Self::DestinationChanged { .. } => Some(format!("run {} to make a list for the destination in force", advice::sync())),
            Self::Spoiled => Some(format!(
                "check that the file system of `state.directory` is healthy; run {} again to send today's list",
                advice::sync()
            )),
            Self::NotProcessed { .. } => Some(format!("look at the account's Licensing page; run {} again to send today's list", advice::sync())),
            // What was overtaken is shown to nobody: the run continues.
            _ => self.inner()?.help(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::report_defect;

    #[test]
    fn a_document_that_cannot_be_written_is_a_defect() {
        let error = SyncError::from(Cause::Write(std::io::ErrorKind::BrokenPipe.into()));
        assert_eq!((error.reason(), error.exit()), (Reason::Internal, Exit::Internal));
        assert_eq!(error.help(), Some(report_defect()));
        assert_eq!(
            crate::explain::chain(&error),
            "no license usage was sent: the document could not be written: broken pipe"
        );
    }
}
