//! The command line: the commands with their arguments, and how it is read.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, stdout};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

#[cfg(feature = "generate")]
use super::generate;
use super::global_options::GlobalOptions;
use super::report_arguments::ReportArguments;
use super::{answer_format, decision, explain, export, upload};
#[cfg(feature = "sandbox")]
use super::{demo, sandbox};
use crate::reason::Exit;

/// What `--help` says after the options, before the exit codes.
const AFTER_OPTIONS: &str = "\
Begin with `check --offline`: it checks the settings and the credentials, and opens no connection.

An error first says what was not done. `because` is the cause, `help` is what to do, and `reason` is a code for
scripts, the same in status, history and log.

Exit codes:";

fn after_help() -> String {
    let mut text = AFTER_OPTIONS.to_owned();
    for exit in Exit::ALL {
        let _infallible = write!(text, "\n{:>4}  {}", *exit as u8, exit.meaning());
    }
    text
}

/// Reports to a GitHub Enterprise Cloud account who consumes a license on a GitHub Enterprise Server, and verifies that the
/// cloud processed it.
#[derive(Debug, Parser)]
#[command(name = "ghe-license-sync", version, propagate_version = true, after_help = after_help())]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) options: GlobalOptions,
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Runs the daemon in the foreground: it syncs by the schedule, each week by default.
    Run,
    /// Runs one sync now: collect, freeze, send, confirm.
    Sync {
        /// Shows the counts of what would be sent; freezes and sends nothing.
        #[arg(long)]
        dry_run: bool,
        /// Does only what is due, by the schedule and the waits in the store; for a timer.
        #[arg(long, conflicts_with = "dry_run")]
        scheduled: bool,
    },
    /// Sends a document from a file, and waits for the confirmation as a sync does.
    ///
    /// The file is verified first: its checksum, its form, its age and its server. No connection to the enterprise server is opened.
    Upload(upload::UploadArguments),
    /// Shows how today's list differs from the last confirmed one, while a list is held for review.
    Review {
        /// Lists the new users by ID and login.
        #[arg(long)]
        show_users: bool,
    },
    /// Releases the document that is held for review, once.
    Approve {
        /// The digest of the document: its 12 or more leading hex digits.
        #[arg(value_parser = decision::digits)]
        digest: String,
    },
    /// Deletes the document that is held for review; it is never sent.
    Discard {
        /// The digest of the document: its 12 or more leading hex digits.
        #[arg(value_parser = decision::digits)]
        digest: String,
    },
    /// Shows the gate, the last runs, the outbox and the health.
    Status {
        /// Shows the last sync of each server of the account, as the cloud lists it; needs only Connect enabled, and sends nothing.
        #[arg(long)]
        cloud: bool,
    },
    /// Writes the document that a sync would send to a file or to standard output, and sends nothing.
    ///
    /// Use it to read the document before anything is sent, or to carry it to another machine.
    Export(export::ExportArguments),
    /// Checks settings, credentials and trust roots, and shows what is in force.
    Check {
        /// Opens no connection.
        #[arg(long, required = true)]
        offline: bool,
    },
    /// Lists past runs, the newest first.
    History {
        /// How many runs at most.
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
        /// As a table for people, as CSV with the counts for a spreadsheet, or like `--json` [default: table].
        #[arg(long, value_enum, value_name = "FORMAT")]
        format: Option<answer_format::Format>,
    },
    /// Reports the licenses that the cloud counts as consumed; needs only Connect enabled, and sends nothing.
    Report(ReportArguments),
    /// Explains why users are counted twice, how certain that is, and how many licenses a fix frees.
    ///
    /// It joins the server's list and the cloud's by the server's account IDs, applies GitHub's documented rule to both, and
    /// sends nothing. What cannot be known is reported as unknown, with what would make it known. It needs the credentials
    /// `connect-read-token` and, without `--report`, `server-token`.
    Explain(explain::ExplainArguments),
    /// Writes man pages, completions and the like, for those who build packages.
    #[cfg(feature = "generate")]
    #[command(hide = true)]
    Generate {
        #[command(subcommand)]
        kind: generate::Artifact,
    },
    /// Runs a whole sync with a made-up enterprise server and cloud account on loopback.
    #[cfg(feature = "sandbox")]
    Demo(demo::DemoArguments),
    /// Starts a made-up enterprise server and cloud account on loopback, and writes settings for them.
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::SandboxArguments),
}

impl Command {
    /// The file in which a command writes its answer; none, like `-`, is standard output.
    fn output(&mut self) -> Option<&mut Option<PathBuf>> {
        match self {
            Self::Export(arguments) => Some(&mut arguments.output),
            Self::Report(arguments) => Some(&mut arguments.output),
            Self::Explain(arguments) => Some(&mut arguments.output),
            _ => None,
        }
    }
}

/// The command line, whose help is as wide as the terminal, and keeps its lines where there is none.
fn command_line() -> clap::Command {
    match stdout().is_terminal() {
        true => Cli::command(),
        false => Cli::command().term_width(0),
    }
}

/// What clap does not see across a command: of an option that can be repeated it keeps those alone that stand after the
/// command if any does, and two options that exclude each other may stand on either side of it.
pub(super) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, clap::Error> {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let matches = command_line().try_get_matches_from(&arguments)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut Cli::command()))?;
    let is_set = |argument: &&OsString| {
        let argument = argument.as_encoded_bytes();
        argument == b"--set" || argument.starts_with(b"--set=")
    };
    if arguments.iter().filter(is_set).count() > cli.options.overrides.len() {
        let text = "`--set` stands before and after the command; write all of them after it";
        return Err(Cli::command().error(ErrorKind::ArgumentConflict, text));
    }
    if cli.options.instance.is_some() && is_config_a_flag(&matches) {
        let text = "`--instance` and `--config` both name the settings file; write one of them";
        return Err(Cli::command().error(ErrorKind::ArgumentConflict, text));
    }
    if let Command::History {
        format: Some(format), ..
    } = &cli.command
    {
        if cli.options.json && *format != answer_format::Format::Json {
            let text = "`--json` and another `--format` were given; write one of them";
            return Err(Cli::command().error(ErrorKind::ArgumentConflict, text));
        }
        cli.options.json = *format == answer_format::Format::Json;
    }
    if let Some(output) = cli.command.output() {
        output.take_if(|file| *file == Path::new("-"));
    }
    Ok(cli)
}

/// Whether `--config` is written, before or after the command; a variable of the environment gives way to any flag.
fn is_config_a_flag(matches: &ArgMatches) -> bool {
    let within = matches.subcommand().is_some_and(|(_, inner)| is_config_a_flag(inner));
    within || matches.value_source("config") == Some(ValueSource::CommandLine)
}

/// Whether JSON is asked for anywhere: of a command line that is wrong nothing else is known.
pub(super) fn asks_for_json(arguments: &[OsString]) -> bool {
    let is = |at: usize, word: &str| arguments.get(at).is_some_and(|argument| argument == word);
    let takes_no_value = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"--json=");
    arguments.iter().any(takes_no_value)
        || (0..arguments.len())
            .any(|at| is(at, "--json") || is(at, "--format=json") || is(at, "--format") && is(at + 1, "json"))
}
