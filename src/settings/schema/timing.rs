//! The keys of the schedule, checked one by one while they are read; whether they fit together is asked in `link`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::explain::Explain;
use crate::schedule::{self, ScheduleError, parse_zone};
use crate::settings::schema::value::{Refusal, written_as_text};

/// `weekly` or five cron fields.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rhythm(schedule::Rhythm);

written_as_text!(Rhythm);

impl Default for Rhythm {
    fn default() -> Self {
        Self(schedule::Rhythm::Weekly)
    }
}

impl Rhythm {
    /// The rhythm itself.
    #[must_use]
    pub fn get(&self) -> schedule::Rhythm {
        self.0.clone()
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        text.parse().map(Self).map_err(|error| refusal(&error))
    }
}

impl std::fmt::Display for Rhythm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a time zone, like `Europe/Paris`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

written_as_text!(TimeZone);

impl Default for TimeZone {
    fn default() -> Self {
        Self(chrono_tz::Tz::UTC)
    }
}

impl TimeZone {
    /// The zone itself.
    #[must_use]
    pub fn get(self) -> chrono_tz::Tz {
        self.0
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        parse_zone(text).map(Self).map_err(|error| refusal(&error))
    }
}

impl std::fmt::Display for TimeZone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

/// Over how long servers spread their runs; nothing is allowed.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spread(Duration);

written_as_text!(Spread);

impl Spread {
    /// The duration itself.
    #[must_use]
    pub fn get(self) -> Duration {
        self.0
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        let help = "write a number with its unit, like `0s`, `30m` or `2h`";
        humantime::parse_duration(text)
            .map(Self)
            .map_err(|_| Refusal::new("this is not a duration", help))
    }
}

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

fn refusal(error: &ScheduleError) -> Refusal {
    Refusal::new(error.to_string(), error.help().unwrap_or_default())
}
