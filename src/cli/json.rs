//! An answer in JSON: one object that names its schema first. `share/schemas` describes each.

use serde::Serialize;

use crate::{observe, plain};

/// What a command answers with.
pub(super) trait JsonAnswer: Serialize {
    /// Name and version of its schema: that of the command, and a number that goes up when a reader has to be changed.
    const SCHEMA: &'static str;
}

/// An answer as it is written.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct JsonEnvelope<'a, T> {
    /// Name and version of the schema.
    schema: &'static str,
    /// What was logged as a warning, as a person reads it on standard error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(flatten)]
    answer: &'a T,
}

/// The first lines of an answer that is written member by member: what [`text`] begins with.
pub(super) fn head<T: JsonAnswer>() -> String {
    format!("{{\n  \"schema\": \"{}\",", T::SCHEMA)
}

/// The text of an answer, fit to be shown, without the end of the last line.
pub(super) fn text<T: JsonAnswer>(answer: &T) -> serde_json::Result<String> {
    let envelope = JsonEnvelope {
        schema: T::SCHEMA,
        warnings: observe::warnings(),
        answer,
    };
    Ok(plain::escaped_json(&serde_json::to_string_pretty(&envelope)?))
}
