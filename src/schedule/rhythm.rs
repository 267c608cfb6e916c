//! How often: weekly, or by cron; and the words that are neither.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};

use super::cron::Cron;
use super::error::ScheduleError;

/// The word for [`Rhythm::Weekly`].
const WEEKLY: &str = "weekly";

/// How often windows start. Written as `weekly` or as five cron fields.
#[derive(Debug, Clone, PartialEq)]
pub enum Rhythm {
    /// Every seven days, on the weekday and at the time of enablement.
    Weekly,
    /// On the occurrences of a cron expression.
    Cron(Cron),
}

impl FromStr for Rhythm {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            [] => Err(ScheduleError::Empty),
            [WEEKLY] => Ok(Self::Weekly),
            [word] if word.contains(char::is_alphabetic) => Err(ScheduleError::Word {
                meant: meaning(&word.to_lowercase()),
            }),
            [minute, hour, day, month, weekday] => Cron::parse([minute, hour, day, month, weekday]).map(Self::Cron),
            ref fields => Err(ScheduleError::FieldCount { found: fields.len() }),
        }
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weekly => f.write_str(WEEKLY),
            Self::Cron(cron) => cron.fmt(f),
        }
    }
}

/// What to write instead of a word that cron or people use.
fn meaning(word: &str) -> Option<&'static str> {
    match word.strip_prefix('@').unwrap_or(word) {
        WEEKLY if word != WEEKLY => Some("0 0 * * Sun"),
        "hourly" => Some("0 * * * *"),
        "daily" | "midnight" => Some("0 0 * * *"),
        "monthly" => Some("0 0 1 * *"),
        "yearly" | "annually" => Some("0 0 1 1 *"),
        other => (strsim::osa_distance(other, WEEKLY) <= 2).then_some(WEEKLY),
    }
}

impl Rhythm {
    /// The last start at or before `wall`; `anchor` is the wall clock at enablement.
    pub(super) fn latest(&self, anchor: NaiveDateTime, wall: NaiveDateTime) -> NaiveDateTime {
        match self {
            Self::Weekly => {
                let week = TimeDelta::weeks(1).num_seconds();
                anchor + TimeDelta::seconds((wall - anchor).num_seconds().div_euclid(week) * week)
            }
            Self::Cron(cron) => cron.latest(wall),
        }
    }

    /// The first start after `start`, which is one itself.
    pub(super) fn following(&self, start: NaiveDateTime) -> NaiveDateTime {
        match self {
            Self::Weekly => start + TimeDelta::weeks(1),
            Self::Cron(cron) => cron.following(start),
        }
    }

    /// The shortest time between two starts on the wall clock.
    pub(super) fn shortest_window(&self) -> Duration {
        match self {
            Self::Weekly => Duration::from_hours(7 * 24),
            Self::Cron(cron) => cron.shortest(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rhythm_is_shown_as_it_is_written() {
        for text in ["weekly", "0 3 * * Mon"] {
            assert_eq!(text.parse::<Rhythm>().unwrap().to_string(), text);
        }
    }
}
