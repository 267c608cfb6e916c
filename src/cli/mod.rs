//! The command line: one file a command. Only this module prints: answers go to standard output, diagnostics to standard error.

#[cfg(all(test, feature = "sandbox"))]
mod advised;
mod answer_format;
mod approve;
mod approver;
mod cancelled;
mod check;
mod cloud_record;
mod cloud_status;
mod command_line;
mod counts;
mod credential_store;
mod decision;
#[cfg(feature = "sandbox")]
mod demo;
mod discard;
mod ending;
mod explain;
mod export;
mod findings;
mod gate_answer;
#[cfg(feature = "generate")]
mod generate;
mod global_options;
mod growth;
mod held_answer;
mod history;
mod html;
mod json;
mod license_row;
mod licenses;
mod licenses_csv;
mod licenses_failure;
mod licenses_sheet;
mod licenses_table;
mod numbers;
mod preview;
mod privilege;
mod progress;
#[cfg(all(test, feature = "sandbox"))]
mod readme;
mod report;
mod report_answer;
mod report_arguments;
mod review;
mod run;
mod runtime;
#[cfg(feature = "sandbox")]
mod sandbox;
mod server_id;
mod session;
mod state_directory;
mod status;
mod stop;
mod sync;
mod undone;
mod upload;
mod whole_text;
mod words;

use std::ffi::OsString;

use clap::error::ErrorKind;

use command_line::{Cli, Command, asks_for_json, parse};
use global_options::GlobalOptions;
use runtime::{work, work_on_one_thread};

use crate::reason::Exit;

/// Runs the command line and returns the exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let json = asks_for_json(&arguments);
    match parse(arguments) {
        Ok(cli) => {
            cli.options.select();
            dispatch(cli)
        }
        Err(error) => usage(&error, json),
    }
}

fn dispatch(Cli { options, command }: Cli) -> Exit {
    match command {
        Command::Run => run::run(&options),
        Command::Sync { dry_run, scheduled } => {
            let kind = match (dry_run, scheduled) {
                (true, _) => sync::SyncKind::DryRun,
                (_, true) => sync::SyncKind::Scheduled,
                _ => sync::SyncKind::Now,
            };
            sync::run(&options, kind)
        }
        Command::Upload(arguments) => upload::run(&options, arguments),
        Command::Review { show_users } => review::run(&options, show_users),
        Command::Approve { digest } => approve::run(&options, &digest),
        Command::Discard { digest } => discard::run(&options, &digest),
        Command::Status { cloud } => status::run(&options, cloud),
        Command::Export(arguments) => export::run(&options, &arguments),
        Command::Check { offline: _ } => check::run(&options),
        Command::History { limit, format } => history::run(&options, limit, format),
        Command::Report(arguments) => licenses::run(options, &arguments),
        Command::Explain(arguments) => explain::run(options, &arguments),
        #[cfg(feature = "generate")]
        Command::Generate { kind } => generate::run(&options, kind, &<Cli as clap::CommandFactory>::command()),
        #[cfg(feature = "sandbox")]
        Command::Demo(arguments) => work(&options, demo::run(&options, &arguments)),
        #[cfg(feature = "sandbox")]
        Command::Sandbox(arguments) => work(&options, sandbox::run(&options, &arguments)),
    }
}

fn usage(error: &clap::Error, json: bool) -> Exit {
    let printed = error.print();
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return report::after_answer(printed.as_ref().err(), None);
    }
    // Of an error, nobody is left to tell when the terminal is gone.
    report::usage(&error.to_string(), json)
}
