//! What the worker remembers of faults: it tells of one that begins and then once a day, and the more there were in a row
//! the longer it pauses. Durable pauses are in the store; this one covers what never got that far.

use chrono::{DateTime, TimeDelta, Utc};

use crate::explain::{Explain, chain};
use crate::observe::log_failure;
use crate::reason::Reason;
use crate::sync::{SyncError, pause_after};

/// A fault that goes on is told again after this time.
pub(super) const TOLD_AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);

/// The faults since the last success.
#[derive(Default)]
pub(super) struct Faults {
    in_a_row: u32,
    /// The last one and how long to pause after it.
    pause: Option<(DateTime<Utc>, TimeDelta)>,
    told: Option<(Reason, DateTime<Utc>)>,
}

impl Faults {
    /// Takes note of a fault, and tells of it unless it was told lately.
    pub(super) fn note(&mut self, error: &SyncError, now: DateTime<Utc>) {
        self.count(now);
        let reason = error.reason();
        let told = self.told.filter(|(told, _)| *told == reason);
        if lies_within(told.map(|(_, at)| at), TOLD_AGAIN_AFTER, now) {
            tracing::debug!(%reason, "{}", chain(error));
            return;
        }
        self.told = Some((reason, now));
        log_failure(error);
    }

    /// Takes note of a fault that was told already.
    pub(super) fn count(&mut self, now: DateTime<Utc>) {
        self.in_a_row += 1;
        let pause = pause_after(self.in_a_row);
        self.pause = Some((now, TimeDelta::from_std(pause).unwrap_or_default()));
    }

    /// All is well again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// A person may have mended something: there is no reason to wait, but what was told stays told.
    pub(super) fn go_on(&mut self) {
        self.pause = None;
    }

    /// The end of the pause that goes on at `now`. A clock that went back behind the fault ends it.
    pub(super) fn pause(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let (begin, length) = self.pause?;
        lies_within(Some(begin), length, now).then_some(begin + length)
    }
}

/// Whether `now` is less than `length` after `begin`. A clock that went back behind it is not.
pub(super) fn lies_within(begin: Option<DateTime<Utc>>, length: TimeDelta, now: DateTime<Utc>) -> bool {
    begin.is_some_and(|begin| (begin..begin + length).contains(&now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_ends_by_itself_by_a_person_and_by_a_clock_that_went_back() {
        let now: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let mut faults = Faults::default();
        assert_eq!(faults.pause(now), None);
        faults.count(now);
        let end = faults.pause(now).unwrap();
        assert!(end >= now + TimeDelta::minutes(5));
        assert_eq!(faults.pause(end), None);
        assert_eq!(faults.pause(now - TimeDelta::seconds(1)), None);
        faults.go_on();
        assert_eq!(faults.pause(now), None);
    }

    #[test]
    fn faults_in_a_row_pause_longer_up_to_six_hours() {
        let now: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let mut faults = Faults::default();
        (0..40).for_each(|_| faults.count(now));
        assert!(faults.pause(now).unwrap() <= now + TimeDelta::hours(6));
    }
}
