//! A clock that a test sets.

use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::clock::Clock;

/// A clock that stands still until it is moved.
pub(crate) struct ManualClock(Mutex<DateTime<Utc>>);

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }
}

impl ManualClock {
    /// Stands at this time, like `2026-11-02T03:04:05Z`.
    pub(crate) fn at(time: &str) -> Self {
        Self(Mutex::new(time.parse().unwrap()))
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}
