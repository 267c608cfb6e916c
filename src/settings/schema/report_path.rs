//! Where a report is that somebody downloaded.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::settings::schema::value::{AbsolutePath, Refusal, written_as_text};

/// What stands for standard input.
const STANDARD_INPUT: &str = "-";

/// A file, or standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ReportPath {
    StandardInput,
    File(AbsolutePath),
}

written_as_text!(ReportPath);

impl ReportPath {
    fn parse(text: &str) -> Result<Self, Refusal> {
        match text {
            STANDARD_INPUT => Ok(Self::StandardInput),
            path => AbsolutePath::parse(path).map(Self::File),
        }
    }
}

impl fmt::Display for ReportPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StandardInput => f.write_str(STANDARD_INPUT),
            Self::File(path) => path.fmt(f),
        }
    }
}
