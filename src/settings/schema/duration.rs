//! Settings that are durations, like `90s` or `2h`.

use std::time::Duration;

use super::value::{Form, Text, ValueError};

/// For JSON Schema.
const PATTERN: Form = Form::Pattern("^[0-9]+ *[a-z]+( *[0-9]+ *[a-z]+)*$");

/// A duration of its own kind, and how one is read.
macro_rules! duration {
    ($(#[$about:meta])* $visible:vis $name:ident, $parse:expr) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $visible struct $name(pub Duration);

        impl Text for $name {
            const FORM: Form = PATTERN;

            fn parse(text: &str) -> Result<Self, ValueError> {
                let parse: fn(&str) -> Result<Duration, ValueError> = $parse;
                parse(text).map(Self)
            }

            fn show(&self) -> String {
                humantime::format_duration(self.0).to_string()
            }
        }
    };
}

duration!(
    /// How long something may take: more than nothing, at most a day.
    pub(in crate::settings) Timeout,
    |text| bounded(text, "a timeout", Duration::from_hours(24), "a day", "`90s`, `10m` or `2h`")
);
duration!(
    /// How old something may be: more than nothing, at most a year.
    pub MaxAge,
    |text| bounded(text, "an age", Duration::from_hours(365 * 24), "365 days", "`36h` or `7d`")
);
duration!(
    /// How long a file waits before each reminder: at least an hour, which is how often the daemon and the timer check; at most
    /// 30 days.
    pub(in crate::settings) ReminderInterval,
    |text| {
        let examples = "`12h` or `3days`";
        let most = Duration::from_hours(30 * 24);
        match bounded(text, "the time to a reminder", most, "30 days", examples)? {
            short if short < Duration::from_hours(1) => {
                Err(refusal("the time to a reminder must not be shorter than an hour", examples))
            }
            interval => Ok(interval),
        }
    }
);
duration!(
    /// Over how long servers spread their runs; nothing is allowed.
    pub(in crate::settings) Spread,
    |text| any(text, "`0s`, `30m` or `2h`")
);

impl std::str::FromStr for MaxAge {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::parse(text)
    }
}

fn any(text: &str, examples: &str) -> Result<Duration, ValueError> {
    humantime::parse_duration(text).map_err(|_| refusal("this is not a duration", examples))
}

fn bounded(
    text: &str,
    kind: &str,
    most: Duration,
    most_in_words: &str,
    examples: &str,
) -> Result<Duration, ValueError> {
    match any(text, examples)? {
        Duration::ZERO => Err(refusal(&format!("{kind} must be longer than nothing"), examples)),
        duration if duration > most => Err(refusal(
            &format!("{kind} must not be longer than {most_in_words}"),
            examples,
        )),
        duration => Ok(duration),
    }
}

fn refusal(label: &str, examples: &str) -> ValueError {
    ValueError::new(label, format!("write a number with its unit, like {examples}"))
}
