//! Single values as an operator writes them, checked while they are read: durations, percentages and paths.
//!
//! Values with a form of their own have their own files: `name`, `address`,
//! `upload_path`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a value is not taken. It never repeats the value, which may be a secret in the wrong place.
///
/// serde carries one text only, so the help follows the reason after a line break.
#[derive(Debug, thiserror::Error)]
#[error("{reason}\n{help}")]
pub struct Refusal {
    reason: String,
    help: String,
}

impl Refusal {
    /// A refusal with its reason and what to write instead.
    pub(in crate::settings) fn new(reason: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            help: help.into(),
        }
    }
}

/// Lets a type with `parse(&str)` and `Display` be written as a string.
macro_rules! written_as_text {
    ($type:ident) => {
        impl TryFrom<String> for $type {
            type Error = $crate::settings::schema::value::Refusal;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    };
}
pub(in crate::settings) use written_as_text;

/// How long something may take: more than nothing, at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timeout(Duration);

written_as_text!(Timeout);

impl Timeout {
    const MAX: Duration = Duration::from_hours(24);

    /// For defaults.
    pub(in crate::settings) const fn from_minutes(minutes: u64) -> Self {
        Self(Duration::from_mins(minutes))
    }

    /// The duration itself.
    #[must_use]
    pub fn get(self) -> Duration {
        self.0
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        let help = "write a number with its unit, like `90s`, `10m` or `2h`";
        match humantime::parse_duration(text) {
            Err(_) => Err(Refusal::new("this is not a duration", help)),
            Ok(Duration::ZERO) => Err(Refusal::new("a timeout must be longer than nothing", help)),
            Ok(duration) if duration > Self::MAX => Err(Refusal::new("a timeout must not be longer than a day", help)),
            Ok(duration) => Ok(Self(duration)),
        }
    }
}

impl std::fmt::Display for Timeout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// How old something may be: more than nothing, at most a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MaxAge(Duration);

written_as_text!(MaxAge);

impl MaxAge {
    const MAX: Duration = Duration::from_hours(365 * 24);

    /// For defaults.
    pub(in crate::settings) const fn from_hours(hours: u64) -> Self {
        Self(Duration::from_hours(hours))
    }

    /// The duration itself.
    #[must_use]
    pub fn get(self) -> Duration {
        self.0
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        let help = "write a number with its unit, like `36h` or `7d`";
        match humantime::parse_duration(text) {
            Err(_) => Err(Refusal::new("this is not a duration", help)),
            Ok(Duration::ZERO) => Err(Refusal::new("an age must be longer than nothing", help)),
            Ok(duration) if duration > Self::MAX => Err(Refusal::new("an age must not be longer than 365 days", help)),
            Ok(duration) => Ok(Self(duration)),
        }
    }
}

impl std::fmt::Display for MaxAge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

/// A part of a hundred, from 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "u8")]
pub struct Percent(u8);

impl Percent {
    /// For defaults.
    pub(in crate::settings) const fn from_static(percent: u8) -> Self {
        Self(percent)
    }

    /// The number itself.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for Percent {
    type Error = Refusal;

    fn try_from(number: i64) -> Result<Self, Refusal> {
        match u8::try_from(number) {
            Ok(percent @ 0..=100) => Ok(Self(percent)),
            _ => Err(Refusal::new(
                "this is not a percentage",
                "write a whole number from 0 to 100",
            )),
        }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// A program by its absolute path, and its arguments. No shell takes them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<toml::Value>", into = "Vec<String>")]
pub struct CommandLine(Vec<String>);

impl CommandLine {
    /// The program and its arguments.
    #[must_use]
    pub fn get(&self) -> &[String] {
        &self.0
    }
}

/// Of values of any type, so that one which is no text is refused at the list.
impl TryFrom<Vec<toml::Value>> for CommandLine {
    type Error = Refusal;

    fn try_from(values: Vec<toml::Value>) -> Result<Self, Refusal> {
        let help = "write the whole path of the program, then each argument: `[\"/usr/bin/cat\", \"FILE\"]`";
        let words = values.iter().map(|value| value.as_str().map(str::to_owned));
        let Some(words) = words.collect::<Option<Vec<_>>>() else {
            return Err(Refusal::new("this is not a list of strings", help));
        };
        match words.first() {
            None => Err(Refusal::new("this names no program", help)),
            Some(program) if !Path::new(program).is_absolute() => {
                Err(Refusal::new("the program is not named by an absolute path", help))
            }
            Some(_) if words.iter().any(|word| word.contains(char::is_control)) => {
                Err(Refusal::new("this command contains a control character", help))
            }
            Some(_) => Ok(Self(words)),
        }
    }
}

impl From<CommandLine> for Vec<String> {
    fn from(command: CommandLine) -> Self {
        command.0
    }
}

/// A path from the root, since a service has no working directory that an operator could know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AbsolutePath(String);

written_as_text!(AbsolutePath);

impl AbsolutePath {
    /// For defaults.
    pub(in crate::settings) fn from_static(path: &'static str) -> Self {
        Self(path.to_owned())
    }

    /// The path itself.
    #[must_use]
    pub fn to_path(&self) -> PathBuf {
        PathBuf::from(&self.0)
    }

    /// # Errors
    /// [`Refusal`] when the path is not absolute.
    pub(in crate::settings) fn parse(text: &str) -> Result<Self, Refusal> {
        if !Path::new(text).is_absolute() {
            return Err(Refusal::new(
                "this is not an absolute path",
                "write the whole path, starting with `/`",
            ));
        }
        if text.contains(char::is_control) {
            return Err(Refusal::new(
                "this path contains a control character",
                "write the path on one line, as plain text",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for AbsolutePath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
