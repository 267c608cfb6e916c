//! `run`: the daemon in the foreground; what systemd starts.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::credential_store::CredentialStore;
use super::findings::{Finding, Surroundings, look_at};
use super::json::JsonAnswer;
use super::report::Runs;
use super::undone::Undone;
use super::{GlobalOptions, privilege, report, session, work};
use crate::advice;
use crate::clock::{Clock, SystemClock};
use crate::daemon::{self, Systemd};
use crate::explain::{Explain, chain, with_help};
use crate::observe;
use crate::reason::{Exit, Reason};
use crate::settings::{Collector, Environment, Gate, Log, Settings, Sources, unit_of};
use crate::timestamp;

pub(super) fn run(options: &GlobalOptions) -> Exit {
    let sources = session::sources(options);
    let settings = match session::accept(&sources) {
        Ok(settings) => settings,
        Err(error) => {
            observe::start_logging(Log::default(), &sources.environment);
            return refuse_to_start(error, options);
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
        Ok(()) => work(options, serve(options, &settings, sources)),
        Err(error) => refuse_to_start(error, options),
    }
}

async fn serve(options: &GlobalOptions, settings: &Settings, sources: Sources) -> Exit {
    if let Err(error) = settings.make_sure_of_input(Collector::Daemon) {
        return refuse_to_start(error, options);
    }
    if let Some(error) = refuse(settings, &sources.environment) {
        return report::answer_failure(&error, Runs::default(), options.json);
    }
    let started_at = SystemClock.now();
    match daemon::run(settings, sources).await {
        Ok(()) if options.json => {
            let stopped_at = SystemClock.now();
            report::answer(true, &RunAnswer { started_at, stopped_at }, None, |_| String::new())
        }
        Ok(()) => Exit::Done,
        Err(error) => refuse_to_start(error, options),
    }
}

/// The daemon was stopped by a signal.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct RunAnswer {
    #[serde(serialize_with = "timestamp::serialize")]
    started_at: DateTime<Utc>,
    #[serde(serialize_with = "timestamp::serialize")]
    stopped_at: DateTime<Utc>,
}

impl JsonAnswer for RunAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/run/1";
}

/// Notifies the service manager. What journald reads after the process has ended, it cannot file under the
/// unit; the line of status is there in any case.
fn tell_in_one_line(why: &str) {
    let line = why.lines().next().unwrap_or_default();
    Systemd::of_process().status(&format!("did not start: {line}"));
}

/// One record with all that there is to say. Only an excerpt of the settings has lines of its own.
fn refuse_to_start(error: impl Explain, options: &GlobalOptions) -> Exit {
    tell_in_one_line(&chain(&error));
    let details = error.details().map(|text| format!("\n{text}"));
    let separator = if details.is_some() { "\n" } else { "; " };
    let help = error.help().map(|text| format!("{separator}{text}"));
    let more = [details, help].map(Option::unwrap_or_default);
    let error = Undone::because("the daemon did not start")(error);
    tracing::error!(reason = %error.reason(), "{}{}", chain(&error), more.concat());
    report::answer_failure(&error, Runs::default(), options.json)
}

/// Checks credentials and trust roots before the daemon reports that it is ready: they come with the start and
/// are not fixed by waiting. Reports each that is bad, and returns the first.
fn refuse(settings: &Settings, environment: &Environment) -> Option<Unusable> {
    let Gate::Open(link) = &settings.gate else { return None };
    let mut first = None;
    let surroundings = Surroundings {
        environment,
        store: CredentialStore::default(),
        is_before_first_start: false,
        state_directory: &settings.state_directory,
        bound_to: None,
    };
    for finding in look_at(link, surroundings) {
        let Some(reason) = finding.reason else { continue };
        let help = with_help(finding.help.as_deref());
        let error = Unusable { finding, reason };
        if first.is_none() {
            tell_in_one_line(&format!("{}: {}", error.finding.what, error.finding.found));
        }
        tracing::error!(%reason, "{error}{help}");
        first.get_or_insert(error);
    }
    first
}

/// Something that a sync needs and that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the daemon did not start: {}: {}", finding.what, finding.found)]
struct Unusable {
    finding: Finding,
    reason: Reason,
}

impl Explain for Unusable {
    fn reason(&self) -> Reason {
        self.reason
    }

    fn other_exit(&self) -> Option<Exit> {
        self.finding.exit
    }

    fn help(&self) -> Option<String> {
        self.finding.help.clone()
    }
}
