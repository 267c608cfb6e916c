//! `check --offline`: checks the settings and the credentials, and shows what is in force. Connects to nothing.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::credential_store::CredentialStore;
use super::findings::{Finding, Surroundings, look_at, look_at_watch, textfile};
use super::gate_answer::GateAnswer;
use super::json::JsonAnswer;
use super::server_id::ServerId;
use super::undone::Undone;
use super::{GlobalOptions, report, session, state_directory, words, work};
use crate::clock::{Clock, SystemClock};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::{Effective, Settings};
use crate::store::StoreError;
use crate::sync::{self, Outlook, Survey, SyncSummary};
use crate::timestamp;

/// What is in force, and whether it can be used.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct CheckAnswer {
    good: bool,
    gate: GateAnswer,
    watch_gate: WatchGate,
    /// As whom root looked: the user of the service.
    user: Option<String>,
    #[serde(flatten)]
    server_id: ServerId,
    findings: Vec<Finding>,
    /// When the daemon syncs, while the gate is open.
    schedule: Option<SchedulePreview>,
    /// The settings in force, as TOML.
    settings: String,
}

impl JsonAnswer for CheckAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/check/1";
}

/// Whether the servers of the cloud account can be watched, which takes Connect alone.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
struct WatchGate {
    open: bool,
    /// Why not.
    detail: Option<String>,
}

impl WatchGate {
    fn of(settings: &Settings, findings: &[Finding]) -> Self {
        let detail = match settings.watch() {
            Err(why) => Some(why.to_string()),
            Ok(_) => (findings.iter())
                .find(|finding| finding.keeps_from_watching())
                .map(|finding| format!("{} is needed", finding.what)),
        };
        Self {
            open: detail.is_none(),
            detail,
        }
    }
}

/// The schedule in words, and what follows from it.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
struct SchedulePreview {
    sentence: String,
    /// When the next windows begin.
    #[serde(serialize_with = "timestamp::serialize")]
    next_windows_at: Vec<DateTime<Utc>>,
}

pub(super) fn run(options: &GlobalOptions) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let effective = match Effective::load(&sources).map_err(Undone::because("nothing was checked")) {
        Ok(effective) => effective.to_string(),
        Err(error) => return report::failure(&error, options.json),
    };
    // While Connect is off nothing is needed.
    let store = CredentialStore::look(&settings);
    let is_before_first_start = options.unit().is_some() && !settings.state_directory.exists();
    let user = match session::become_user_of_service(options, &settings, &sources) {
        Ok(user) => user,
        Err(exit) => return exit,
    };
    let surroundings = Surroundings {
        environment: &sources.environment,
        store,
        is_before_first_start,
        state_directory: &settings.state_directory,
        bound_to: None,
    };
    work(options, look(options, &settings, surroundings, user, effective))
}

async fn look(
    options: &GlobalOptions,
    settings: &Settings,
    surroundings: Surroundings<'_>,
    user: Option<String>,
    effective: String,
) -> Exit {
    let state = state_directory::look_at(&settings.state_directory, surroundings.is_before_first_start);
    // One that cannot be used is named with all the rest, and not looked into.
    let known = match state.reason {
        None => read(settings).await,
        Some(_) => Ok((SyncSummary::default(), None)),
    };
    let (standing, schedule) = match known.map_err(Undone::because("the state directory was not checked")) {
        Ok(known) => known,
        Err(error) => return report::failure(&error, options.json),
    };
    let surroundings = Surroundings {
        bound_to: standing.bound_to,
        ..surroundings
    };
    let mut findings = vec![state];
    match (settings.gate.pass(), settings.watch()) {
        (Ok(link), _) => findings.extend(look_at(link, surroundings)),
        (Err(_), Ok(watch)) => findings.extend(look_at_watch(watch, surroundings)),
        (Err(_), Err(_)) => {}
    }
    findings.extend(settings.metrics_textfile.as_deref().map(textfile));
    let answer = CheckAnswer {
        good: findings.iter().all(|finding| finding.reason.is_none()),
        gate: GateAnswer::from(&settings.gate),
        watch_gate: WatchGate::of(settings, &findings),
        user,
        server_id: ServerId::of(settings, &standing),
        findings,
        schedule,
        settings: effective,
    };
    let written = report::answer(options.json, &answer, None, |answer| in_words(settings, answer));
    answer
        .findings
        .iter()
        .find_map(|finding| finding.exit)
        .unwrap_or(written)
}

/// What the store says.
async fn read(settings: &Settings) -> Result<(SyncSummary, Option<SchedulePreview>), StoreError> {
    let Survey { standing, outlook, .. } = sync::survey(settings, SystemClock.now()).await?;
    Ok((standing, outlook.map(SchedulePreview::from)))
}

impl From<Outlook> for SchedulePreview {
    fn from(outlook: Outlook) -> Self {
        let following = outlook.timetable.next_runs(outlook.next_window, 2);
        Self {
            sentence: outlook.timetable.describe(),
            next_windows_at: std::iter::once(outlook.next_window).chain(following).collect(),
        }
    }
}

fn in_words(settings: &Settings, answer: &CheckAnswer) -> String {
    let mut text = answer.settings.clone();
    let _infallible = writeln!(text, "\ngate  {}", words::gate(&settings.gate));
    if answer.gate.reason == Some(Reason::LicenseSyncDisabled) {
        let _infallible = writeln!(text, "watch {}", watch(settings, answer));
    }
    if let Some(user) = &answer.user {
        let _infallible = writeln!(
            text,
            "user  {user}: root looked as the user of the service, who has to be able to read the settings and every file below"
        );
    }
    if let Some(id) = answer.server_id.in_words() {
        let _infallible = writeln!(text, "ID    {id}");
    }
    if let Some(plan) = &answer.schedule {
        let runs: Vec<_> = plan.next_windows_at.iter().map(|run| words::time(*run)).collect();
        let _infallible = writeln!(text, "when  {}\n      next: {}", plan.sentence, runs.join(", "));
    }
    for finding in &answer.findings {
        let mark = match (finding.good, finding.reason) {
            (true, _) => "good",
            (false, None) => "warn",
            (false, Some(_)) => "BAD ",
        };
        let _infallible = writeln!(text, "{mark}  {}: {}", finding.what, finding.found);
        if let Some(help) = &finding.help {
            let _infallible = writeln!(text, "      help: {help}");
        }
    }
    let bad = answer
        .findings
        .iter()
        .filter(|finding| finding.reason.is_some())
        .count();
    let stops = match settings.watch() {
        Ok(_) if !answer.gate.open => "the cloud account is not watched",
        _ => "a sync would send nothing",
    };
    let _infallible = match bad {
        0 if answer.gate.open => writeln!(
            text,
            "ready to sync, as far as this machine can check; no connection was opened"
        ),
        0 if answer.watch_gate.open => writeln!(
            text,
            "ready to watch, as far as this machine can check; what a sync needs is checked when the gate is open; no connection was opened"
        ),
        0 => writeln!(
            text,
            "what a sync needs is checked when the gate is open; no connection was opened"
        ),
        1 => writeln!(text, "1 thing cannot be used; {stops}"),
        n => writeln!(text, "{n} things cannot be used; {stops}"),
    };
    text
}

/// What an enabled Connect allows while license sync is off.
fn watch(settings: &Settings, answer: &CheckAnswer) -> String {
    match settings.watch() {
        Ok(_) if !answer.watch_gate.open => format!("off: {}", answer.watch_gate.detail.as_deref().unwrap_or_default()),
        Ok(watch) => format!(
            "on: the daemon asks {} each hour when each server of {} was last synced; nothing is collected or sent",
            watch.api_url, watch.enterprise
        ),
        Err(why) => format!("off: {why}; {}", why.help().unwrap_or_default()),
    }
}
