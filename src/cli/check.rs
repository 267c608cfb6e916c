//! `check --offline`: are the settings and the credentials good? Shows what is in force; connects to nothing.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::findings::{Finding, look_at};
use super::undone::Undone;
use super::{Options, report, session, words, work};
use crate::clock::{Clock, SystemClock};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::{Effective, Gate, Settings, Sources};
use crate::store::StoreError;
use crate::sync::{self, Standing};

/// The answer in JSON.
#[derive(Serialize)]
struct Answer {
    good: bool,
    gate_open: bool,
    gate_reason: Option<Reason>,
    /// The ID under which this server reports, while the gate is open.
    server_id: Option<Uuid>,
    findings: Vec<Finding>,
    /// When the daemon syncs, while the gate is open.
    schedule: Option<Plan>,
    /// The settings in force, as TOML.
    settings: String,
}

/// The schedule in words, and what follows from it.
#[derive(Serialize)]
struct Plan {
    sentence: String,
    next_runs: Vec<DateTime<Utc>>,
}

pub(super) fn run(options: &Options) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let effective = match Effective::load(&sources).map_err(Undone::because("nothing was checked")) {
        Ok(effective) => effective.to_string(),
        Err(error) => return report::failure(&error, options.json),
    };
    match session::become_owner(options, &settings, &sources) {
        Ok(()) => work(look(options, &settings, &sources, effective)),
        Err(exit) => exit,
    }
}

async fn look(options: &Options, settings: &Settings, sources: &Sources, effective: String) -> Exit {
    let findings = match &settings.gate {
        Gate::Open(link) => look_at(link, &sources.environment),
        // While the gate is closed nothing is needed.
        Gate::Closed(_) => Vec::new(),
    };
    let standing = match Standing::of(settings)
        .await
        .map_err(Undone::because("the state directory was not checked"))
    {
        Ok(standing) => standing,
        Err(error) => return report::failure(&error, options.json),
    };
    let closed = settings.gate.pass().err();
    let answer = Answer {
        good: findings.iter().all(|finding| finding.reason.is_none()),
        gate_open: closed.is_none(),
        gate_reason: closed.map(|closed| closed.reason()),
        server_id: standing.destination.map(|destination| destination.server_id),
        findings,
        schedule: match plan(settings)
            .await
            .map_err(Undone::because("the schedule is not known"))
        {
            Ok(plan) => plan,
            Err(error) => return report::failure(&error, options.json),
        },
        settings: effective,
    };
    let written = if options.json {
        report::answer_json(&answer)
    } else {
        report::answer(&in_words(settings, &answer))
    };
    let bad = answer.findings.iter().find_map(|finding| finding.reason);
    bad.map_or(written, Reason::exit)
}

async fn plan(settings: &Settings) -> Result<Option<Plan>, StoreError> {
    let now = SystemClock.now();
    let outlook = sync::outlook(settings, now).await?;
    Ok(outlook.map(|outlook| {
        let following = outlook.timetable.next_runs(outlook.next_window, 2);
        Plan {
            sentence: outlook.timetable.describe(),
            next_runs: std::iter::once(outlook.next_window).chain(following).collect(),
        }
    }))
}

fn in_words(settings: &Settings, answer: &Answer) -> String {
    let mut text = answer.settings.clone();
    let _infallible = writeln!(text, "\ngate  {}", words::gate(&settings.gate));
    if let Some(id) = answer.server_id {
        let _infallible = writeln!(text, "ID    {}", words::server_id(settings, id));
    }
    if let Some(plan) = &answer.schedule {
        let runs: Vec<_> = plan.next_runs.iter().map(|run| words::time(*run)).collect();
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
    let _infallible = match bad {
        0 if answer.gate_open => writeln!(
            text,
            "nothing stands in the way of a sync on this side; no connection was made"
        ),
        0 => writeln!(
            text,
            "credentials and the ways to both hosts are looked at once the gate is open"
        ),
        1 => writeln!(text, "1 thing cannot be used; a sync would send nothing"),
        n => writeln!(text, "{n} things cannot be used; a sync would send nothing"),
    };
    text
}
