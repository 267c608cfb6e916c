//! `discard`: drops a held document for good. Nothing is sent; the next window, or `sync`, makes a new list.

use serde::Serialize;

use super::json::JsonAnswer;
use super::{GlobalOptions, decision, words};
use crate::advice;
use crate::reason::Exit;
use crate::store::{HoldAction, Run};

/// The run whose document was discarded.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct DiscardAnswer {
    run: Run,
}

impl JsonAnswer for DiscardAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/discard/1";
}

impl From<Run> for DiscardAnswer {
    fn from(run: Run) -> Self {
        Self { run }
    }
}

pub(super) fn run(options: &GlobalOptions, digest: &str) -> Exit {
    let in_words = |answer: &DiscardAnswer| {
        let run = words::run(&answer.run);
        let sync = advice::sync();
        format!(
            "the held license usage is discarded\n  {run}\n  the next window makes a new list; {sync} makes one now\n"
        )
    };
    decision::run(options, HoldAction::Discarded, digest, in_words)
}
