//! A rhythm that the tests can both write down and check by themselves, minute by minute.

use std::fmt;

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};

/// What is in the settings.
#[derive(Debug, Clone)]
pub(super) enum Written {
    Weekly,
    Cron { minute: u32, hours: Vec<u32>, days: Days },
}

#[derive(Debug, Clone)]
pub(super) enum Days {
    Any,
    /// 0 is Sunday.
    OfWeek(Vec<u32>),
    OfMonth(Vec<u32>),
}

impl Written {
    /// Whether a window starts when the wall clock shows the minute `wall`; `anchor` is the minute of enablement.
    pub(super) fn starts_at(&self, wall: NaiveDateTime, anchor: NaiveDateTime) -> bool {
        match self {
            Self::Weekly => (wall - anchor).num_minutes() % TimeDelta::weeks(1).num_minutes() == 0,
            Self::Cron { minute, hours, days } => {
                wall.minute() == *minute
                    && hours.contains(&wall.hour())
                    && match days {
                        Days::Any => true,
                        Days::OfWeek(days) => days.contains(&wall.weekday().num_days_from_sunday()),
                        Days::OfMonth(days) => days.contains(&wall.day()),
                    }
            }
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly => f.write_str("weekly"),
            Self::Cron { minute, hours, days } => {
                write!(f, "{minute} {} ", list(hours))?;
                match days {
                    Days::Any => f.write_str("* * *"),
                    Days::OfWeek(days) => write!(f, "* * {}", list(days)),
                    Days::OfMonth(days) => write!(f, "{} * *", list(days)),
                }
            }
        }
    }
}

fn list(numbers: &[u32]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
