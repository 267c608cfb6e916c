//! What a check found.

use serde::Serialize;

use crate::explain::Explain;
use crate::reason::{Exit, Reason};

/// What is found of a credential that nothing names.
pub(super) const NOT_GIVEN: &str = "not given";

/// One thing that was checked.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct Finding {
    pub(in crate::cli) what: String,
    pub(in crate::cli) good: bool,
    /// What was found.
    pub(in crate::cli) found: String,
    pub(in crate::cli) help: Option<String>,
    /// Why nothing would be sent because of it.
    pub(in crate::cli) reason: Option<Reason>,
    #[serde(skip)]
    pub(in crate::cli) exit: Option<Exit>,
}

impl Finding {
    pub(in crate::cli) fn good(what: &str, found: String, help: Option<String>) -> Self {
        Self {
            what: what.to_owned(),
            good: true,
            found,
            help,
            reason: None,
            exit: None,
        }
    }

    /// Whether this is a read token with which the cloud account cannot be watched.
    pub(in crate::cli) fn keeps_from_watching(&self) -> bool {
        let is_absent = self.reason.is_some() || self.found.starts_with(NOT_GIVEN);
        self.what == "connect-read-token" && is_absent
    }

    /// Not as it should be, and no obstacle to a sync.
    pub(in crate::cli) fn doubtful(what: &str, found: String, help: Option<String>) -> Self {
        Self {
            good: false,
            ..Self::good(what, found, help)
        }
    }

    pub(in crate::cli) fn bad(what: &str, found: String, error: &impl Explain) -> Self {
        Self {
            what: what.to_owned(),
            good: false,
            found,
            help: error.help(),
            reason: Some(error.reason()),
            exit: Some(error.exit()),
        }
    }
}
