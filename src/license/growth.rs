//! How the number of licenses grows from one confirmed list to the next, and when it reaches the number of seats at that
//! rate.
//!
//! The rate is the slope of the line of least squares through the last confirmed list of each day, each at the time when
//! its run began. It is computed in whole numbers. Where that is too little to go by there is no rate. It reads no clock.

use std::cmp::Reverse;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Serialize, Serializer};

use super::facts::Seats;
use crate::timestamp;

/// Older lists are ignored.
pub const SPAN: TimeDelta = TimeDelta::weeks(26);

/// Lists of fewer days make no line.
pub const LEAST_RUNS: usize = 4;

/// Nor do those that are closer together, the first and the last.
pub const LEAST_SPAN: TimeDelta = TimeDelta::weeks(3);

/// What lies further ahead is not named: half a year says nothing about it.
pub const HORIZON_YEARS: i64 = 5;

const HORIZON: TimeDelta = TimeDelta::days(365 * HORIZON_YEARS);

const SECONDS_A_WEEK: i128 = 7 * 24 * 3600;

/// The counts of a confirmed list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// When its run began.
    pub at: DateTime<Utc>,
    pub licenses: u64,
    /// The seats of the server's license then, if the server said.
    pub seats: Option<Seats>,
}

/// How the number of licenses grew.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Growth {
    /// How many confirmed runs this is based on: the last of each day.
    pub runs: usize,
    /// When the first and the last of them began.
    #[serde(serialize_with = "timestamp::serialize")]
    pub from: Option<DateTime<Utc>>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub to: Option<DateTime<Utc>>,
    /// Nothing when the runs are too few or too close together.
    pub licenses_per_week: Option<Rate>,
    /// The seats of the server's license at the last of them.
    pub seats: Option<Seats>,
    /// Nothing without growth, or when the seats are unlimited or not known.
    pub seats_used_up: Option<SeatsUsedUp>,
}

/// Tenths of a license a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(i32);

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = match self.0 {
            0 => "",
            tenths if tenths > 0 => "+",
            _ => "-",
        };
        let tenths = self.0.unsigned_abs();
        write!(f, "{sign}{}.{}", tenths / 10, tenths % 10)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 10.0)
    }
}

/// When the seats are used up if the licenses grow at the same rate from the last list on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeatsUsedUp {
    /// The last list has as many licenses as there are seats, or more.
    Already,
    Around(DateTime<Utc>),
    /// Not within [`HORIZON_YEARS`].
    Later,
}

impl SeatsUsedUp {
    /// Of a month that is past nothing can be said: the last list is too old.
    fn is_ahead(&self, now: DateTime<Utc>) -> bool {
        !matches!(self, Self::Around(time) if *time <= now)
    }
}

impl Serialize for SeatsUsedUp {
    /// A month like `2027-05`, or a word.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Already => serializer.serialize_str("already"),
            Self::Around(time) => serializer.collect_str(&time.format("%Y-%m")),
            Self::Later => serializer.serialize_str("later"),
        }
    }
}

/// The growth up to `now`, from confirmed lists for one destination, the newest first. Of two on one day the first counts.
/// Lists of the future are left out: the clock was wrong, then or now.
pub fn growth(confirmed: &[Counted], now: DateTime<Utc>) -> Growth {
    let lists = last_of_each_day(confirmed, now);
    let (Some(last), Some(first)) = (lists.first(), lists.last()) else {
        return Growth::default();
    };
    let is_enough = lists.len() >= LEAST_RUNS && last.at - first.at >= LEAST_SPAN;
    let line = is_enough.then(|| Line::through(&lists, first.at)).flatten();
    Growth {
        runs: lists.len(),
        from: Some(first.at),
        to: Some(last.at),
        licenses_per_week: line.map(Line::rate),
        seats: last.seats,
        seats_used_up: line
            .and_then(|line| line.uses_up_seats(last))
            .filter(|it| it.is_ahead(now)),
    }
}

/// The newest day first.
fn last_of_each_day(confirmed: &[Counted], now: DateTime<Utc>) -> Vec<Counted> {
    let is_recent = |list: &&Counted| list.at <= now && now.signed_duration_since(list.at) <= SPAN;
    let mut lists: Vec<_> = confirmed.iter().filter(is_recent).copied().collect();
    // It is stable: within a day the order stays.
    lists.sort_by_key(|list| Reverse(list.at.date_naive()));
    lists.dedup_by_key(|list| list.at.date_naive());
    lists
}

/// The slope of a line: so many licenses more in so many seconds, which are more than 0.
///
/// None of its products exceeds an `i128`, whatever the counts are: the lists are of 184 days at most.
#[derive(Debug, Clone, Copy)]
struct Line {
    licenses: i128,
    seconds: i128,
}

impl Line {
    /// The line of least squares; nothing when all lists are of one moment.
    fn through(lists: &[Counted], start: DateTime<Utc>) -> Option<Self> {
        let number = i128::try_from(lists.len()).ok()?;
        let (mut x, mut y, mut xx, mut xy) = (0, 0, 0, 0);
        for list in lists {
            let (seconds, licenses) = (i128::from((list.at - start).num_seconds()), i128::from(list.licenses));
            x += seconds;
            y += licenses;
            xx += seconds * seconds;
            xy += seconds * licenses;
        }
        let seconds = number * xx - x * x;
        (seconds > 0).then_some(Self {
            licenses: number * xy - x * y,
            seconds,
        })
    }

    /// Rounded to the nearest tenth, half away from 0.
    fn rate(self) -> Rate {
        let (tenths, half) = (self.licenses * SECONDS_A_WEEK * 10, self.seconds / 2);
        let rounded = (tenths.abs() + half) / self.seconds * tenths.signum();
        Rate(i32::try_from(rounded).unwrap_or(if rounded < 0 { i32::MIN } else { i32::MAX }))
    }

    fn uses_up_seats(self, last: &Counted) -> Option<SeatsUsedUp> {
        let Some(Seats::Limited(seats)) = last.seats.filter(|_| self.licenses > 0) else {
            return None;
        };
        if last.licenses >= seats {
            return Some(SeatsUsedUp::Already);
        }
        let left = i128::from(seats - last.licenses) * self.seconds / self.licenses;
        let left = i64::try_from(left).ok().and_then(TimeDelta::try_seconds);
        let time = left.filter(|left| *left <= HORIZON);
        let time = time.and_then(|left| last.at.checked_add_signed(left));
        Some(time.map_or(SeatsUsedUp::Later, SeatsUsedUp::Around))
    }
}

#[cfg(test)]
mod tests;
