//! Retries a page of a list that a person waits for, as long as that is useful.

use std::time::Duration;

use super::api_call::ApiCall;
use super::error::ConnectError;
use crate::explain::Explain;
use crate::reason::Reason;
use crate::transport::{self, FailedRequest, Patience, RetryDecision};

/// Hears how far the reading is.
pub trait ReadProgress: Sync {
    /// So many rows were read, of so many that the cloud names.
    fn rows(&self, rows: u64, of: Option<u64>);
    /// This is read now, besides the list.
    fn reading(&self, _step: &str) {}
    /// Nothing is asked for so long, because of this.
    fn put_off(&self, wait: Duration, reason: Reason);
}

/// What is left of a reader's patience.
pub(super) struct PageRetry(transport::RetryBudget);

impl PageRetry {
    pub(super) fn of(patience: Patience) -> Self {
        Self(transport::RetryBudget::of(patience))
    }

    /// Asks until there is an answer or waiting is of no use. `is_begun` says that an earlier page was read.
    pub(super) async fn ask<T>(
        &mut self,
        step: ApiCall,
        is_begun: bool,
        progress: &dyn ReadProgress,
        mut question: impl AsyncFnMut() -> Result<T, ConnectError>,
    ) -> Result<T, ConnectError> {
        let mut before = 0;
        loop {
            let error = match question().await {
                Err(error) => error,
                answered => return answered,
            };
            let failure = FailedRequest {
                tier: error.tier(),
                reason: error.reason(),
                retry_after: error.retry_after(),
                is_begun,
                before,
            };
            match self.0.after(failure) {
                RetryDecision::GiveUp => return Err(error),
                RetryDecision::TooLong(wait) => return Err(ConnectError::PutOff { step, wait }),
                RetryDecision::Wait(wait) => {
                    progress.put_off(wait, failure.reason);
                    tokio::time::sleep(wait).await;
                }
            }
            before += 1;
        }
    }
}
