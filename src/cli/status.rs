//! `status`: the gate, the last runs, the outbox and the health in one word. Exit code 5 when it is stale or failing,
//! or with `--cloud` when another server is.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::cloud_record;
use super::cloud_status::{self, CloudStatus, CloudStatusQuery};
use super::gate_answer::GateAnswer;
use super::json::JsonAnswer;
use super::server_id::ServerId;
use super::undone::Undone;
use super::{GlobalOptions, growth, report, session, words, work};
use crate::advice;
use crate::clock::{Clock, SystemClock};

use crate::license::Growth;
use crate::plain::escaped;
use crate::reason::Exit;
use crate::settings::{Environment, Settings, Sources, unit_of};
use crate::store::{CloudRecord, Daemon, Holder, Pruned, Run, State, StoreError};
use crate::sync::{self, Health, Next, Survey, SyncSummary, health};
use crate::timestamp;

/// Where everything stands.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct StatusAnswer {
    gate: GateAnswer,
    health: Health,
    /// The daemon of the state directory, if one is seen.
    daemon: Option<DaemonStatus>,
    #[serde(flatten)]
    standing: SyncSummary,
    #[serde(flatten)]
    server_id: ServerId,
    /// Of the confirmed lists for the destination.
    growth: Growth,
    /// When the next window begins that no run serves, while the gate is open; now if one is due.
    #[serde(serialize_with = "timestamp::serialize")]
    next_window_at: Option<DateTime<Utc>>,
    /// What the daemon does next, while the gate is open.
    #[serde(skip)]
    next: Option<Next>,
    /// What the cloud says, if it is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud: Option<CloudStatus>,
    /// What the cloud said when the daemon asked it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<CloudRecord>,
}

impl JsonAnswer for StatusAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/status/1";
}

#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
struct DaemonStatus {
    pid: Option<u32>,
    #[serde(serialize_with = "timestamp::serialize")]
    since: Option<DateTime<Utc>>,
    /// Whether it works with the settings that this answer is about.
    has_these_settings: bool,
}

pub(super) fn run(options: &GlobalOptions, cloud: bool) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    // Root may be the only one who can read the token.
    let question = match cloud
        .then(|| CloudStatusQuery::prepare(&settings, &sources))
        .transpose()
    {
        Ok(question) => question,
        Err(error) => return cloud_status::fail(error, options, &sources),
    };
    if let Err(exit) = session::become_owner(options, &settings, &sources) {
        return exit;
    }
    work(options, show(options, &settings, &sources, question))
}

async fn show(
    options: &GlobalOptions,
    settings: &Settings,
    sources: &Sources,
    question: Option<CloudStatusQuery>,
) -> Exit {
    let answers = match &question {
        Some(question) => match question.ask().await {
            Ok(answers) => Some((question, answers)),
            Err(error) => return cloud_status::fail(error, options, sources),
        },
        None => None,
    };
    let now = SystemClock.now();
    let read = async {
        if let Some((_, answers)) = &answers {
            sync::follow_listing(settings, answers, now).await?;
        }
        let mut status = read(settings, now).await?;
        if let Some((question, answers)) = &answers {
            status.cloud = Some(question.judge(settings, answers).await?);
        }
        Ok::<_, StoreError>(status)
    };
    let status = match read.await.map_err(Undone::because("the status is not known")) {
        Ok(status) => status,
        Err(error) => return report::failure(&error, options.json),
    };
    let written = report::answer(options.json, &status, None, |status| {
        in_words(settings, &sources.environment, status, now)
    });
    match status.health {
        Health::Stale | Health::Failing => Exit::Unhealthy,
        Health::Held => Exit::Held,
        _ if status.cloud.as_ref().is_some_and(CloudStatus::is_alarming) => Exit::Unhealthy,
        Health::Healthy | Health::Disabled => written,
    }
}

async fn read(settings: &Settings, now: DateTime<Utc>) -> Result<StatusAnswer, StoreError> {
    let Survey {
        standing,
        outlook,
        growth,
        cloud: watch,
    } = sync::survey(settings, now).await?;
    let gate = GateAnswer::from(&settings.gate);
    Ok(StatusAnswer {
        daemon: standing.daemon.as_ref().map(|daemon| DaemonStatus {
            pid: daemon.process.pid,
            since: daemon.process.since,
            has_these_settings: !daemon.has_other_settings(settings.digest()),
        }),
        health: health(gate.open, &standing, now),
        gate,
        server_id: ServerId::of(settings, &standing),
        standing,
        growth,
        next_window_at: outlook.as_ref().map(|outlook| outlook.next_window),
        next: outlook.map(|outlook| outlook.next),
        cloud: None,
        watch,
    })
}

fn in_words(settings: &Settings, environment: &Environment, status: &StatusAnswer, now: DateTime<Utc>) -> String {
    let run = |run: &Option<Run>, none: &str| run.as_ref().map_or_else(|| none.to_owned(), words::run);
    let mut text = String::new();
    let mut line = |name: &str, told: &str| text.push_str(&format!("{name:<15} {told}\n"));
    line("gate", &words::gate(&settings.gate));
    line("health", &judgement(status, now));
    let standing = &status.standing;
    if let Some(id) = status.server_id.in_words() {
        line("server ID", &id);
    }
    if let Some(holder) = &standing.running {
        line("running", &at_work(holder));
    }
    let is_other = |daemon: &&Daemon| daemon.has_other_settings(settings.digest());
    if let Some(daemon) = standing.daemon.as_ref().filter(is_other) {
        line("daemon", &with_other_settings(daemon, settings));
    }
    line("last run", &run(&standing.last_run, "none yet"));
    let counted = standing.last_run.as_ref().map(words::users).unwrap_or_default();
    for (at, told) in counted.iter().enumerate() {
        line(if at == 0 { "counted" } else { "" }, told);
    }
    line("last confirmed", &run(&standing.last_confirmed, "none yet"));
    if let Some(told) = growth::in_words(&status.growth) {
        line("growth", &told);
    }
    let waiting = standing.outbox.as_ref();
    line(
        "outbox",
        &waiting.map_or_else(|| "empty".to_owned(), |it| outbox(standing, it)),
    );
    if let Some(held) = &standing.held {
        line(
            "held",
            &match standing.is_in_force(held) {
                true => words::held(held),
                false => words::run(held) + &fate(standing, held),
            },
        );
    }
    if let Some(written) = &standing.written {
        line("upload", &upload(settings, environment, status, written));
    }
    if let Some(next) = status.next_window_at {
        line("next window", &next_window(next, status, now));
    }
    if let Some(detail) = standing.last_run.as_ref().and_then(|run| run.detail.as_ref()) {
        line("because", &escaped(detail));
    }
    if let Some(pruned) = &standing.pruned {
        line("history", &deleted(pruned));
    }
    if let Some(next) = next_step(status) {
        line("next", &next);
    }
    for (name, told) in of_cloud(status, now) {
        line(name, &told);
    }
    text
}

/// What the cloud says, or what it said when the daemon asked it last.
fn of_cloud(status: &StatusAnswer, now: DateTime<Utc>) -> Vec<(&'static str, String)> {
    let (name, lines) = match (&status.cloud, &status.watch) {
        (Some(cloud), _) => ("cloud", cloud.lines()),
        (None, Some(record)) => ("watch", cloud_record::lines(record, now)),
        (None, None) => return Vec::new(),
    };
    let names = std::iter::once(name).chain(std::iter::repeat(""));
    names.zip(lines).collect()
}

/// Since when which process has the state directory.
fn at_work(holder: &Holder) -> String {
    let since = holder.since.map(|since| format!("since {}, ", words::time(since)));
    format!("{}by {holder}", since.unwrap_or_default())
}

/// The line about a daemon to which not all of the rest applies.
fn with_other_settings(daemon: &Daemon, settings: &Settings) -> String {
    let reload = match unit_of(&settings.file) {
        Some(unit) => format!("`systemctl reload {unit}`"),
        None => "SIGHUP".to_owned(),
    };
    format!(
        "{} works with other settings than these: if the settings file was changed, {reload} applies it",
        daemon.process
    )
}

/// What happens to a run that is not for the destination in force.
fn fate(standing: &SyncSummary, run: &Run) -> String {
    match standing.is_in_force(run) {
        true => String::new(),
        false => format!(", for {}: discarded by the next run", run.destination),
    }
}

fn outbox(standing: &SyncSummary, run: &Run) -> String {
    let interrupted = match (standing.is_interrupted(run), run.state) {
        (false, _) => "",
        (true, State::Collecting) => ", interrupted: nothing was frozen, the next run collects anew",
        (true, _) => ", interrupted: the next run continues it",
    };
    words::run(run) + interrupted + &fate(standing, run)
}

/// The file that waits, what is known of its upload, and who finds out more.
fn upload(settings: &Settings, environment: &Environment, status: &StatusAnswer, written: &Run) -> String {
    let waits = words::waiting_file(written);
    match status.standing.is_in_force(written) {
        true => format!("{waits}; {}", what_is_known(settings, environment, status, written)),
        false => waits + &fate(&status.standing, written),
    }
}

fn what_is_known(settings: &Settings, environment: &Environment, status: &StatusAnswer, written: &Run) -> String {
    let asked = match (&status.cloud, &status.watch) {
        (Some(cloud), _) => Some(cloud.at()),
        (None, Some(record)) => record.answered_at,
        (None, None) => None,
    };
    match (settings.watch(), asked) {
        (Err(why), _) => format!("nobody will know whether it was uploaded: {why}"),
        (Ok(_), Some(at)) => format!("not uploaded as far as the cloud listed at {}", words::time(at)),
        (Ok(watch), None) => match sync::why_unseen(Some(watch), environment, &written.destination) {
            Some(why) => words::unseen(why),
            None => format!(
                "{} asks the cloud whether it was uploaded",
                advice::command("status --cloud")
            ),
        },
    }
}

/// What is missing at the end of the history.
fn deleted(pruned: &Pruned) -> String {
    format!(
        "runs deleted because of their age: {}, which began from {} to {}",
        words::count(pruned.runs),
        words::time(pruned.oldest),
        words::time(pruned.newest)
    )
}

/// What continues the outbox, unless a process does already.
fn next_step(status: &StatusAnswer) -> Option<String> {
    let standing = &status.standing;
    let run = standing.outbox.as_ref().filter(|run| standing.is_in_force(run))?;
    if !status.gate.open || standing.running.is_some() {
        return None;
    }
    if run.state == State::Collecting {
        return Some(format!("{} collects anew at once", advice::sync()));
    }
    let later = match (&status.next, run.next_attempt_at) {
        (Some(Next::Wait(_)), Some(time)) => format!("; without it, nothing is done until {}", words::time(time)),
        _ => String::new(),
    };
    Some(format!("{} continues with the outbox at once{later}", advice::sync()))
}

/// When the next window begins, or when a window that is due is tried again.
fn next_window(begins: DateTime<Utc>, status: &StatusAnswer, now: DateTime<Utc>) -> String {
    match &status.next {
        _ if begins > now => words::time(begins),
        _ if status.standing.running.is_some() => "due; a run is under way".to_owned(),
        Some(Next::Wait(until)) => format!("due; the next attempt is not before {}", words::time(*until)),
        _ if status.daemon.is_some() => "due; the daemon begins within a minute".to_owned(),
        _ => format!("due; no daemon is running, and {} starts a run", advice::sync()),
    }
}

/// Whether a file for the destination in force waits for a person.
fn waits_for_upload(standing: &SyncSummary) -> bool {
    standing.written.as_ref().is_some_and(|run| standing.is_in_force(run))
}

/// The health with what it means.
fn judgement(status: &StatusAnswer, now: DateTime<Utc>) -> String {
    let standing = &status.standing;
    let is_interrupted = (standing.outbox.iter()).any(|run| standing.is_in_force(run) && standing.is_interrupted(run));
    let meaning = match (status.health, &standing.last_confirmed) {
        (Health::Healthy, _) => return status.health.word().to_owned(),
        (Health::Stale, None) if standing.running.is_some() => {
            "no run was confirmed yet, and one is under way".to_owned()
        }
        (Health::Stale, None) if waits_for_upload(standing) => {
            "no run was confirmed yet, and a file waits for a person to upload it".to_owned()
        }
        (Health::Stale, Some(run)) if waits_for_upload(standing) => format!(
            "the last confirmed run is {} days old, and a file waits for a person to upload it",
            (now - run.updated_at).num_days()
        ),
        (Health::Stale, None) => format!("no run was confirmed yet; {} starts one", advice::sync()),
        (Health::Stale, Some(run)) => format!(
            "the last confirmed run is {} days old, and a window has been due since",
            (now - run.updated_at).num_days()
        ),
        (Health::Failing, _) if is_interrupted => "the last run was interrupted, and no process works on it".to_owned(),
        (Health::Failing, _) if waits_for_upload(standing) => {
            "the last run that ended was not confirmed, and a file waits for a person to upload it".to_owned()
        }
        (Health::Failing, _) => "the last run was not confirmed".to_owned(),
        (Health::Held, _) => "a list waits for a person to approve or discard it".to_owned(),
        (Health::Disabled, _) => "the gate is closed; nothing is sent".to_owned(),
    };
    format!("{}: {meaning}", status.health.word())
}
