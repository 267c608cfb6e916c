//! The span of time in which the schedule computes. No clock of Linux shows a time outside of it (the kernel's ends in
//! 2262), and within it no computation can overflow.

use chrono::{DateTime, Utc};

const FIRST: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// The beginning of the year 3000.
const LAST: DateTime<Utc> = match DateTime::from_timestamp(32_503_680_000, 0) {
    Some(instant) => instant,
    None => FIRST,
};

/// `instant`, or the end of the span that is nearest to it.
pub(super) fn clamp(instant: DateTime<Utc>) -> DateTime<Utc> {
    instant.clamp(FIRST, LAST)
}

#[cfg(test)]
mod tests {
    use super::super::Timetable;
    use super::*;

    #[test]
    fn a_clock_beyond_all_reason_is_survived() {
        for rhythm in ["weekly", "0 3 29 2 *"] {
            for beyond in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let timetable = Timetable::example(rhythm, "Europe/Paris", "2026-11-25T10:00:00Z");
                assert_eq!(timetable.next_runs(beyond, 3).len(), 3);
                let enabled_at = beyond.to_rfc3339();
                let timetable = Timetable::example(rhythm, "Europe/Paris", &enabled_at);
                assert_eq!(timetable.next_runs(beyond, 3).len(), 3);
            }
        }
    }
}
