//! The cause of a run in which nothing was sent.

use std::time::Duration;

use super::outgoing_error::OutgoingError;
use super::upload_refusal::UploadRefusal;
use crate::advice;
use crate::collect::{CollectError, UsageFileError};
use crate::connect::ConnectError;
use crate::explain::{Explain, chain, report_defect};
use crate::reason::Reason;
use crate::settings::gate::Closed;
use crate::store::{Destination, StateReason, StoreError};
use crate::transport::Tier;

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Collect(#[from] CollectError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    UsageFile(#[from] UsageFileError),
    #[error(transparent)]
    Upload(#[from] UploadRefusal),
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    #[error("the document that waits was made for {from}, and the settings name {to}")]
    ForOther {
        from: Box<Destination>,
        to: Box<Destination>,
    },
    /// A defect: it is written to memory.
    #[error("the document could not be written")]
    Write(#[source] std::io::Error),
}

impl Cause {
    /// What can be expected of trying again.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Collect(error) => error.tier(),
            Self::Connect(error) => error.tier(),
            Self::Outgoing(error) => error.tier(),
            Self::Store(_) | Self::Write(_) => Tier::Passing,
            Self::Closed(_) | Self::UsageFile(_) | Self::Upload(_) | Self::ForOther { .. } => Tier::Lasting,
        }
    }

    /// The wait that the host asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Collect(error) => error.retry_after(),
            Self::Connect(error) => error.retry_after(),
            _ => None,
        }
    }
}

/// What to do about a document that is for another destination than that in force.
pub(super) fn for_other_destination() -> String {
    format!(
        "correct the settings if they are wrong; if they are right, run {}, which drops it and makes a new one",
        advice::sync()
    )
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Reached> for Cause {
    fn from(reached: crate::failpoint::Reached) -> Self {
        Self::Store(reached.into())
    }
}

impl Explain for Cause {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Closed(closed) => Some(closed),
            Self::Store(error) => Some(error),
            Self::Collect(error) => Some(error),
            Self::Connect(error) => Some(error),
            Self::UsageFile(error) => Some(error),
            Self::Upload(refusal) => Some(refusal),
            Self::Outgoing(error) => Some(error),
            Self::ForOther { .. } | Self::Write(_) => None,
        }
    }

    fn reason(&self) -> Reason {
        match (self.inner(), self) {
            (Some(error), _) => error.reason(),
            (None, Self::ForOther { .. }) => Reason::DestinationChanged,
            (None, _) => Reason::Internal,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::ForOther { .. } => Some(for_other_destination()),
            Self::Write(_) => Some(report_defect()),
            _ => self.inner()?.help(),
        }
    }
}

/// A reason in words, for the store.
pub(super) fn because(error: &(impl Explain + Sized)) -> StateReason {
    StateReason {
        reason: error.reason(),
        detail: chain(error),
    }
}
