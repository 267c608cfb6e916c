//! A time as programs read it: RFC 3339 in UTC, to the second.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// A time as programs read it, like `2026-11-24T03:04:05Z`.
pub fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Timestamps that can be written.
pub trait Timestamps {
    /// The same as texts.
    fn texts(&self) -> impl Serialize;
}

impl Timestamps for DateTime<Utc> {
    fn texts(&self) -> impl Serialize {
        text(*self)
    }
}

impl Timestamps for Option<DateTime<Utc>> {
    fn texts(&self) -> impl Serialize {
        self.map(text)
    }
}

impl Timestamps for Vec<DateTime<Utc>> {
    fn texts(&self) -> impl Serialize {
        self.iter().copied().map(text).collect::<Vec<_>>()
    }
}

/// For `serde(serialize_with)`.
///
/// # Errors
/// That of the serializer.
pub fn serialize<T: Timestamps, S: Serializer>(times: &T, serializer: S) -> Result<S::Ok, S::Error> {
    times.texts().serialize(serializer)
}
