//! A clock that a test sets for the real binary and the sandbox alike: ahead of the machine's.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::clock::{Clock, ClockAhead};
use tempfile::NamedTempFile;

/// Tells the processes that know its path how far their clocks are ahead; not at all in the beginning.
pub(crate) struct SetClock(NamedTempFile);

impl SetClock {
    pub(crate) fn new() -> Self {
        Self(NamedTempFile::new().unwrap())
    }

    /// The clock for what is in this process.
    pub(crate) fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(ClockAhead(self.0.path().to_owned()))
    }

    /// The variable for another one.
    pub(crate) fn variable(&self) -> (&'static str, String) {
        ("CLOCK_AHEAD", self.0.path().to_string_lossy().into_owned())
    }

    /// Sets it to so much ahead.
    pub(crate) fn set(&self, ahead: TimeDelta) {
        // Put in its place as a whole: nobody ever reads half a number.
        let new = NamedTempFile::new().unwrap();
        std::fs::write(&new, ahead.num_seconds().to_string()).unwrap();
        new.persist(&self.0).unwrap();
    }
}
