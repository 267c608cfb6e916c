//! A broken rule, reported so that it can be fixed without opening the test.

use std::fmt;

/// One place that breaks a rule.
#[derive(Debug)]
pub(crate) struct Breach {
    pub(crate) file: String,
    pub(crate) line: usize,
    /// What stands there.
    pub(crate) found: String,
    /// The rule, and why it is one.
    pub(crate) rule: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}:{}: {}\n    rule: {}",
            self.file, self.line, self.found, self.rule
        )
    }
}
