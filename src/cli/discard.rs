//! `discard`: drops a held document for good. Nothing is sent; the next window, or `sync`, makes a new list.

use super::{GlobalOptions, decision, words};
use crate::advice;
use crate::reason::Exit;
use crate::store::HoldAction;

pub(super) fn run(options: &GlobalOptions, digest: &str) -> Exit {
    let in_words = |run: &_| {
        let run = words::run(run);
        let sync = advice::sync();
        format!(
            "the held license usage is discarded\n  {run}\n  the next window makes a new list; {sync} makes one now\n"
        )
    };
    decision::run(options, HoldAction::Discarded, digest, in_words)
}
