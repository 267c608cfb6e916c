//! The command line: one file a command. Only this module prints: answers to standard output, talk to standard error.

mod check;
#[cfg(feature = "sandbox")]
mod demo;
mod history;
mod progress;
mod report;
mod run;
#[cfg(feature = "sandbox")]
mod sandbox;
mod session;
mod status;
mod sync;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use crate::reason::Exit;

/// Tells a GitHub Enterprise Cloud account who consumes a license on a GitHub Enterprise Server.
#[derive(Debug, Parser)]
#[command(name = "ghe-license-sync", version, about, propagate_version = true)]
#[command(
    after_help = "Exit codes: 0 done, 3 gate closed, 4 held, 5 stale or failing, 64 usage, 65 bad data, \
    69 unavailable, 70 internal, 74 input or output, 75 not delivered yet, 77 credentials, 78 settings"
)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Options {
    /// The settings file.
    #[arg(long, global = true, value_name = "FILE", env = "GHE_LICENSE_SYNC_CONFIG")]
    #[arg(default_value = "/etc/ghe-license-sync/config.toml")]
    config: PathBuf,
    /// Sets one key over file and environment, like `--set log.level=debug`.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE")]
    overrides: Vec<String>,
    /// Writes the log to standard error as well.
    #[arg(long, short, global = true)]
    verbose: bool,
    /// Answers in JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs the daemon in the foreground: a sync each week, as the schedule says.
    Run,
    /// Runs one sync now: collect, freeze, send, confirm.
    Sync {
        /// Stops before freezing and shows what would be sent, in counts.
        #[arg(long)]
        dry_run: bool,
    },
    /// Shows the gate, the last runs, the outbox and the health.
    Status,
    /// Checks the settings and the credentials, and shows what is in force.
    Check {
        /// Connects to nothing.
        #[arg(long, required = true)]
        offline: bool,
    },
    /// Lists past runs, the newest first.
    History {
        /// How many runs at most.
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        limit: u32,
    },
    /// Shows the whole job against an enterprise server and a cloud account of its own, on loopback.
    #[cfg(feature = "sandbox")]
    Demo(demo::Arguments),
    /// Serves an enterprise server and a cloud account on loopback, with settings ready for use.
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Arguments),
}

/// Runs the command line and tells the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return report::broken("the program could not be started", &error),
    };
    let exit = runtime.block_on(dispatch(cli));
    // A thread that still compresses what nobody wants any more does not keep the process.
    runtime.shutdown_background();
    exit
}

async fn dispatch(Cli { options, command }: Cli) -> Exit {
    match command {
        Command::Run => run::run(&options).await,
        Command::Sync { dry_run } => sync::run(&options, dry_run).await,
        Command::Status => status::run(&options).await,
        Command::Check { offline: _ } => check::run(&options),
        Command::History { limit } => history::run(&options, limit).await,
        #[cfg(feature = "sandbox")]
        Command::Demo(arguments) => demo::run(&options, &arguments).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => sandbox::run(options.json, &arguments).await,
    }
}

fn usage(error: &clap::Error) -> Exit {
    let wrong = !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    // Nobody is left to tell when the terminal is gone.
    let _gone = error.print();
    if wrong { Exit::Usage } else { Exit::Done }
}
