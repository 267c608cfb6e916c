//! What a person has to know who ended a run: how far it was.

use crate::advice;
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::store::{Run, State};

/// A person ended the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Cancelled {
    #[error("the dry run was cancelled; nothing was sent and nothing has changed")]
    DryRun,
    #[error("the sync was cancelled; no license usage was sent")]
    NotSent,
    #[error("the sync was cancelled; the license usage stays frozen and was not delivered")]
    Undelivered,
    #[error("the sync was cancelled; the cloud accepted the license usage and has not confirmed it")]
    Unconfirmed,
}

impl Cancelled {
    /// How a cancelled sync left `run`, which is what the next one will go on with.
    pub(super) fn leaving(run: Option<&Run>) -> Self {
        match run.map(|run| run.state) {
            None => Self::NotSent,
            Some(State::Accepted) => Self::Unconfirmed,
            Some(_) => Self::Undelivered,
        }
    }
}

impl Explain for Cancelled {
    fn reason(&self) -> Reason {
        Reason::Cancelled
    }

    fn exit(&self) -> Exit {
        match self {
            Self::DryRun | Self::NotSent => self.reason().exit(),
            Self::Undelivered | Self::Unconfirmed => Exit::Undelivered,
        }
    }

    fn help(&self) -> Option<String> {
        let then = match self {
            Self::DryRun => return None,
            Self::NotSent => "it begins anew",
            Self::Undelivered | Self::Unconfirmed => "it goes on from here",
        };
        Some(format!("run {} again; {then}", advice::sync()))
    }
}
