//! Five-field cron on a wall clock without a zone, so that one rule for gaps and overlaps serves every rhythm.
//!
//! Not offered: seconds, years, names like `@daily`, and anything more often than hourly.

use std::fmt;
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime, SubsecRound, TimeDelta};
use croner::parser::{CronParser, Seconds, Year};

use super::error::ScheduleError;
use super::field::Field;

/// After 400 years the calendar repeats itself, weekdays and leap days included.
const CALENDAR_PERIOD: TimeDelta = TimeDelta::days(146_097);

/// License usage does not change by the minute, and every run costs the server a report.
const SHORTEST: TimeDelta = TimeDelta::hours(1);

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
        let mut pattern = self.pattern.pattern.clone();
        // Else croner forgets where a step ends: `0-6/3` and `*/3` would both be "every 3 hours".
        for field in [&mut pattern.minutes, &mut pattern.hours, &mut pattern.months] {
            field.step = 1;
        }
        pattern.describe().trim_end_matches('.').to_owned()
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
    // Right before a year that is no leap year: its February leads the shortest way into March.
    let start = NaiveDate::from_ymd_opt(2000, 12, 31)?.and_hms_opt(23, 59, 59)?;
    let mut last = next(pattern, start)?;
    let mut shortest = next(pattern, last)? - last;
    // An expression that occurs twice in one hour does so in the first hour of all, and needs no look at the year.
    while shortest >= SHORTEST && last - start <= TimeDelta::days(366) {
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

#[cfg(test)]
mod tests {
    use super::super::Rhythm;
    use super::*;

    fn cron(text: &str) -> Cron {
        match text.parse() {
            Ok(Rhythm::Cron(cron)) => cron,
            other => panic!("{text} is {other:?}"),
        }
    }

    fn occurrences(text: &str, after: &str, n: usize) -> Vec<String> {
        let cron = cron(text);
        let start: NaiveDateTime = after.parse().unwrap();
        std::iter::successors(Some(cron.following(start)), |last| Some(cron.following(*last)))
            .take(n)
            .map(|wall| wall.format("%a %F %H:%M").to_string())
            .collect()
    }

    #[test]
    fn the_year_end_and_the_leap_day_are_days_like_others() {
        assert_eq!(
            occurrences("30 23 * * *", "2026-12-30T23:30:00", 2),
            ["Thu 2026-12-31 23:30", "Fri 2027-01-01 23:30"]
        );
        assert_eq!(
            occurrences("0 3 29 2 *", "2026-01-01T00:00:00", 2),
            ["Tue 2028-02-29 03:00", "Sun 2032-02-29 03:00"]
        );
    }

    #[test]
    fn a_leap_day_on_a_given_weekday_is_found_although_it_takes_decades() {
        assert_eq!(
            occurrences("0 3 29 2 +Mon", "2026-01-01T00:00:00", 2),
            ["Mon 2044-02-29 03:00", "Mon 2072-02-29 03:00"]
        );
    }

    #[test]
    fn a_day_of_the_month_and_a_weekday_mean_either_as_in_any_cron() {
        assert_eq!(
            occurrences("0 3 13 * Fri", "2026-11-10T00:00:00", 2),
            ["Fri 2026-11-13 03:00", "Fri 2026-11-20 03:00"]
        );
        assert_eq!(
            occurrences("0 3 13 * Mon", "2026-11-10T00:00:00", 2),
            ["Fri 2026-11-13 03:00", "Mon 2026-11-16 03:00"]
        );
    }

    #[test]
    fn the_second_sunday_the_last_friday_and_the_last_day_are_understood() {
        assert_eq!(
            occurrences("0 3 * * Sun#2", "2026-11-01T00:00:00", 1),
            ["Sun 2026-11-08 03:00"]
        );
        assert_eq!(
            occurrences("0 3 * * FriL", "2026-11-01T00:00:00", 1),
            ["Fri 2026-11-27 03:00"]
        );
        assert_eq!(
            occurrences("0 3 L * *", "2026-11-01T00:00:00", 1),
            ["Mon 2026-11-30 03:00"]
        );
    }

    #[test]
    fn the_latest_occurrence_is_the_one_at_or_before_a_time_fractions_of_a_second_or_not() {
        let cron = cron("0 3 * * Mon");
        for (wall, latest) in [
            ("2026-11-23T03:00:00", "2026-11-23T03:00:00"),
            ("2026-11-23T03:00:00.500", "2026-11-23T03:00:00"),
            ("2026-11-23T02:59:59.999", "2026-11-16T03:00:00"),
        ] {
            assert_eq!(cron.latest(wall.parse().unwrap()), latest.parse().unwrap(), "{wall}");
        }
    }

    #[test]
    fn the_shortest_time_between_two_occurrences_is_found_also_where_it_is_rare() {
        for (text, hours) in [
            ("0 * * * *", 1),
            ("0 0,22 * * *", 2),
            ("0 3 * * Mon,Thu", 3 * 24),
            ("0 3 1,28 * *", 24),
            ("0 3 29 2 *", (4 * 365 + 1) * 24),
        ] {
            assert_eq!(cron(text).shortest(), Duration::from_hours(hours), "{text}");
        }
    }

    #[test]
    fn a_cron_expression_is_shown_as_it_was_written() {
        assert_eq!(cron("  0  3 * *   Mon ").to_string(), "0 3 * * Mon");
    }
}
