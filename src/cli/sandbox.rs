//! `sandbox`: an enterprise server and a cloud account on loopback until Ctrl-C, with settings ready for use.

use std::path::{PathBuf, absolute};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::json::JsonAnswer;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, report};
use crate::advice;
use crate::reason::Exit;
use crate::sandbox::{self, InjectedFault, Sandbox};

#[derive(Debug, Args)]
pub(super) struct SandboxArguments {
    /// Where to write config.toml and credentials.
    #[arg(long, value_name = "DIR")]
    directory: PathBuf,
    /// How many accounts the enterprise server has.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Another seed makes other users.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Something that goes wrong, like `upload:503*2`, `report:202*3` or `status:pending*2`; can be repeated.
    #[arg(long = "fault", value_name = "SPEC")]
    faults: Vec<String>,
    /// Names and types of the list of consumed licenses: those of recorded answers, or those that GitHub published.
    #[arg(long, value_enum, default_value_t = SchemaArgument::Recorded)]
    schema: SchemaArgument,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SchemaArgument {
    Recorded,
    Published,
}

/// What an error says first.
const UNDONE: &str = "the sandbox was not started";

pub(super) async fn run(options: &GlobalOptions, arguments: &SandboxArguments) -> Exit {
    let json = options.json;
    let faults: Result<Vec<InjectedFault>, _> = arguments.faults.iter().map(|fault| fault.parse()).collect();
    let faults = match faults.map_err(Undone::because(UNDONE)) {
        Ok(faults) => faults,
        Err(error) => return report::failure(&error, json),
    };
    // Settings hold whole paths only, so that they mean the same wherever a command is started.
    let (mut stop, directory) = match Stop::listen().and_then(|stop| Ok((stop, absolute(&arguments.directory)?))) {
        Ok(ready) => ready,
        Err(error) => return report::broken(UNDONE, error, json),
    };
    let wanted = sandbox::SandboxOptions {
        users: arguments.users,
        seed: arguments.seed,
        faults,
        schema: match arguments.schema {
            SchemaArgument::Recorded => sandbox::LicenseSchema::Recorded,
            SchemaArgument::Published => sandbox::LicenseSchema::Published,
        },
    };
    let started = tokio::select! {
        started = Sandbox::start(wanted, &directory) => started.map_err(Undone::because(UNDONE)),
        () = stop.heard() => return Exit::Done,
    };
    let sandbox = match started {
        Ok(sandbox) => sandbox,
        Err(error) => return report::failure(&error, json),
    };
    let license_file = directory.join("license-usage.json");
    if let Err(error) = sandbox.export_license_usage(&license_file) {
        return report::broken(UNDONE, error, json);
    }
    let exit = report::answer(json, &SandboxAnswer::of(&sandbox), None, SandboxAnswer::in_words);
    stop.heard().await;
    sandbox.stop().await;
    exit
}

/// Where the made-up hosts are, and the settings for them.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct SandboxAnswer {
    server_url: String,
    cloud_url: String,
    /// The page on which a person uploads a file.
    license_page_url: String,
    /// The settings file.
    config: PathBuf,
}

impl JsonAnswer for SandboxAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/sandbox/1";
}

impl SandboxAnswer {
    fn of(sandbox: &Sandbox) -> Self {
        Self {
            server_url: sandbox.server_url().to_string(),
            cloud_url: sandbox.cloud_url().to_string(),
            license_page_url: sandbox.license_page(),
            config: sandbox.config_file().to_owned(),
        }
    }

    fn in_words(&self) -> String {
        format!(
            "server   {}\ncloud    {cloud}\nlicense  {}\nuploads  {cloud}_sandbox/uploads\n\
             ready    ghe-license-sync --config {} sync\nCtrl-C stops both\n",
            self.server_url,
            self.license_page_url,
            advice::quoted(&self.config.to_string_lossy()),
            cloud = self.cloud_url,
        )
    }
}
