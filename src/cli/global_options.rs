//! The options that every command takes.

use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};

use crate::advice;
use crate::settings::{Environment, Instance, unit_of};

/// The settings file of the service.
const SETTINGS_FILE: &str = "/etc/ghe-license-sync/config.toml";

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "For every command")]
pub(super) struct GlobalOptions {
    /// The settings file.
    #[arg(long, global = true, value_name = "FILE", env = "GHE_LICENSE_SYNC_CONFIG")]
    #[arg(default_value = SETTINGS_FILE, value_hint = ValueHint::FilePath)]
    pub(super) config: PathBuf,
    /// One of several servers: /etc/ghe-license-sync/NAME.toml, and a state directory of its own.
    #[arg(long, global = true, value_name = "NAME", value_hint = ValueHint::Other)]
    pub(super) instance: Option<Instance>,
    /// Sets one key over file and environment, like `--set log.level=debug`.
    #[arg(long = "set", global = true, value_name = "KEY=VALUE", value_hint = ValueHint::Other)]
    pub(super) overrides: Vec<String>,
    /// Writes the log to standard error as well.
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
    /// Answers in JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl GlobalOptions {
    /// The settings file that is named, in one way or the other.
    pub(super) fn settings_file(&self) -> PathBuf {
        (self.instance.as_ref()).map_or_else(|| self.config.clone(), Instance::settings_file)
    }

    /// The unit that works on the same state: none for a state directory that the unit does not name.
    pub(super) fn unit(&self) -> Option<String> {
        let key = "state.directory";
        let moved = || {
            self.overrides
                .iter()
                .any(|set| set.split_once('=').is_some_and(|(path, _)| path == key))
        };
        if moved() || Environment::of_process().sets(key) {
            return None;
        }
        unit_of(&self.settings_file())
    }

    /// The commands that are advised name the same settings, unless they would be found without that.
    pub(super) fn select(&self) {
        match &self.instance {
            Some(instance) => advice::select("--instance", &instance.to_string()),
            None if self.config == Path::new(SETTINGS_FILE) => {}
            None => {
                // The operator who types it may be in another directory.
                let file = std::path::absolute(&self.config).unwrap_or_else(|_| self.config.clone());
                advice::select("--config", &file.to_string_lossy());
            }
        }
    }
}
