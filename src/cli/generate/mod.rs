//! `generate`, for those who build packages: man pages, completions, the schemas of the settings and of the answers in JSON,
//! the journal catalog and the page of the reasons. The output is committed below `share/`, `config/` and `docs/`.
//!
//! It describes the program as it is packaged, so a build with the sandbox writes the same. The packaged program itself
//! has no such command: the feature `generate` is for development.

mod answer;
mod answers;
mod forms;
mod man;
mod reference;
mod schema;

use std::iter::once;

use clap::builder::PossibleValuesParser;
use clap::{Args as _, Subcommand, ValueEnum};

use super::{GlobalOptions, html, report};
use crate::observe::catalog;
use crate::reason::Exit;

use answer::GenerateAnswer;

/// Commands that a packaged program does not have.
const UNPACKAGED: [&str; 2] = ["demo", "sandbox"];

/// What is written.
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Artifact {
    /// A man page.
    Man { section: ManSection },
    /// Completions for a shell.
    Completions { shell: clap_complete::Shell },
    /// The JSON Schema of the settings, or that of an answer in JSON.
    Schema {
        #[arg(default_value = SETTINGS, value_parser = PossibleValuesParser::new(once(SETTINGS).chain(answers::names())))]
        of: String,
    },
    /// The journal catalog.
    Catalog,
    /// The page of the documentation with all reasons.
    Reasons,
    /// A report as HTML, of an account that is made up.
    Report {
        /// With a table of users.
        #[arg(long)]
        show_users: bool,
    },
}

/// The man pages that are generated; that of the daemon is written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ManSection {
    /// Commands.
    #[value(name = "1")]
    Commands,
    /// Settings.
    #[value(name = "5")]
    Settings,
}

/// Writes one of them to standard output; `program` is the command line of this build.
pub(super) fn run(options: &GlobalOptions, kind: Artifact, program: &clap::Command) -> Exit {
    match text(kind, program) {
        Ok(text) => report::answer(options.json, &GenerateAnswer { text }, None, |answer| {
            answer.text.clone()
        }),
        Err(error) => report::broken("the text could not be generated", error, options.json),
    }
}

/// What has a schema beside the answers.
const SETTINGS: &str = "settings";

fn text(kind: Artifact, program: &clap::Command) -> Result<String, std::io::Error> {
    Ok(match kind {
        Artifact::Man {
            section: ManSection::Commands,
        } => man::commands(&packaged(program))?,
        Artifact::Man {
            section: ManSection::Settings,
        } => man::settings(&reference::sections()),
        Artifact::Completions { shell } => {
            let mut written = Vec::new();
            clap_complete::generate(shell, &mut packaged(program), "ghe-license-sync", &mut written);
            with_one_name(&String::from_utf8_lossy(&written))
        }
        Artifact::Schema { of } => {
            let schema = answers::schema(&of).unwrap_or_else(|| schema::schema(&reference::sections()));
            format!("{schema:#}\n")
        }
        Artifact::Catalog => catalog::journal_catalog(),
        Artifact::Reasons => catalog::reasons_page(),
        Artifact::Report { show_users } => html::example(show_users),
    })
}

/// clap-rs/clap#6421: for bash the name of a command with hyphens is written in two ways, and what is offered after a
/// subcommand is never found.
fn with_one_name(script: &str) -> String {
    script.replace("ghe__subcmd__license__subcmd__sync", "ghe__license__sync")
}

/// The command line as it is packaged, without what is hidden.
fn packaged(built: &clap::Command) -> clap::Command {
    let mut command = GlobalOptions::augment_args(clap::Command::new("ghe-license-sync"))
        .version(env!("CARGO_PKG_VERSION"))
        .propagate_version(true)
        .disable_help_subcommand(true)
        .subcommand_required(true);
    // After the options, whose own description would take its place.
    command = command
        .about(built.get_about().cloned().unwrap_or_default())
        .after_help(built.get_after_help().cloned().unwrap_or_default());
    let shown = |it: &&clap::Command| !it.is_hide_set() && !UNPACKAGED.contains(&it.get_name());
    command.subcommands(built.get_subcommands().filter(shown).cloned())
}
