//! What the worker remembers of faults. Each reason is reported once a day for each destination, until a run succeeds. After a
//! fault for which the store keeps no wait, as when the store cannot be written, the same work is paused, the longer the
//! more of these there were in a row; a wait in the store counts alone, so that the times that were printed are true.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::explain::{Explain, chain};
use crate::observe::log_failure;
use crate::reason::Reason;
use crate::store::{RunId, Trigger};
use crate::sync::{Next, SyncError, pause_after};

/// A fault that continues is reported again after this time.
pub(super) const TOLD_AGAIN_AFTER: TimeDelta = TimeDelta::hours(24);

/// What the worker starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Work {
    /// Bring this run to its end.
    Resume(RunId),
    /// A run.
    Run(Trigger),
}

/// The faults since the last success.
#[derive(Default)]
pub(super) struct Faults {
    /// Of those after which the store kept no wait.
    in_a_row: u32,
    pause: Option<Pause>,
    /// When each kind was reported.
    told: HashMap<FaultKey, DateTime<Utc>>,
}

/// A pause after a fault.
struct Pause {
    begin: DateTime<Utc>,
    length: TimeDelta,
    /// What ended in the fault.
    of: Work,
}

/// The reason of a fault, and the destination for which it was met; none while the gate is closed.
type FaultKey = (Reason, Option<String>);

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
    fn is_news(&mut self, kind: FaultKey, now: DateTime<Utc>) -> bool {
        let is_reported = lies_within(self.told.get(&kind).copied(), TOLD_AGAIN_AFTER, now);
        if !is_reported {
            self.told.insert(kind, now);
        }
        !is_reported
    }

    /// What the worker started ended in a fault.
    pub(super) fn count(&mut self, of: Work, now: DateTime<Utc>) {
        self.in_a_row += 1;
        let length = TimeDelta::from_std(pause_after(self.in_a_row)).unwrap_or_default();
        self.pause = Some(Pause { begin: now, length, of });
    }

    /// All is well again.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// There is no reason to wait, since a person may have fixed something or the store cannot be read and is tried again
    /// each minute. What was reported stays so.
    pub(super) fn proceed(&mut self) {
        self.pause = None;
    }

    /// What to start at `now`, when the store says what is `next`; as an error, until when to wait instead: for a time that
    /// the store keeps, or since this is what ended in a fault just now. A clock that went back behind the fault ends the pause.
    pub(super) fn decide(&mut self, next: Next, now: DateTime<Utc>) -> Result<Work, DateTime<Utc>> {
        let work = match next {
            Next::Wait(until) => {
                (self.in_a_row, self.pause) = (0, None);
                return Err(until);
            }
            Next::Resume(run) => Work::Resume(run),
            Next::Run(trigger) => Work::Run(trigger),
        };
        match &self.pause {
            Some(Pause { begin, length, of }) if work.is(of) && lies_within(Some(*begin), *length, now) => {
                Err(*begin + *length)
            }
            _ => Ok(work),
        }
    }
}

impl Work {
    /// Whether this is the same again. A run for a window is the same when its time is past.
    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Run(one), Self::Run(other)) => one.window() == other.window(),
            _ => self == other,
        }
    }
}

/// Whether `now` is less than `length` after `begin`. A clock that went back behind it is not.
pub(super) fn lies_within(begin: Option<DateTime<Utc>>, length: TimeDelta, now: DateTime<Utc>) -> bool {
    begin.is_some_and(|begin| (begin..begin + length).contains(&now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: &str = "2026-11-24T03:04Z";

    fn begin() -> DateTime<Utc> {
        "2026-11-24T03:04:00Z".parse().unwrap()
    }

    fn due() -> Trigger {
        Trigger::Scheduled(WINDOW.to_owned())
    }

    fn document() -> RunId {
        RunId::new(begin())
    }

    /// The run that is due ends in a fault.
    fn count(faults: &mut Faults, now: DateTime<Utc>) {
        faults.count(Work::Run(due()), now);
    }

    /// The end of the pause before it is made again.
    fn pause(faults: &mut Faults, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        faults.decide(Next::Run(due()), now).err()
    }

    #[test]
    fn the_pause_ends_by_itself_by_a_person_and_by_a_clock_that_went_back() {
        let now = begin();
        let mut faults = Faults::default();
        assert_eq!(pause(&mut faults, now), None);
        count(&mut faults, now);
        let end = pause(&mut faults, now).unwrap();
        assert!(end >= now + TimeDelta::minutes(5));
        assert_eq!(pause(&mut faults, end), None);
        assert_eq!(pause(&mut faults, now - TimeDelta::seconds(1)), None);
        faults.proceed();
        assert_eq!(pause(&mut faults, now), None);
    }

    #[test]
    fn a_wait_that_the_store_keeps_is_neither_shortened_nor_prolonged() {
        let now = begin();
        let mut faults = Faults::default();
        // Each of them alone pauses for five minutes or more, and the later ones for hours.
        for minutes in (0..40).map(TimeDelta::minutes) {
            count(&mut faults, now + minutes);
            let until = now + minutes + TimeDelta::seconds(30);
            assert_eq!(faults.decide(Next::Wait(until), now + minutes), Err(until));
            assert_eq!(pause(&mut faults, until), None);
        }
        count(&mut faults, now);
        assert!(
            pause(&mut faults, now).unwrap() <= now + TimeDelta::minutes(10),
            "the first of its kind"
        );
    }

    #[test]
    fn a_fault_that_left_no_wait_delays_nothing_but_the_same_again() {
        let now = begin();
        let mut faults = Faults::default();
        count(&mut faults, now);
        let end = pause(&mut faults, now).unwrap();
        let minute_later = now + TimeDelta::minutes(1);
        let late = Next::Run(Trigger::CatchUp(WINDOW.to_owned()));
        assert_eq!(faults.decide(late, minute_later), Err(end), "it is for the same window");
        let (left, next_window) = (document(), Trigger::Scheduled("2026-12-01T03:04Z".to_owned()));
        assert_eq!(faults.decide(Next::Resume(left), minute_later), Ok(Work::Resume(left)));
        let other = Work::Run(next_window.clone());
        assert_eq!(faults.decide(Next::Run(next_window), minute_later), Ok(other));
    }

    #[test]
    fn an_approved_list_does_not_wait_for_the_leftover_that_failed_before_it() {
        let mut now = begin();
        let (leftover, approved) = (document(), document());
        let mut faults = Faults::default();
        for _ in 0..10 {
            faults.count(Work::Resume(leftover), now);
            let end = faults.decide(Next::Resume(leftover), now).unwrap_err();
            assert!(end > now);
            now = end;
        }
        faults.count(Work::Resume(leftover), now);
        assert_eq!(faults.decide(Next::Resume(approved), now), Ok(Work::Resume(approved)));
    }

    #[test]
    fn a_window_that_was_not_tried_does_not_wait_for_a_run_by_hand_that_failed() {
        let mut faults = Faults::default();
        faults.count(Work::Run(Trigger::Manual), begin());
        assert_eq!(pause(&mut faults, begin()), None);
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
        faults.proceed();
        assert!(!faults.is_news((Reason::ServerError, one.clone()), now), "a person");
        faults.forget();
        assert!(faults.is_news((Reason::ServerError, one), now), "a success");
    }

    #[test]
    fn faults_in_a_row_pause_longer_up_to_six_hours() {
        let now = begin();
        let mut faults = Faults::default();
        (0..40).for_each(|_| count(&mut faults, now));
        assert!(pause(&mut faults, now).unwrap() <= now + TimeDelta::hours(6));
    }
}
