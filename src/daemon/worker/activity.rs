//! The state of the worker.

use tokio::task::{JoinError, JoinHandle};

use super::super::faults::Work;
use crate::store::Run;
use crate::sync::{Asked, SyncError};

/// How a run ended: not at all when it panicked.
pub(super) type RunOutcome = Result<Result<Option<Run>, SyncError>, JoinError>;

/// One activity at a time.
pub(super) enum Activity {
    Idle,
    Running(JoinHandle<Result<Option<Run>, SyncError>>, Work, Asked),
}

impl Activity {
    /// Waits for the end of the run under way, without end if there is none.
    pub(super) async fn ended(&mut self) -> RunOutcome {
        match self {
            Self::Idle => std::future::pending().await,
            Self::Running(task, ..) => task.await,
        }
    }
}
