//! Run now, or wait until when.

use chrono::{DateTime, TimeDelta, Utc};

use super::timetable::understood;
use super::{Timetable, Window};

/// A run that is late by no more than this is still the scheduled one and no catch-up: the machine was restarted, or
/// another run was under way.
const PUNCTUAL: TimeDelta = TimeDelta::hours(1);

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Start a run for `window`, now.
    Run { window: Window, because: Because },
    /// Ask again at `until`, which is later than now; `window` is the next that will get a run.
    Wait { until: DateTime<Utc>, window: Window },
}

/// Why to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// It is time.
    Due,
    /// The time in this window has been missed.
    CatchUp,
    /// The gate has opened; it is the first window of all.
    FirstWindow,
}

impl Timetable {
    /// Decides for `now`. `counted` tells when those runs began that count for their window, in any order: every
    /// confirmed run, whoever started it, and every run that the schedule started, however it ended, since its retries
    /// are not started here. Only those that lie in the window of `now` or later ones matter; leaving one of
    /// them out means a second run.
    #[must_use]
    pub fn decide(&self, counted: &[DateTime<Utc>], now: DateTime<Utc>) -> Decision {
        let now = understood(now);
        let mut window = self.window_at(now);
        while !self.is_open(window, counted, now) {
            window = self.following(window);
        }
        let due = self.run_time(window);
        if due > now {
            Decision::Wait { until: due, window }
        } else {
            Decision::Run {
                window,
                because: self.because(window, now - due),
            }
        }
    }

    /// Whether a run is to be started in `window`, now or later. A window that `counted` does not reach is.
    fn is_open(&self, window: Window, counted: &[DateTime<Utc>], now: DateTime<Utc>) -> bool {
        let is_missed = now - self.run_time(window) > PUNCTUAL;
        self.owes_a_run(window)
            && (self.schedule.catch_up || !is_missed)
            && !counted.iter().any(|run| window.contains(*run))
    }

    fn because(&self, window: Window, late: TimeDelta) -> Because {
        if late > PUNCTUAL {
            Because::CatchUp
        } else if window == self.first_window() {
            Because::FirstWindow
        } else {
            Because::Due
        }
    }
}
