//! The error about a held list, besides the guard's decision: the change since the last confirmed list, and what to do.

use crate::advice;
use crate::guard::Hold;
use crate::license::{Change, Digest};

/// How the list differs from the last confirmed one. A mass change says so itself.
pub(super) fn details(hold: Hold, change: Option<Change>) -> Option<String> {
    if matches!(hold, Hold::MassChange { .. }) {
        return None;
    }
    change.map(|change| {
        format!(
            "  against the last confirmed list of {}: {} more, {} fewer{}",
            change.before,
            change.added,
            change.removed,
            change.caveat()
        )
    })
}

/// What a person does about the list with this digest.
pub(super) fn help(hold: Hold, digest: &Digest) -> String {
    let approve = advice::command(&format!("approve {}", digest.short()));
    match hold {
        Hold::Empty { .. } => format!(
            "an empty list releases every license of this server; if that is meant, run {approve}; else look at the all-users \
             report on the server's site admin pages"
        ),
        Hold::WithoutAddresses { .. } => format!(
            "look at the addresses in the source of the list; if the server really has none, run {approve}, and later lists \
             without addresses are sent as well"
        ),
        _ => format!(
            "{} shows what is different; if the numbers are right, run {approve}; else run {}, or fix the server: the next list \
             takes this one's place",
            advice::collecting("review"),
            advice::command(&format!("discard {}", digest.short()))
        ),
    }
}
