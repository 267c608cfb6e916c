//! What can be wrong with a document. No text shows a value of it.

use super::SCHEMA;
use crate::license::roster::RosterFull;
use crate::reason::Reason;

/// No value of a document is longer, in bytes.
pub(super) const LONGEST_VALUE: usize = 1024;

/// Why what was read is no document of version 1.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentDefect {
    #[error("it has more than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("the list of accounts is larger than a run may hold in memory")]
    Full(#[source] RosterFull),
    #[error("it is empty")]
    Empty,
    #[error("it ends before the document is complete")]
    Incomplete,
    #[error("it is not JSON, from byte {column} of line {line} on")]
    NotJson { line: usize, column: usize },
    #[error("a value in it is longer than {LONGEST_VALUE} bytes")]
    LongValue,
    #[error("{what}, at byte {column} of line {line}")]
    Form { what: String, line: usize, column: usize },
    #[error("its totals do not add up: {0}")]
    Totals(&'static str),
    /// Another order of members, white space, a time that is written differently.
    #[error("it has the members of {SCHEMA} and is not written as this program writes them")]
    Rewritten,
}

impl DocumentDefect {
    /// The reason code.
    pub fn reason(&self) -> Reason {
        match self {
            Self::TooLarge { .. } | Self::Full(_) => Reason::PayloadTooLarge,
            _ => Reason::MalformedSource,
        }
    }
}
