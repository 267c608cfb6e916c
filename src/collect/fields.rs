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
    #[error("its next page is not one of the same list")]
    ForeignPage,
    #[error("it has no last page, or more than the {pages} that were read")]
    Endless { pages: u32 },
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
#[derive(Default)]
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

    /// A whole number, zero or more.
    pub(super) fn count(&self, key: &'static str) -> Result<u64, FieldError> {
        let expected = "a whole number";
        let value = self.0.get(key).ok_or(FieldError::Missing { key, expected })?;
        number(value).ok_or_else(|| FieldError::WrongKind {
            key,
            found: kind(value),
            expected,
        })
    }

    /// Whether a key has a value, which may be null for none; nothing when there is no such key.
    pub(super) fn is_set(&self, key: &str) -> Option<bool> {
        self.0.get(key).map(|value| !value.is_null() && *value != "")
    }

    /// A value on which nobody's license depends; nothing when the key is absent, null or empty. One of an unknown form is
    /// done without as well, and that is said.
    pub(super) fn optional<T>(&self, key: &'static str, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
        let value = self.0.get(key).filter(|value| !value.is_null() && *value != "")?;
        let found = read(value);
        if found.is_none() {
            tracing::warn!(
                key,
                "the server reports its `{key}` in an unknown form; the sync continues without it"
            );
        }
        found
    }
}

/// A count that the store can keep, zero or more.
pub(super) fn number(value: &Value) -> Option<u64> {
    value.as_i64().and_then(|number| number.try_into().ok())
}

/// A word of 1 to 64 printable ASCII characters: it is passed on to the cloud, so no arbitrary text is let in.
pub(super) fn word(value: &Value) -> Option<String> {
    let word = value.as_str()?;
    let is_plain = word.len() <= 64 && word.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (is_plain && !word.is_empty()).then(|| word.to_owned())
}

/// A whole number or the word `unlimited`.
pub(super) fn seats(value: &Value) -> Option<Seats> {
    serde_json::from_value(value.clone()).ok()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_u64() => "a number that is too large",
        Value::Number(_) => "a negative or fractional number",
        Value::String(text) if text.is_empty() => "an empty text",
        Value::String(_) => "another text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
