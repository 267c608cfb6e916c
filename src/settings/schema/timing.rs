//! The keys of the schedule, checked one by one while they are read; `check` checks whether they fit together.

use chrono_tz::Tz;

use super::value::{Text, ValueError};
use crate::explain::Explain;
use crate::schedule::{Rhythm, ScheduleError, parse_zone};

/// `weekly` or five cron fields.
impl Text for Rhythm {
    fn parse(text: &str) -> Result<Self, ValueError> {
        text.parse().map_err(|error| refusal(&error))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

/// The name of a time zone, like `Europe/Paris`.
impl Text for Tz {
    fn parse(text: &str) -> Result<Self, ValueError> {
        parse_zone(text).map_err(|error| refusal(&error))
    }

    fn show(&self) -> String {
        self.name().to_owned()
    }
}

fn refusal(error: &ScheduleError) -> ValueError {
    ValueError::new(error.to_string(), error.help().unwrap_or_default())
}
