//! How long a reader of many pages retries: at a rate limit, and after a failure in the middle.

use std::time::Duration;

use super::tier::Tier;
use crate::reason::Reason;

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

/// What is known of a question that failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedRequest {
    pub tier: Tier,
    pub reason: Reason,
    /// The wait that the peer asks for.
    pub retry_after: Option<Duration>,
    /// An earlier page was read: before it, a failure is reported at once.
    pub is_begun: bool,
    /// How often the same page failed before.
    pub before: u32,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryDecision {
    /// To ask again after this time.
    Wait(Duration),
    /// Waiting is of no use.
    GiveUp,
    /// It would be of use after this time, which is longer than there is patience.
    TooLong(Duration),
}

/// What is left of a reader's patience.
pub struct RetryBudget {
    patience: Patience,
    waited: Duration,
}

impl RetryBudget {
    /// All of it.
    pub fn of(patience: Patience) -> Self {
        Self {
            patience,
            waited: Duration::ZERO,
        }
    }

    /// How long to wait after this failure, if waiting is of any use. The wait is taken off the patience.
    pub fn after(&mut self, failure: FailedRequest) -> RetryDecision {
        let Patience {
            in_all,
            at_limit,
            after_failure,
        } = self.patience;
        let asked = failure.retry_after;
        let is_limited = failure.reason == Reason::RateLimited;
        let is_lasting = failure.before >= MOST_FAILURES;
        let continues = failure.is_begun && !is_lasting;
        if failure.tier != Tier::Passing || !(is_limited || asked.is_some() || continues) {
            return RetryDecision::GiveUp;
        }
        let first = if is_limited { at_limit } else { after_failure };
        let wait = asked.unwrap_or_else(|| first.saturating_mul(1 << failure.before.min(16)));
        match self.waited.saturating_add(wait) {
            all if all > in_all => RetryDecision::TooLong(wait),
            _ if is_lasting => RetryDecision::GiveUp,
            all => {
                self.waited = all;
                RetryDecision::Wait(wait)
            }
        }
    }
}
