//! The answer to a person who cancelled a run: how far it was.

use crate::advice;
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::store::{Run, State, StoreError};

/// A person ended the command.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cancelled {
    #[error("the dry run was cancelled; nothing was sent and nothing has changed")]
    DryRun,
    #[error("the sync was cancelled; no license usage was sent")]
    NotSent,
    #[error("the upload was cancelled; no license usage was sent")]
    NotUploaded,
    #[error("the sync was cancelled; the license usage stays frozen and was not delivered")]
    Undelivered,
    #[error("the sync was cancelled; the cloud has not said that it took the license usage, which stays frozen")]
    Unacknowledged,
    #[error("the sync was cancelled; the cloud accepted the license usage and has not confirmed it")]
    Unconfirmed,
    /// As when another process took the state directory as soon as it was free, and continues with what the sync left.
    #[error("the sync was cancelled; it is not known whether license usage was sent")]
    Unknown(#[source] StoreError),
}

impl Cancelled {
    /// How a cancelled sync left `run`, which is what the next one will continue with.
    pub(super) fn leaving(run: Option<&Run>) -> Self {
        match run {
            None => Self::NotSent,
            Some(run) if run.state == State::Accepted => Self::Unconfirmed,
            Some(run) if run.may_be_taken() => Self::Unacknowledged,
            Some(_) => Self::Undelivered,
        }
    }
}

impl Explain for Cancelled {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Unknown(error) => Some(error),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        self.inner().map_or(Reason::Cancelled, Explain::reason)
    }

    fn other_exit(&self) -> Option<Exit> {
        matches!(self, Self::Undelivered | Self::Unacknowledged | Self::Unconfirmed).then_some(Exit::Undelivered)
    }

    fn help(&self) -> Option<String> {
        let then = match self {
            Self::DryRun => return None,
            Self::Unknown(error) => return error.help(),
            Self::NotSent | Self::NotUploaded => "it begins anew",
            Self::Unacknowledged => "it sends the same bytes under the same idempotency key",
            Self::Undelivered | Self::Unconfirmed => "it continues from here",
        };
        Some(format!("run {} again; {then}", advice::sync()))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use tempfile::TempDir;

    use super::*;
    use crate::store::{Role, Store, lock};

    #[tokio::test]
    async fn a_sync_that_is_stopped_does_not_say_what_happened_to_what_another_process_took_over() {
        let directory = TempDir::new().unwrap();
        let state = directory.path().join("state");
        Store::open(&state).await.unwrap().close().await;
        let at = "2026-11-24T03:04:00Z".parse::<chrono::DateTime<Utc>>().unwrap();
        let daemon = lock(&state).await.unwrap().signed(Role::Run, at);
        let cancelled = Cancelled::Unknown(lock(&state).await.unwrap_err());
        drop(daemon);
        let text = crate::explain::chain(&cancelled)
            .replace(&*state.to_string_lossy(), "STATE")
            .replace(&std::process::id().to_string(), "PID");
        insta::assert_snapshot!(text, @"the sync was cancelled; it is not known whether license usage was sent: process PID (the daemon) is using the state directory STATE");
        assert_eq!(
            (cancelled.reason(), cancelled.exit()),
            (Reason::AlreadyRunning, Exit::Unavailable)
        );
        assert!(
            cancelled
                .help()
                .unwrap()
                .starts_with("a sync is under way; wait until it is finished")
        );
    }
}
