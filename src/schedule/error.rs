//! Errors of a schedule. They never repeat the input, which may be a misplaced secret.

use std::time::Duration;

use croner::errors::CronError;

use super::field::Field;
use crate::explain::Explain;
use crate::plain;
use crate::reason::Reason;

/// Why the schedule, its zone or its jitter cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("the schedule is empty")]
    Empty,
    #[error("the schedule is an unknown keyword")]
    Word {
        /// What was probably meant.
        meant: Option<&'static str>,
    },
    #[error("the schedule has {}", count(*found))]
    FieldCount { found: usize },
    #[error("the {field} of the schedule cannot be understood")]
    Field { field: Field, source: Option<CronError> },
    #[error("the schedule names a date that does not exist, so it would never run")]
    NeverOccurs,
    #[error("the schedule would run more than once an hour")]
    TooFrequent,
    #[error("the jitter is too long for this schedule")]
    JitterTooLong { longest: Duration },
    #[error("there is no time zone of this name")]
    UnknownZone {
        /// The zone that was probably meant.
        meant: Option<&'static str>,
    },
}

fn count(fields: usize) -> String {
    match fields {
        1 => "1 field instead of 5".to_owned(),
        n => format!("{n} fields instead of 5"),
    }
}

const FORMS: &str = "write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) \
                     like `0 3 * * Mon` for Mondays at 03:00";

impl Explain for ScheduleError {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty => FORMS.to_owned(),
            Self::Word { meant } => with_guess(*meant, FORMS),
            Self::FieldCount { found: 6 | 7 } => format!("seconds and years are not offered; {FORMS}"),
            Self::FieldCount { .. } => FORMS.to_owned(),
            Self::Field { field, .. } => field.form().to_owned(),
            Self::NeverOccurs => "look at the day of the month and the month; February has at most 29 days, and \
                                  `L` is the last day of any month"
                .to_owned(),
            Self::TooFrequent => "put one number into the first field, like `0 * * * *` for every full hour; a cloud \
                                  account counts licenses, and once a week is usual"
                .to_owned(),
            Self::JitterTooLong { longest } => format!(
                "write at most {}, which is half of the shortest time between two runs",
                plain::duration(*longest)
            ),
            Self::UnknownZone { meant } => with_guess(
                *meant,
                "write a name from the IANA database, like `Europe/Paris` or `UTC`; offsets like `+02:00` and \
                 abbreviations like `CEST` name no place and know no summer",
            ),
        })
    }
}

fn with_guess(meant: Option<&str>, help: &str) -> String {
    match meant {
        Some(meant) => format!("did you mean `{meant}`? Else {help}"),
        None => help.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Rhythm, Schedule, parse_zone};
    use super::*;
    use crate::explain::chain;

    fn told(error: &ScheduleError) -> String {
        format!("{}\n  help: {}", chain(error), error.help().unwrap())
    }

    fn refused(schedule: &str) -> String {
        told(&schedule.parse::<Rhythm>().unwrap_err())
    }

    fn all_refused(schedules: &[&str]) -> String {
        let all: Vec<String> = schedules
            .iter()
            .map(|text| format!("{text}\n{}", refused(text)))
            .collect();
        all.join("\n")
    }

    #[test]
    fn a_schedule_that_is_no_schedule_is_refused_with_the_forms_there_are() {
        insta::assert_snapshot!(refused("  "), @r"
        the schedule is empty
          help: write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        insta::assert_snapshot!(refused("0 3 * *"), @r"
        the schedule has 4 fields instead of 5
          help: write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        insta::assert_snapshot!(refused("5"), @r"
        the schedule has 1 field instead of 5
          help: write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        insta::assert_snapshot!(refused("0 0 3 * * Mon"), @r"
        the schedule has 6 fields instead of 5
          help: seconds and years are not offered; write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        assert!(
            refused("0 0 3 * * Mon 2027").contains("7 fields instead of 5\n  help: seconds and years are not offered")
        );
    }

    #[test]
    fn a_word_is_refused_with_what_was_probably_meant() {
        insta::assert_snapshot!(refused("@weekly"), @r"
        the schedule is an unknown keyword
          help: did you mean `0 0 * * Sun`? Else write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        insta::assert_snapshot!(refused("Weekly"), @r"
        the schedule is an unknown keyword
          help: did you mean `weekly`? Else write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        insta::assert_snapshot!(refused("daily"), @r"
        the schedule is an unknown keyword
          help: did you mean `0 0 * * *`? Else write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
        insta::assert_snapshot!(refused("sometimes"), @r"
        the schedule is an unknown keyword
          help: write `weekly`, or five fields (minute, hour, day of the month, month, day of the week) like `0 3 * * Mon` for Mondays at 03:00
        ");
    }

    #[test]
    fn a_field_is_refused_by_its_name() {
        insta::assert_snapshot!(all_refused(&["60 3 * * *", "0 Mar * * *", "0 3 32 * *", "0 3 * Mon *", "0 3 * * Monday"]), @r"
        60 3 * * *
        the minute (the first field) of the schedule cannot be understood: Component error: Number out of bounds.
          help: write a number from 0 to 59
        0 Mar * * *
        the hour (the second field) of the schedule cannot be understood
          help: write numbers from 0 to 23, like `3`, `3,15`, `8-17`, `*/6`, or `*` for every hour
        0 3 32 * *
        the day of the month (the third field) of the schedule cannot be understood: Component error: Number out of bounds.
          help: write numbers from 1 to 31, like `1`, `1,15`, `L` for the last day, or `*` for every day
        0 3 * Mon *
        the month (the fourth field) of the schedule cannot be understood
          help: write numbers from 1 to 12 or names of three letters, like `1`, `Jan,Jul`, or `*`
        0 3 * * Monday
        the day of the week (the fifth field) of the schedule cannot be understood
          help: write names of three letters or numbers from 0 (Sunday) to 7 (Sunday again), like `Mon`, `Mon-Fri`, `Sun#2` for the second Sunday, `FriL` for the last Friday, or `*`
        ");
    }

    #[test]
    fn what_croner_would_misread_is_refused() {
        for text in [
            "Sun 3 * * *",
            "0 Mar * * *",
            "0 3 * Mon *",
            "0 3 * * Mar",
            "0 3 * * L",
            "0 3 Mon * *",
            "0 3,,4 * * *",
            "0 3, * * *",
            ", 3 * * *",
            "0 3 * * Mon,Dienstag",
            "0 3 * * \u{df}",
            "0 L * * *",
        ] {
            let error = text.parse::<Rhythm>().unwrap_err();
            assert!(matches!(error, ScheduleError::Field { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_refused_and_not_quoted() {
        for text in ["0 3 * * 1\u{e}0", "0\u{1b}[2J 3 * * *", "0 3 \u{202e}1 * *"] {
            let error = text.parse::<Rhythm>().unwrap_err();
            assert!(matches!(error, ScheduleError::Field { source: None, .. }), "{error:?}");
        }
    }

    #[test]
    fn a_date_that_does_not_exist_is_refused() {
        insta::assert_snapshot!(refused("0 0 30 2 *"), @r"
        the schedule names a date that does not exist, so it would never run
          help: look at the day of the month and the month; February has at most 29 days, and `L` is the last day of any month
        ");
        for text in ["0 0 31 2,4,6,9,11 *", "0 3 30 Feb +Mon"] {
            assert!(
                matches!(text.parse::<Rhythm>(), Err(ScheduleError::NeverOccurs)),
                "{text}"
            );
        }
    }

    #[test]
    fn more_than_one_run_an_hour_is_refused() {
        insta::assert_snapshot!(refused("* * * * *"), @r"
        the schedule would run more than once an hour
          help: put one number into the first field, like `0 * * * *` for every full hour; a cloud account counts licenses, and once a week is usual
        ");
        for text in [
            "*/30 * * * *",
            "0,59 3 * * *",
            "0,30 3 29 2 *",
            "59,0 23,0 * * *",
            "0,30 0 1 1 +Mon",
        ] {
            assert!(
                matches!(text.parse::<Rhythm>(), Err(ScheduleError::TooFrequent)),
                "{text}"
            );
        }
    }

    #[test]
    fn a_jitter_that_leaves_no_room_for_retries_is_refused() {
        let daily: Rhythm = "0 3 * * *".parse().unwrap();
        let schedule = |jitter| Schedule::new(daily.clone(), chrono_tz::UTC, jitter, true);
        let hours = Duration::from_hours;
        assert!(schedule(hours(12)).is_ok());
        insta::assert_snapshot!(told(&schedule(hours(12) + Duration::from_secs(1)).unwrap_err()), @r"
        the jitter is too long for this schedule
          help: write at most 12h, which is half of the shortest time between two runs
        ");
        assert!(Schedule::new(Rhythm::Weekly, chrono_tz::UTC, hours(84), true).is_ok());
        assert!(Schedule::new(Rhythm::Weekly, chrono_tz::UTC, hours(85), true).is_err());
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused_with_the_one_that_was_probably_meant() {
        insta::assert_snapshot!(told(&parse_zone("Europe/Pari").unwrap_err()), @r"
        there is no time zone of this name
          help: did you mean `Europe/Paris`? Else write a name from the IANA database, like `Europe/Paris` or `UTC`; offsets like `+02:00` and abbreviations like `CEST` name no place and know no summer
        ");
        insta::assert_snapshot!(told(&parse_zone("CEST").unwrap_err()), @r"
        there is no time zone of this name
          help: write a name from the IANA database, like `Europe/Paris` or `UTC`; offsets like `+02:00` and abbreviations like `CEST` name no place and know no summer
        ");
    }
}
