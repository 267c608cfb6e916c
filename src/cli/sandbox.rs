//! `sandbox`: an enterprise server and a cloud account on loopback until Ctrl-C, with settings ready for use.

use std::path::PathBuf;

use clap::Args;

use super::report;
use super::sync::stop_signal;
use crate::reason::Exit;
use crate::sandbox::{self, Fault, Sandbox};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where to write config.toml and credentials.
    #[arg(long, value_name = "DIR")]
    directory: PathBuf,
    /// How many accounts the enterprise server has.
    #[arg(long, default_value_t = 1000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    users: u32,
    /// Another seed gives other people.
    #[arg(long, default_value_t = 1, value_name = "S")]
    seed: u64,
    /// Something that goes wrong, like `upload:503*2`, `report:202*3` or `status:pending*2`; can be repeated.
    #[arg(long = "fault", value_name = "SPEC")]
    faults: Vec<String>,
}

pub(super) async fn run(json: bool, arguments: &Arguments) -> Exit {
    let faults: Result<Vec<Fault>, _> = arguments.faults.iter().map(|fault| fault.parse()).collect();
    let faults = match faults {
        Ok(faults) => faults,
        Err(error) => return report::failure(&error, json),
    };
    let options = sandbox::Options {
        users: arguments.users,
        seed: arguments.seed,
        faults,
    };
    let sandbox = match Sandbox::start(options, &arguments.directory).await {
        Ok(sandbox) => sandbox,
        Err(error) => return report::failure(&error, json),
    };
    let exit = announce(json, &sandbox);
    stop_signal().await;
    sandbox.stop().await;
    exit
}

fn announce(json: bool, sandbox: &Sandbox) -> Exit {
    let (server, cloud, config) = (sandbox.server_url(), sandbox.cloud_url(), sandbox.config_file());
    if json {
        return report::answer_json(&serde_json::json!({ "server": server, "cloud": cloud, "config": config }));
    }
    report::answer(&format!(
        "server  {server}\ncloud   {cloud}\nready   ghe-license-sync --config {} sync\n",
        config.display()
    ))
}
