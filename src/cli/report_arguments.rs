//! The arguments of `report`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::answer_format::ReportFormat;
use super::html::CauseArguments;

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// How the report is written, a table by default; `--json` is the same as `--format json`, and `html` is a page with charts.
    #[arg(long, value_enum)]
    pub(super) format: Option<ReportFormat>,
    /// Lists every license with login and addresses, in CSV, JSON and HTML.
    #[arg(long)]
    pub(super) show_users: bool,
    /// Writes the report to a new file, which its owner alone can read; `-` is standard output.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) output: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long, requires = "output")]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) causes: CauseArguments,
}
