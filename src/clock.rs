//! The only place that reads the wall clock; everything else is handed a time or a [`Clock`].

use chrono::{DateTime, SubsecRound, Utc};

/// Reads the time.
pub trait Clock: Send + Sync {
    /// Now, in whole milliseconds, so that a stored time compares equal to the one that was written.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(3)
    }
}

/// The clock of the machine, set forward by the seconds in a file: a test leads a process through weeks by it.
#[cfg(feature = "failpoints")]
#[derive(Debug, Clone)]
pub struct ClockAhead(pub std::path::PathBuf);

#[cfg(feature = "failpoints")]
impl Clock for ClockAhead {
    fn now(&self) -> DateTime<Utc> {
        let told = std::fs::read_to_string(&self.0).unwrap_or_default();
        SystemClock.now() + chrono::TimeDelta::seconds(told.trim().parse().unwrap_or_default())
    }
}
