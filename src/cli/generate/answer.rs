//! The answer of `generate` in JSON.

use super::super::json::JsonAnswer;

/// What was generated.
#[derive(serde::Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct GenerateAnswer {
    pub(super) text: String,
}

impl JsonAnswer for GenerateAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/generate/1";
}
