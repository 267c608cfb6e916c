//! `check --offline`: are the settings and the credentials good? Shows what is in force; connects to nothing.

use std::fmt::Write as _;

use secrecy::SecretString;
use serde::Serialize;

use super::undone::Undone;
use super::{Options, report, session, words};
use crate::connect::AppKey;
use crate::explain::{Explain, chain};
use crate::reason::{Exit, Reason};
use crate::settings::secret::{Origin, SecretError};
use crate::settings::{Credential, Effective, Environment, Gate, Link};

/// One thing that was looked at.
#[derive(Serialize)]
struct Finding {
    what: String,
    good: bool,
    /// What was found.
    found: String,
    help: Option<String>,
}

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
        gate_reason: closed.map(super::super::settings::gate::Closed::reason),
        findings,
        settings: effective,
    };
    let written = if options.json {
        report::answer_json(&answer)
    } else {
        report::answer(&in_words(&settings.gate, &answer))
    };
    if answer.good { written } else { Exit::Permission }
}

fn look_at(link: &Link, environment: &Environment) -> Vec<Finding> {
    let cloud = &link.cloud;
    let key = |pem: &SecretString| AppKey::from_pem(pem, &cloud.client_id).map(|_| ());
    let mut findings = vec![
        credential(&link.server.token, environment, |_| Ok::<_, SecretError>(())),
        credential(&cloud.private_key, environment, key),
    ];
    findings.push(match cloud.read_token.read(environment) {
        Err(SecretError::Missing(_)) => Finding {
            what: cloud.read_token.name.to_owned(),
            good: true,
            found: "not given: the upload itself is asked for its confirmation".to_owned(),
            help: Some("a classic token with `read:enterprise` lets the account's sync status be read".to_owned()),
        },
        _ => credential(&cloud.read_token, environment, |_| Ok::<_, SecretError>(())),
    });
    for proxy in [&cloud.network.proxy, &link.server.network.proxy].into_iter().flatten() {
        findings.extend(
            proxy
                .credentials
                .iter()
                .map(|it| credential(it, environment, |_| Ok::<_, SecretError>(()))),
        );
    }
    findings
}

/// Reads a credential and tries it as far as that is possible without a connection.
fn credential<E: Explain>(
    credential: &Credential,
    environment: &Environment,
    try_it: impl Fn(&SecretString) -> Result<(), E>,
) -> Finding {
    let bad = |found: String, help: Option<String>| Finding {
        what: credential.name.to_owned(),
        good: false,
        found,
        help,
    };
    let (secret, origin) = match credential.read(environment) {
        Ok(found) => found,
        Err(error) => return bad(chain(&error), error.help()),
    };
    if let Err(error) = try_it(&secret) {
        return bad(format!("{} ({origin})", chain(&error)), error.help());
    }
    let advice = "anybody who can read this process's environment can read it; prefer a systemd credential or a file";
    let help = matches!(origin, Origin::Environment(_)).then(|| advice.to_owned());
    Finding {
        what: credential.name.to_owned(),
        good: true,
        found: origin.to_string(),
        help,
    }
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
        0 => writeln!(text, "credentials are looked at once the gate is open"),
        1 => writeln!(text, "1 credential cannot be used; a sync would send nothing"),
        n => writeln!(text, "{n} credentials cannot be used; a sync would send nothing"),
    };
    text
}
