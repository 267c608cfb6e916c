//! What the worker remembers of faults: each reason for each destination is reported once and then once a day, until a run
//! succeeds, also when several reasons alternate. And it decides whether to pause: a wait that the store keeps counts alone,
//! so that the times that were printed are true. Only after a fault that left none, as when the store could not be
//! written, it does not do the same again at once, and pauses the longer the more of these there were in a row.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::explain::{Explain, chain};
use crate::observe::log_failure;
use crate::reason::Reason;
use crate::sync::{Next, SyncError, pause_after};

/// A fault that goes on is told again after this time.
pub(super) const TOLD_AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);

/// The faults since the last success.
#[derive(Default)]
pub(super) struct Faults {
    /// Of those after which the store kept no wait.
    in_a_row: u32,
    pause: Option<Pause>,
    /// When each kind was reported.
    told: HashMap<Kind, DateTime<Utc>>,
}

/// A pause after a fault.
struct Pause {
    begin: DateTime<Utc>,
    length: TimeDelta,
    /// What would have been done again at once. Unknown until the store was asked after the fault.
    of: Option<Next>,
}

/// The reason of a fault, and the destination for which it was met; none while the gate is closed.
type Kind = (Reason, Option<String>);

impl Faults {
    /// Reports a fault unless its kind was reported lately.
    pub(super) fn report(&mut self, error: &SyncError, destination: Option<String>, now: DateTime<Utc>) {
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

    /// A run ended in a fault.
    pub(super) fn count(&mut self, now: DateTime<Utc>) {
        self.in_a_row += 1;
        let length = TimeDelta::from_std(pause_after(self.in_a_row)).unwrap_or_default();
        self.pause = Some(Pause {
            begin: now,
            length,
            of: None,
        });
    }

    /// All is well again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// A person may have mended something: there is no reason to wait, but what was told stays told.
    pub(super) fn go_on(&mut self) {
        self.pause = None;
    }

    /// What to do at `now`, when the store says what is `next`: that, or a wait if it is what ended in a fault just now. What
    /// a person approved and a new window do not wait for it. A clock that went back behind the fault ends the pause.
    pub(super) fn decide(&mut self, next: Next, now: DateTime<Utc>) -> Next {
        if matches!(next, Next::Wait(_)) {
            (self.in_a_row, self.pause) = (0, None);
            return next;
        }
        let under_way = |pause: &&mut Pause| lies_within(Some(pause.begin), pause.length, now);
        let Some(pause) = self.pause.as_mut().filter(under_way) else {
            return next;
        };
        match is_same(pause.of.get_or_insert_with(|| next.clone()), &next) {
            true => Next::Wait(pause.begin + pause.length),
            false => next,
        }
    }
}

/// Whether this is the same again. A run for a window is the same when its time is past.
fn is_same(one: &Next, other: &Next) -> bool {
    match (one, other) {
        (Next::Run(one), Next::Run(other)) => one.window() == other.window(),
        _ => one == other,
    }
}

/// Whether `now` is less than `length` after `begin`. A clock that went back behind it is not.
pub(super) fn lies_within(begin: Option<DateTime<Utc>>, length: TimeDelta, now: DateTime<Utc>) -> bool {
    begin.is_some_and(|begin| (begin..begin + length).contains(&now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Trigger;

    const WINDOW: &str = "2026-11-24T03:04Z";

    fn begin() -> DateTime<Utc> {
        "2026-11-24T03:04:00Z".parse().unwrap()
    }

    fn due() -> Next {
        Next::Run(Trigger::Scheduled(WINDOW.to_owned()))
    }

    /// The end of the pause before the same is done again.
    fn pause(faults: &mut Faults, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match faults.decide(due(), now) {
            Next::Wait(until) => Some(until),
            next => {
                assert_eq!(next, due());
                None
            }
        }
    }

    #[test]
    fn the_pause_ends_by_itself_by_a_person_and_by_a_clock_that_went_back() {
        let now = begin();
        let mut faults = Faults::default();
        assert_eq!(pause(&mut faults, now), None);
        faults.count(now);
        let end = pause(&mut faults, now).unwrap();
        assert!(end >= now + TimeDelta::minutes(5));
        assert_eq!(pause(&mut faults, end), None);
        assert_eq!(pause(&mut faults, now - TimeDelta::seconds(1)), None);
        faults.go_on();
        assert_eq!(pause(&mut faults, now), None);
    }

    #[test]
    fn a_wait_that_the_store_keeps_is_neither_shortened_nor_prolonged() {
        let now = begin();
        let mut faults = Faults::default();
        // Each of them alone pauses for five minutes or more, and the later ones for hours.
        for minutes in (0..40).map(TimeDelta::minutes) {
            faults.count(now + minutes);
            let until = Next::Wait(now + minutes + TimeDelta::seconds(30));
            assert_eq!(faults.decide(until.clone(), now + minutes), until);
            assert_eq!(
                faults.decide(Next::Resume, now + minutes + TimeDelta::seconds(30)),
                Next::Resume
            );
        }
        faults.count(now);
        assert!(
            pause(&mut faults, now).unwrap() <= now + TimeDelta::minutes(10),
            "the first of its kind"
        );
    }

    #[test]
    fn a_fault_that_left_no_wait_delays_nothing_but_the_same_again() {
        let now = begin();
        let mut faults = Faults::default();
        faults.count(now);
        let end = Next::Wait(pause(&mut faults, now).unwrap());
        let minute_later = now + TimeDelta::minutes(1);
        let late = Next::Run(Trigger::CatchUp(WINDOW.to_owned()));
        assert_eq!(faults.decide(late, minute_later), end, "it is for the same window");
        let next_window = Next::Run(Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
        for next in [Next::Resume, next_window] {
            assert_eq!(faults.decide(next.clone(), minute_later), next);
        }
    }

    #[test]
    fn each_reason_for_each_destination_is_reported_once_a_day_until_a_success() {
        let begin = begin();
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
        let now = begin();
        let mut faults = Faults::default();
        (0..40).for_each(|_| faults.count(now));
        assert!(pause(&mut faults, now).unwrap() <= now + TimeDelta::hours(6));
    }
}
