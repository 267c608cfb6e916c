//! The arguments with which the report explains double counts.

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueHint};

/// What the causes of double counts are found with.
#[derive(Debug, Args)]
#[command(next_help_heading = "With `--format html`", group = ArgGroup::new("causes").multiple(true))]
pub(in crate::cli) struct CauseArguments {
    /// Reads the server's list as well, and shows why users are counted twice and what fixing it frees, as `explain` does.
    #[arg(long, group = "causes")]
    explain: bool,
    /// The same with the server's list from an all-users report that was downloaded; it does not connect to the server.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, group = "causes")]
    pub(super) report: Option<PathBuf>,
    /// The server's host name in the cloud's list, if it is not that of `server.url`.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Hostname, requires = "causes")]
    pub(super) host: Option<String>,
}

impl CauseArguments {
    /// Whether they are asked for in any way.
    pub(in crate::cli) fn are_wanted(&self) -> bool {
        self.explain || self.report.is_some()
    }
}
