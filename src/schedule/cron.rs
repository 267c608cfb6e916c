//! Five-field cron on a wall clock without a zone, so that one rule for gaps and overlaps serves every rhythm.
//!
//! Not offered: seconds, years, names like `@daily`, and anything more often than hourly.

use std::fmt;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, SubsecRound, TimeDelta};
use croner::parser::{CronParser, Seconds, Year};

use super::error::ScheduleError;

/// After so many days the calendar repeats itself, weekdays and leap days included.
const CALENDAR_PERIOD: TimeDelta = TimeDelta::days(400 * 365 + 97);

/// License usage does not change by the minute, and every run costs the server a report.
const SHORTEST: TimeDelta = TimeDelta::hours(1);

/// One of the five fields, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Minute,
    Hour,
    Day,
    Month,
    Weekday,
}

impl Field {
    const ALL: [Self; 5] = [Self::Minute, Self::Hour, Self::Day, Self::Month, Self::Weekday];

    /// The words that croner would replace by numbers, or reads as marks, and that belong into this field.
    fn words(self) -> &'static [&'static str] {
        match self {
            Self::Minute | Self::Hour => &[],
            Self::Day => &["L", "W"],
            Self::Month => &[
                "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
            ],
            Self::Weekday => &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", "L"],
        }
    }

    /// Whether `text` has only words of this field and no empty place in a list. croner takes `MAR` for an hour.
    fn allows(self, text: &str) -> bool {
        let text = text.to_ascii_uppercase();
        let mut words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
        words.all(|word| self.words().contains(&word)) && text.split(',').all(|item| !item.is_empty())
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute (the first field)",
            Self::Hour => "hour (the second field)",
            Self::Day => "day of the month (the third field)",
            Self::Month => "month (the fourth field)",
            Self::Weekday => "day of the week (the fifth field)",
        })
    }
}

/// A cron expression that occurs again and again, at most once an hour.
#[derive(Debug, Clone, PartialEq)]
pub struct Cron {
    /// As it was written, with single spaces.
    text: String,
    pattern: Box<croner::Cron>,
    shortest: TimeDelta,
}

impl Cron {
    pub(super) fn parse(fields: [&str; 5]) -> Result<Self, ScheduleError> {
        let pattern = pattern(fields)?;
        let shortest = shortest(&pattern).ok_or(ScheduleError::NeverOccurs)?;
        if shortest < SHORTEST {
            return Err(ScheduleError::TooFrequent);
        }
        Ok(Self {
            text: fields.join(" "),
            pattern: Box::new(pattern),
            shortest,
        })
    }

    /// The last occurrence at or before `wall`.
    pub(super) fn latest(&self, wall: NaiveDateTime) -> NaiveDateTime {
        // croner carries fractions of a second along into what it finds.
        self.pattern
            .find_previous_occurrence(&wall.trunc_subsecs(0).and_utc(), true)
            // Not reached: what has occurred once occurred one period earlier.
            .map_or(wall - CALENDAR_PERIOD, |found| found.naive_utc())
    }

    /// The first occurrence after `start`.
    pub(super) fn following(&self, start: NaiveDateTime) -> NaiveDateTime {
        next(&self.pattern, start).unwrap_or(start + CALENDAR_PERIOD)
    }

    pub(super) fn shortest(&self) -> Duration {
        self.shortest.to_std().unwrap_or_default()
    }

    /// The occurrences in English, like `At 03:00, on Monday`.
    pub(super) fn describe(&self) -> String {
        self.pattern.describe().trim_end_matches('.').to_owned()
    }
}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Parses field by field, the rest being `*`, so that the error can name the field.
fn pattern(fields: [&str; 5]) -> Result<croner::Cron, ScheduleError> {
    let parser = CronParser::builder()
        .seconds(Seconds::Disallowed)
        .year(Year::Disallowed)
        .build();
    let mut known = ["*"; 5];
    let mut pattern = None;
    for (index, field) in Field::ALL.into_iter().enumerate() {
        known[index] = fields[index];
        let unreadable = |source| ScheduleError::Field { field, source };
        if !field.allows(fields[index]) {
            return Err(unreadable(None));
        }
        pattern = Some(
            parser
                .parse(&known.join(" "))
                .map_err(|error| unreadable(Some(error)))?,
        );
    }
    pattern.ok_or(ScheduleError::Empty)
}

/// The shortest time between two occurrences; `None` when there are no two.
fn shortest(pattern: &croner::Cron) -> Option<TimeDelta> {
    // Midnight on the first day of a year that is no leap year, whose February leads the shortest way into March.
    let start = NaiveDate::from_ymd_opt(2001, 1, 1)?.and_time(chrono::NaiveTime::MIN);
    let mut last = next(pattern, start)?;
    let mut shortest = next(pattern, last)? - last;
    // Before the whole year is gone through: two in the first hour there are, if there are two in any.
    while shortest >= SHORTEST && last - start < TimeDelta::days(366) {
        let following = next(pattern, last)?;
        shortest = shortest.min(following - last);
        last = following;
    }
    Some(shortest)
}

fn next(pattern: &croner::Cron, after: NaiveDateTime) -> Option<NaiveDateTime> {
    let found = pattern.find_next_occurrence(&after.and_utc(), false);
    found.ok().map(|found| found.naive_utc())
}
