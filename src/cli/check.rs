//! `check --offline`: are the settings and the credentials good? Shows what is in force; connects to nothing.

use std::fmt::Write as _;

use serde::Serialize;

use super::findings::{Finding, look_at};
use super::undone::Undone;
use super::{Options, report, session, words};
use crate::reason::{Exit, Reason};
use crate::settings::gate::Closed;
use crate::settings::{Effective, Gate};

/// The answer in JSON.
#[derive(Serialize)]
struct Answer {
    good: bool,
    gate_open: bool,
    gate_reason: Option<Reason>,
    findings: Vec<Finding>,
    /// The settings in force, as TOML.
    settings: String,
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
    let findings = match &settings.gate {
        Gate::Open(link) => look_at(link, &sources.environment),
        // While the gate is closed nothing is needed.
        Gate::Closed(_) => Vec::new(),
    };
    let closed = settings.gate.pass().err();
    let answer = Answer {
        good: findings.iter().all(|finding| finding.good),
        gate_open: closed.is_none(),
        gate_reason: closed.map(Closed::reason),
        findings,
        settings: effective,
    };
    let written = if options.json {
        report::answer_json(&answer)
    } else {
        report::answer(&in_words(&settings.gate, &answer))
    };
    let bad = answer.findings.iter().find_map(|finding| finding.reason);
    bad.map_or(written, Reason::exit)
}

fn in_words(gate: &Gate, answer: &Answer) -> String {
    let mut text = answer.settings.clone();
    let _infallible = writeln!(text, "\ngate  {}", words::gate(gate));
    for finding in &answer.findings {
        let mark = if finding.good { "good" } else { "BAD " };
        let _infallible = writeln!(text, "{mark}  {}: {}", finding.what, finding.found);
        if let Some(help) = &finding.help {
            let _infallible = writeln!(text, "      help: {help}");
        }
    }
    let bad = answer.findings.iter().filter(|finding| !finding.good).count();
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
