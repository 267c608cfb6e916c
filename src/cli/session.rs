//! What the commands share: settings from all layers, and the context of a run.

use std::sync::Arc;

use tokio::sync::Notify;

use super::privilege::PrivilegeError;
use super::report::Runs;
use super::undone::Undone;
use super::{GlobalOptions, privilege, report};
use crate::advice;
use crate::clock::{Clock, SystemClock};
use crate::explain::{Explain, chain};
use crate::observe;
use crate::observe::catalog::Milestone;
use crate::reason::Exit;
use crate::settings::{Environment, LiveSettings, Log, Settings, SettingsError, Source, Sources};
use crate::store::Role;
use crate::sync::{self, Context, RunProgress};

/// Where the settings come from.
pub(super) fn sources(options: &GlobalOptions) -> Sources {
    Sources {
        file: options.settings_file(),
        environment: Environment::of_process(),
        overrides: options.overrides.clone(),
    }
}

/// The settings in force, which every advised command names from now on.
pub(super) fn accept(sources: &Sources) -> Result<Settings, SettingsError> {
    let settings = Settings::load(sources)?;
    advice::repeat(sources.environment.settings(), &sources.overrides);
    if settings
        .gate
        .pass()
        .is_ok_and(|link| matches!(link.server.source, Source::Input))
    {
        advice::give_input();
    }
    Ok(settings)
}

/// The same, after logging was started; or the exit code when they are wrong.
pub(super) fn load(options: &GlobalOptions) -> Result<(Settings, Sources), Exit> {
    let sources = sources(options);
    let settings = accept(&sources).map_err(Undone::because("nothing was done"));
    if options.verbose {
        let log = settings
            .as_ref()
            .map_or_else(|_| Log::default(), |settings| settings.log);
        observe::start_logging(log, &sources.environment);
    } else {
        observe::keep_warnings();
    }
    match settings {
        Ok(settings) => Ok((settings, sources)),
        Err(error) => Err(fail(&error, options, &sources.environment)),
    }
}

/// The same for a command that looks or decides: a process of root is one of the state directory's owner from then on.
pub(super) fn load_as_owner(options: &GlobalOptions) -> Result<(Settings, Sources), Exit> {
    let (settings, sources) = load(options)?;
    become_owner(options, &settings, &sources)?;
    Ok((settings, sources))
}

/// Gives up root for the owner of the state directory; or the exit code when that is not possible.
pub(super) fn become_owner(options: &GlobalOptions, settings: &Settings, sources: &Sources) -> Result<(), Exit> {
    let became = privilege::become_owner(options, &settings.state_directory);
    or_exit(became, options, sources).map(|_| ())
}

/// The same, or for the user that the service will have if there is no state directory yet. Returns the user.
pub(super) fn become_user_of_service(
    options: &GlobalOptions,
    settings: &Settings,
    sources: &Sources,
) -> Result<Option<String>, Exit> {
    let became = privilege::become_user_of_service(options, &settings.state_directory);
    or_exit(became, options, sources)
}

fn or_exit<T>(became: Result<T, PrivilegeError>, options: &GlobalOptions, sources: &Sources) -> Result<T, Exit> {
    became
        .map_err(Undone::because("nothing was done"))
        .map_err(|error| fail(&error, options, &sources.environment))
}

/// Whether the journal gets the log of this command.
pub(super) fn logs_to_journal(options: &GlobalOptions, environment: &Environment) -> bool {
    options.verbose && observe::is_standard_error_in_journal(environment)
}

/// Reports a failure: in the journal as a record that is found by its reason, elsewhere as text.
pub(super) fn fail(error: &impl Explain, options: &GlobalOptions, environment: &Environment) -> Exit {
    fail_of(Runs::default(), error, options, environment)
}

/// The same for an error about runs. That an earlier one was brought to its end before, `error` says as well.
pub(super) fn fail_of(runs: Runs, error: &impl Explain, options: &GlobalOptions, environment: &Environment) -> Exit {
    if logs_to_journal(options, environment) {
        observe::log_failure(error);
        report::logged_failure(error, runs, options.json)
    } else {
        report::failure_of(error, runs, options.json)
    }
}

/// Everything a run works with.
pub(super) fn context(settings: &Settings, sources: Sources, progress: Arc<dyn RunProgress>) -> Context {
    Context {
        state_directory: settings.state_directory.clone(),
        environment: sources.environment.clone(),
        settings: LiveSettings::following(sources, settings),
        clock: Arc::new(SystemClock),
        progress,
        role: Role::Sync,
        nudge: Notify::new(),
    }
}

/// Writes the metrics after a command changed something; a failure is only logged.
pub(super) async fn publish_metrics(settings: &Settings) {
    if let Err(error) = sync::publish_metrics(settings, SystemClock.now()).await {
        tracing::warn!(
            message_id = Milestone::MetricsUnwritable.message_id(),
            "{}",
            chain(&error)
        );
    }
}
