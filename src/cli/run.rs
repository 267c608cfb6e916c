//! `run`: the daemon in the foreground; what systemd starts.

use super::credential_store::CredentialStore;
use super::findings::{Surroundings, look_at};
use super::{Options, privilege, session, work};
use crate::advice;
use crate::daemon::{self, Systemd};
use crate::explain::{Explain, chain};
use crate::observe;
use crate::reason::Exit;
use crate::settings::{Environment, Gate, Log, Settings, Sources, unit_of};

pub(super) fn run(options: &Options) -> Exit {
    let sources = session::sources(options);
    let settings = match session::accept(&sources) {
        Ok(settings) => settings,
        Err(error) => {
            observe::start_logging(Log::default(), &sources.environment);
            return refuse_to_start(&error);
        }
    };
    observe::start_logging(settings.log, &sources.environment);
    // Root reads the messages of the service.
    if let (true, Some(unit)) = (
        sources.environment.get("NOTIFY_SOCKET").is_some(),
        unit_of(&options.settings_file()),
    ) {
        advice::leave_sync_to(advice::signal(&unit));
    }
    match privilege::refuse_foreign(options, &settings.state_directory, "run") {
        Ok(()) => work(serve(&settings, sources)),
        Err(error) => refuse_to_start(&error),
    }
}

async fn serve(settings: &Settings, sources: Sources) -> Exit {
    if let Some(exit) = refuse(settings, &sources.environment) {
        return exit;
    }
    match daemon::run(settings, sources).await {
        Ok(()) => Exit::Done,
        Err(error) => refuse_to_start(&error),
    }
}

/// Tells the service manager. What journald comes to read when the process is gone already, it cannot file under the
/// unit; the line of status is there in any case.
fn tell_in_one_line(why: &str) {
    let line = why.lines().next().unwrap_or_default();
    Systemd::of_process().status(&format!("did not start: {line}"));
}

/// One record with all that there is to say.
fn refuse_to_start(error: &impl Explain) -> Exit {
    tell_in_one_line(&chain(error));
    let more: Vec<_> = [error.details(), error.help()]
        .into_iter()
        .flatten()
        .map(|text| format!("\n{text}"))
        .collect();
    tracing::error!(reason = %error.reason(), "the daemon did not start: {}{}", chain(error), more.concat());
    error.exit()
}

/// Looks at credentials and trust roots before anybody believes that the daemon is ready: they come with the start and
/// do not mend themselves. Tells of each that is bad.
fn refuse(settings: &Settings, environment: &Environment) -> Option<Exit> {
    let Gate::Open(link) = &settings.gate else { return None };
    let mut exit = None;
    let surroundings = Surroundings {
        environment,
        store: CredentialStore::default(),
        is_before_first_start: false,
    };
    for finding in look_at(link, surroundings) {
        let Some(reason) = finding.reason else { continue };
        if exit.is_none() {
            tell_in_one_line(&format!("{}: {}", finding.what, finding.found));
            exit = finding.exit;
        }
        let help = finding.help.map(|help| format!("; {help}")).unwrap_or_default();
        tracing::error!(%reason, "the daemon did not start: {}: {}{help}", finding.what, finding.found);
    }
    exit
}
