//! Windows found the slow way: by watching the wall clock, minute after minute.
//!
//! A start is due when the wall clock first shows its minute, or first shows a later one because it has skipped it.
//! Nothing here knows of gaps, overlaps or offsets, so it can judge the program's arithmetic.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;

use super::rhythm::Written;

const MINUTE: TimeDelta = TimeDelta::minutes(1);
const HOUR: TimeDelta = TimeDelta::hours(1);

pub(super) struct Oracle {
    starts: Vec<DateTime<Utc>>,
    enabled_at: DateTime<Utc>,
    is_weekly: bool,
}

impl Oracle {
    pub(super) fn watch(
        rhythm: &Written,
        zone: Tz,
        enabled_at: DateTime<Utc>,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Self {
        let wall = |now: DateTime<Utc>| now.with_timezone(&zone).naive_local();
        let anchor = whole_minute(wall(enabled_at));
        let mut now = from.with_second(0).unwrap().with_nanosecond(0).unwrap();
        let mut highest = wall(now);
        let mut starts = Vec::new();
        while now < to {
            // An hour in which the wall clock goes by an hour needs to be asked for once; it takes most of the time.
            let is_steady = wall(now + HOUR) - highest == HOUR;
            for minute in 1..=60 {
                let now = now + MINUTE * minute;
                let shown = if is_steady { highest + MINUTE } else { wall(now) };
                let mut is_start = false;
                while highest < shown {
                    highest += MINUTE;
                    is_start |= rhythm.starts_at(highest, anchor);
                }
                if is_start {
                    starts.push(now);
                }
            }
            now += HOUR;
        }
        let is_weekly = matches!(rhythm, Written::Weekly);
        Self {
            starts,
            enabled_at,
            is_weekly,
        }
    }

    /// All windows whose start and end were seen.
    pub(super) fn windows(&self) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        self.starts.windows(2).map(|pair| (pair[0], pair[1]))
    }

    pub(super) fn window_at(&self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let next = self.starts.partition_point(|start| *start <= now);
        let start = self.starts.get(next.checked_sub(1)?)?;
        Some((*start, *self.starts.get(next)?))
    }

    /// Whether the window that ends at `end` is the one before the first that is owed a run.
    pub(super) fn is_before_the_first(&self, end: DateTime<Utc>) -> bool {
        let first = if self.is_weekly {
            self.starts.iter().rfind(|start| **start <= self.enabled_at)
        } else {
            self.starts.iter().find(|start| **start >= self.enabled_at)
        };
        first == Some(&end)
    }
}

fn whole_minute(wall: NaiveDateTime) -> NaiveDateTime {
    wall.with_second(0).unwrap().with_nanosecond(0).unwrap()
}
