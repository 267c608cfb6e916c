//! `approve`: releases a held document, once. It connects to nothing; the daemon sends it, or the next `sync`.

use super::{GlobalOptions, decision, words};
use crate::advice;
use crate::reason::Exit;
use crate::store::HoldAction;

pub(super) fn run(options: &GlobalOptions, digest: &str) -> Exit {
    decision::run(options, HoldAction::Approved, digest, |run| {
        format!(
            "the held license usage is released\n  {}\n  the daemon sends it within a minute; {} sends it at once\n",
            words::run(run),
            advice::sync()
        )
    })
}
