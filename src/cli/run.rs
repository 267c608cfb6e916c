//! `run`: the daemon in the foreground; what systemd starts.

use super::findings::look_at;
use super::{Options, report, session};
use crate::daemon;
use crate::observe;
use crate::reason::Exit;
use crate::settings::{Environment, Gate, Settings};

pub(super) async fn run(options: &Options) -> Exit {
    let sources = session::sources(options);
    let settings = match Settings::load(&sources) {
        Ok(settings) => settings,
        Err(error) => return report::failure(&error, options.json),
    };
    observe::start_logging(settings.log, &sources.environment);
    if let Some(exit) = refuse(&settings, &sources.environment) {
        return exit;
    }
    #[cfg(feature = "failpoints")]
    let _scenario = fail::FailScenario::setup();
    match daemon::run(&settings, sources).await {
        Ok(()) => Exit::Done,
        Err(error) => report::failure(&error, options.json),
    }
}

/// Looks at credentials and trust roots before anybody believes that the daemon is ready: they come with the start and
/// do not mend themselves. Tells of each that is bad.
fn refuse(settings: &Settings, environment: &Environment) -> Option<Exit> {
    let Gate::Open(link) = &settings.gate else { return None };
    let mut exit = None;
    for finding in look_at(link, environment) {
        let Some(reason) = finding.reason else { continue };
        exit.get_or_insert(reason.exit());
        let help = finding.help.map(|help| format!("; {help}")).unwrap_or_default();
        tracing::error!(%reason, "the daemon did not start: {}: {}{help}", finding.what, finding.found);
    }
    exit
}
