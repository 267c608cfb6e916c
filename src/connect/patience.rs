//! How long a reader that a person waits for asks again: at a rate limit, and after a failure in the middle.

use std::time::Duration;

use super::api::Step;
use super::error::ConnectError;
use crate::explain::Explain;
use crate::reason::Reason;
use crate::transport::Tier;

/// All waits of a reading together. A limit of GitHub's is over within an hour.
const LONGEST_WAITS: Duration = Duration::from_secs(65 * 60);

/// So many failures of one page are too many.
const MOST_FAILURES: u32 = 4;

/// How long the reader waits before it asks again.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// All waits together.
    pub in_all: Duration,
    /// The wait at a limit that names none; twice as long each time.
    pub at_limit: Duration,
    /// The wait after a failure in the middle of the list; twice as long each time.
    pub after_failure: Duration,
}

impl Default for Patience {
    /// Where a limit names no time, GitHub asks for a minute at least.
    fn default() -> Self {
        Self {
            in_all: LONGEST_WAITS,
            at_limit: Duration::from_secs(60),
            after_failure: Duration::from_secs(2),
        }
    }
}

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
pub(super) struct Waits {
    patience: Patience,
    waited: Duration,
}

impl Waits {
    pub(super) fn of(patience: Patience) -> Self {
        Self {
            patience,
            waited: Duration::ZERO,
        }
    }

    /// Asks until there is an answer or waiting is of no use. `is_begun` says that an earlier page was read: before it, a
    /// failure is reported at once.
    pub(super) async fn ask<T>(
        &mut self,
        step: Step,
        is_begun: bool,
        progress: &dyn ReadProgress,
        mut question: impl AsyncFnMut() -> Result<T, ConnectError>,
    ) -> Result<T, ConnectError> {
        let mut failures = 0;
        loop {
            match question().await {
                Err(error) => {
                    let reason = error.reason();
                    let wait = self.after(step, error, is_begun, failures)?;
                    failures += 1;
                    self.waited += wait;
                    progress.put_off(wait, reason);
                    tokio::time::sleep(wait).await;
                }
                answered => return answered,
            }
        }
    }

    /// How long to wait after this failure, if waiting is of any use.
    fn after(&self, step: Step, error: ConnectError, is_begun: bool, failures: u32) -> Result<Duration, ConnectError> {
        let Patience {
            in_all,
            at_limit,
            after_failure,
        } = self.patience;
        let asked = error.retry_after();
        let is_limited = error.reason() == Reason::RateLimited;
        let goes_on = is_begun && failures < MOST_FAILURES;
        if error.tier() != Tier::Passing || !(is_limited || asked.is_some() || goes_on) {
            return Err(error);
        }
        let first = if is_limited { at_limit } else { after_failure };
        let wait = asked.unwrap_or_else(|| first.saturating_mul(1 << failures.min(16)));
        match self.waited.saturating_add(wait) {
            all if all > in_all => Err(ConnectError::PutOff { step, wait }),
            _ if failures >= MOST_FAILURES => Err(error),
            _ => Ok(wait),
        }
    }
}
