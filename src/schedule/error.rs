//! Why something is not a schedule. It never repeats what was written, which may be a secret in the wrong place.

use std::time::Duration;

use croner::errors::CronError;

use super::cron::Field;
use crate::explain::Explain;
use crate::reason::Reason;

/// Why the schedule, its zone or its jitter cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    #[error("the schedule is empty")]
    Empty,
    #[error("the schedule is a word without a meaning here")]
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
            Self::Field { field, .. } => form(*field).to_owned(),
            Self::NeverOccurs => "look at the day of the month and the month; February has at most 29 days, and \
                                  `L` is the last day of any month"
                .to_owned(),
            Self::TooFrequent => "put one number into the first field, like `0 * * * *` for every full hour; a cloud \
                                  account counts licenses, and once a week is usual"
                .to_owned(),
            Self::JitterTooLong { longest } => format!(
                "write at most {}, which is half of the shortest time between two runs",
                humantime::format_duration(*longest)
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

fn form(field: Field) -> &'static str {
    match field {
        Field::Minute => "write a number from 0 to 59",
        Field::Hour => "write numbers from 0 to 23, like `3`, `3,15`, `8-17`, `*/6`, or `*` for every hour",
        Field::Day => "write numbers from 1 to 31, like `1`, `1,15`, `L` for the last day, or `*` for every day",
        Field::Month => "write numbers from 1 to 12 or names of three letters, like `1`, `Jan,Jul`, or `*`",
        Field::Weekday => {
            "write names of three letters or numbers from 0 (Sunday) to 7 (Sunday again), like `Mon`, `Mon-Fri`, \
             `Sun#2` for the second Sunday, `FriL` for the last Friday, or `*`"
        }
    }
}
