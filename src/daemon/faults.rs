//! What the worker remembers of faults: each reason for each destination is reported once and then once a day, until a run
//! succeeds, also when several reasons alternate; and the more faults there were in a row the longer it pauses. Durable pauses are in the store; this one covers what never got that far.

use std::collections::HashMap;

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
    /// When each kind was reported.
    told: HashMap<Kind, DateTime<Utc>>,
}

/// The reason of a fault, and the destination for which it was met; none while the gate is closed.
type Kind = (Reason, Option<String>);

impl Faults {
    /// Takes note of a fault, and reports it unless its kind was reported lately.
    pub(super) fn note(&mut self, error: &SyncError, destination: Option<String>, now: DateTime<Utc>) {
        self.count(now);
        let reason = error.reason();
        if self.is_news((reason, destination), now) {
            log_failure(error);
        } else {
            tracing::debug!(%reason, "{}", chain(error));
        }
    }

    /// Whether a fault of this kind is to be reported, which counts as done then.
    fn is_news(&mut self, kind: Kind, now: DateTime<Utc>) -> bool {
        let is_told = lies_within(self.told.get(&kind).copied(), TOLD_AGAIN_AFTER, now);
        if !is_told {
            self.told.insert(kind, now);
        }
        !is_told
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
    fn each_reason_for_each_destination_is_reported_once_a_day_until_a_success() {
        let begin: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let (one, other) = (Some("octo-corp".to_owned()), Some("octo-org".to_owned()));
        let kinds = [
            (Reason::UnreachableCloud, one.clone()),
            (Reason::ServerError, one.clone()),
            (Reason::ServerError, other),
            (Reason::Internal, None),
        ];
        let mut faults = Faults::default();
        for hour in [0, 1, 2, 23, 24, 25, 47, 48] {
            let now = begin + TimeDelta::hours(hour);
            let news = kinds.clone().map(|kind| faults.is_news(kind, now));
            assert_eq!(news, [hour % 24 == 0; 4], "{hour}");
        }
        let now = begin + TimeDelta::hours(49);
        faults.go_on();
        assert!(!faults.is_news((Reason::ServerError, one.clone()), now), "a person");
        faults.forget();
        assert!(faults.is_news((Reason::ServerError, one), now), "a success");
    }

    #[test]
    fn faults_in_a_row_pause_longer_up_to_six_hours() {
        let now: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
        let mut faults = Faults::default();
        (0..40).for_each(|_| faults.count(now));
        assert!(faults.pause(now).unwrap() <= now + TimeDelta::hours(6));
    }
}
