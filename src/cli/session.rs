//! What the commands share: settings from all layers, and the context of a run.

use std::sync::Arc;

use super::undone::Undone;
use super::{Options, report};
use crate::clock::SystemClock;
use crate::observe;
use crate::reason::Exit;
use crate::settings::{Environment, LiveSettings, Settings, Sources};
use crate::sync::{Context, Progress};

/// Where the settings come from.
pub(super) fn sources(options: &Options) -> Sources {
    Sources {
        file: options.config.clone(),
        environment: Environment::of_process(),
        overrides: options.overrides.clone(),
    }
}

/// The settings in force, after logging was started; or the exit code when they are wrong.
pub(super) fn load(options: &Options) -> Result<(Settings, Sources), Exit> {
    let sources = sources(options);
    let settings = Settings::load(&sources).map_err(Undone::because("nothing was done"));
    let settings = settings.map_err(|error| report::failure(&error, options.json))?;
    if options.verbose {
        observe::start_logging(settings.log, &sources.environment);
    }
    Ok((settings, sources))
}

/// Everything a run works with.
pub(super) fn context(settings: &Settings, sources: Sources, progress: Arc<dyn Progress>) -> Context {
    Context {
        state_directory: settings.state_directory.clone(),
        environment: sources.environment.clone(),
        settings: LiveSettings::following(sources, settings),
        clock: Arc::new(SystemClock),
        progress,
    }
}
