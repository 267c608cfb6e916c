//! The format of an answer: a table, CSV or JSON, on standard output or in a file; and options for it that contradict
//! each other.

use std::io;
use std::path::PathBuf;

use clap::ValueEnum;

use super::{GlobalOptions, report};
use crate::reason::Exit;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Table,
    Csv,
    Json,
}

/// The same, and the page with charts, which has no row for everything that is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ReportFormat {
    Table,
    Csv,
    Json,
    Html,
}

impl ReportFormat {
    /// The format of a list, if it is one.
    pub(super) fn of_list(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Csv => Some(Format::Csv),
            Self::Json => Some(Format::Json),
            Self::Html => None,
        }
    }
}

/// A wish that the command line cannot be refused for by itself.
#[derive(Debug, thiserror::Error)]
pub(super) enum Contradiction {
    #[error("`--json` and another `--format` were given")]
    Formats,
    #[error("a table shows counts only, and `--show-users` was given")]
    Users,
    #[error("`--explain`, `--report` or `--host` was given, and causes are shown on the HTML page alone")]
    Causes,
    #[error("the answer in JSON is about a file, and no `--output` was given")]
    Output,
    #[error("no document waits in the store")]
    NothingWaits,
    #[error("there is no directory {}", .0.display())]
    NoDirectory(PathBuf),
    #[error("there is a file {} already", .0.display())]
    Taken(PathBuf),
}

impl Format {
    /// The one that is asked for, by `--format` or by `--json`, which both set from then on.
    pub(super) fn chosen(wanted: Option<Self>, options: &mut GlobalOptions) -> Result<Self, Contradiction> {
        let format = match (wanted, options.json) {
            (None, false) => Self::Table,
            (None | Some(Self::Json), _) => Self::Json,
            (Some(format), false) => format,
            (Some(_), true) => return Err(Contradiction::Formats),
        };
        options.json = format == Self::Json;
        Ok(format)
    }
}

impl Contradiction {
    /// That there is such a file, if that is why it was not made.
    pub(super) fn of(error: &io::Error, file: Option<&PathBuf>) -> Option<Self> {
        let is_taken = error.kind() == io::ErrorKind::AlreadyExists;
        file.filter(|_| is_taken).cloned().map(Self::Taken)
    }

    pub(super) fn report(&self, options: &GlobalOptions) -> Exit {
        let help = match self {
            Self::Formats => "write one of them",
            Self::Users => "add `--format csv`, `--format json` or `--format html`",
            Self::Causes => "add `--format html`",
            Self::Output => "add `--output FILE`; without `--json`, the document itself goes to standard output",
            Self::NothingWaits => "leave `--frozen` out: today's list is exported then",
            Self::NoDirectory(_) => "make it first, or name another one",
            Self::Taken(_) => "name another file, or add `--force` to replace it",
        };
        report::mistake(self, help, options.json)
    }
}
