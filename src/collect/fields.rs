//! Takes single values out of a small JSON answer. An error names the key and the kind of value, never the value.

use serde_json::{Map, Value};

use crate::license::Seats;
use crate::transport::json::{self, JsonError};

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("it is empty")]
    Empty,
    #[error(transparent)]
    Json(#[from] JsonError),
    #[error("it is {0} instead of an object")]
    NotAnObject(&'static str),
    #[error("`{key}` is missing, {expected} was expected")]
    Missing { key: &'static str, expected: &'static str },
    #[error("`{key}` is {found}, {expected} was expected")]
    WrongKind {
        key: &'static str,
        found: &'static str,
        expected: &'static str,
    },
}

/// The object that an answer consists of.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads the answer.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, FieldError> {
        if bytes.is_empty() {
            return Err(FieldError::Empty);
        }
        match json::parse(bytes)? {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(FieldError::NotAnObject(kind(&other))),
        }
    }

    /// A word of 1 to 64 printable ASCII characters: it is passed on to the cloud, so no arbitrary text is let in.
    pub(super) fn word(&self, key: &'static str) -> Result<String, FieldError> {
        self.take(key, "a word of at most 64 characters", |value| {
            let word = value.as_str()?;
            let plain = !word.is_empty() && word.len() <= 64 && word.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            plain.then(|| word.to_owned())
        })
    }

    /// A whole number, zero or more.
    pub(super) fn count(&self, key: &'static str) -> Result<u64, FieldError> {
        self.take(key, "a whole number", Value::as_u64)
    }

    /// A whole number or the word `unlimited`.
    pub(super) fn seats(&self, key: &'static str) -> Result<Seats, FieldError> {
        self.take(key, "a whole number or \"unlimited\"", |value| {
            serde_json::from_value(value.clone()).ok()
        })
    }

    /// A text; nothing when the key is absent, null, empty, or of another kind.
    pub(super) fn optional_text(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    fn take<T>(
        &self,
        key: &'static str,
        expected: &'static str,
        read: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, FieldError> {
        let value = self.0.get(key).ok_or(FieldError::Missing { key, expected })?;
        read(value).ok_or_else(|| FieldError::WrongKind {
            key,
            found: kind(value),
            expected,
        })
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_u64() => "a whole number",
        Value::Number(_) => "a negative or fractional number",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "another text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
