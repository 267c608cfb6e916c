//! The answer of `history`.

use serde::Serialize;

use crate::cli::json::JsonAnswer;
use crate::store::{DeletedRun, Event, Run};

/// Past runs, the newest first.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct HistoryAnswer {
    pub(super) runs: Vec<HistoryEntry>,
    /// What is left of older ones that were deleted.
    pub(super) deleted_runs: Vec<DeletedRun>,
}

impl JsonAnswer for HistoryAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/history/1";
}

/// A run with its events.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct HistoryEntry {
    #[serde(flatten)]
    pub(super) run: Run,
    pub(super) events: Vec<Event>,
}
