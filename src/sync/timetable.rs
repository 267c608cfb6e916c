//! The timetable of this server: its schedule since the gate was first open.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::agenda::began;
use super::server_id;
use crate::schedule::Timetable;
use crate::settings::Link;
use crate::store::{Installation, Run};
use crate::transport::Pace;

/// The transfers of a run that starts right before the next window continue into it for so long.
const SHORTEST_WINDOW: Duration = Duration::from_secs(60 * 60);

/// The timetable that follows from what is known.
#[must_use]
pub fn timetable_of(link: &Link, installation: Installation) -> Timetable {
    Timetable::new(
        link.sync.schedule.clone(),
        installation.enabled_at,
        server_id(link, Some(installation)),
    )
}

/// When the window is due that follows the one in which `run` began.
pub(super) fn next_due(link: &Link, installation: Installation, run: &Run) -> DateTime<Utc> {
    let timetable = timetable_of(link, installation);
    let served = timetable.window_at(began(run));
    timetable.run_time(timetable.following(served))
}

/// The limits of the transfers of a run that starts `now`: they end when the next one is due. By the monotonic clock, so
/// that a clock that is set right meanwhile changes nothing.
pub(super) fn pace(timetable: &Timetable, now: DateTime<Utc>) -> Pace {
    let left = |due: &DateTime<Utc>| (*due - now).to_std().unwrap_or_default().max(SHORTEST_WINDOW);
    let next = timetable.next_runs(now, 1);
    Pace {
        ends: next.first().and_then(|due| Instant::now().checked_add(left(due))),
        ..Pace::default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::schedule::{Rhythm, Schedule};

    const HOUR: Duration = Duration::from_secs(60 * 60);

    /// In how many hours the transfers of a run end that starts at this time, by a window a week from Tuesday 03:04 on.
    fn hours(start: &str) -> u64 {
        let time = |time: &str| time.parse().unwrap();
        let schedule = Schedule::new(Rhythm::Weekly, chrono_tz::UTC, Duration::ZERO, true).unwrap();
        let timetable = Timetable::new(schedule, time("2026-11-24T03:04:00Z"), Uuid::nil());
        let before = Instant::now();
        let ends = pace(&timetable, time(start)).ends.unwrap();
        let hours = (ends - before).as_secs() / HOUR.as_secs();
        assert!(ends - before < HOUR * u32::try_from(hours).unwrap() + HOUR / 2);
        hours
    }

    #[test]
    fn transfers_end_with_the_window_and_have_an_hour() {
        assert_eq!(hours("2026-11-24T03:04:00Z"), 7 * 24);
        assert_eq!(hours("2026-11-30T23:04:00Z"), 4);
        assert_eq!(hours("2026-12-01T03:03:59Z"), 1);
    }
}
