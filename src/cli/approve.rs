//! `approve`: releases a held document, once. It connects to nothing; the daemon sends it, or the next `sync`.

use serde::Serialize;

use super::json::JsonAnswer;
use super::{GlobalOptions, decision, words};
use crate::advice;
use crate::reason::Exit;
use crate::store::{HoldAction, Run};

/// The run whose document was approved.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ApproveAnswer {
    run: Run,
}

impl JsonAnswer for ApproveAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/approve/1";
}

impl From<Run> for ApproveAnswer {
    fn from(run: Run) -> Self {
        Self { run }
    }
}

pub(super) fn run(options: &GlobalOptions, digest: &str) -> Exit {
    decision::run(options, HoldAction::Approved, digest, |answer: &ApproveAnswer| {
        format!(
            "the held license usage is released\n  {}\n  the daemon sends it within a minute; {} sends it at once\n",
            words::run(&answer.run),
            advice::sync()
        )
    })
}
