//! Settings that are one of several words.

use toml::Value;
use tracing::Level;

use super::suggestion::{closest, did_you_mean};
use super::value::{Form, Setting, ValueError};

/// How a document gets to the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::settings) enum DeliveryMethod {
    /// The program uploads it.
    Connect,
    /// It is written to a file, which a person uploads.
    File,
}

/// How a log record is written to standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

/// A type with its words, and what these are in a sentence.
macro_rules! choice {
    ($type:ty, $expected:literal, $($word:literal => $value:path),+) => {
        impl Setting for $type {
            const EXPECTED: &'static str = "a string";
            const FORM: Form = Form::OneOf(&[$($word),+]);

            fn read(value: &Value) -> Result<Self, ValueError> {
                match value.as_str().ok_or(ValueError::Type)? {
                    $($word => Ok($value),)+
                    other => Err(ValueError::Value {
                        label: concat!("expected ", $expected).to_owned(),
                        help: closest(other, [$($word),+]).map(did_you_mean),
                    }),
                }
            }

            fn write(&self) -> Option<Value> {
                let words = [$(($word, $value)),+];
                words.iter().find(|(_, value)| value == self).map(|(word, _)| (*word).into())
            }
        }
    };
}

choice!(DeliveryMethod, "`connect` or `file`", "connect" => Self::Connect, "file" => Self::File);
choice!(LogFormat, "`text` or `json`", "text" => Self::Text, "json" => Self::Json);
// The least serious record that is still logged.
choice!(
    Level,
    "one of `error`, `warn`, `info`, `debug`, `trace`",
    "error" => Self::ERROR,
    "warn" => Self::WARN,
    "info" => Self::INFO,
    "debug" => Self::DEBUG,
    "trace" => Self::TRACE
);
