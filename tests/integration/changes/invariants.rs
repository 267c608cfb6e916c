//! What holds in every cell, whatever the rules say.

use std::collections::{HashMap, HashSet};

use chrono::TimeDelta;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Run, State};
use ghe_license_sync::sync::{Health, Next};

use super::case::Case;
use super::cloud::{Clouds, What};
use super::play::Outcome;

/// No wait after a failure is longer, with what jitter adds.
const LONGEST_PAUSE: TimeDelta = TimeDelta::hours(7);

/// Everything that is wrong with a cell.
pub(super) fn violations(case: Case, outcome: &Outcome, clouds: &Clouds) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |holds: bool, what: String| {
        if !holds {
            wrong.push(what);
        }
    };
    let first = outcome
        .first
        .iter()
        .flat_map(|(config, seen)| seen.iter().map(move |seen| (config, seen)));
    let here = outcome.seen.iter().map(|seen| (&outcome.config, seen));
    for (config, seen) in first.chain(here) {
        // Every run that is alive after the change is for the destination in force.
        let is_there = match seen.what {
            What::Document(..) => seen.host == config.uploads,
            What::Question => [config.api, config.uploads].contains(&seen.host),
            What::Token(_) | What::List | What::Statistics => seen.host == config.api,
        };
        let account = seen.account.as_deref().is_none_or(|account| account == config.account);
        let issued = seen.issued_at.is_none_or(|issued_at| issued_at == config.api);
        check(
            is_there && account && issued,
            format!("not for the destination in force: {seen:?}"),
        );
        if let What::Token(client_id) = &seen.what {
            // A run in progress keeps the App that it began with.
            let is_known = client_id == config.client_id || case.way.is_under_way();
            check(is_known, format!("another App's token: {seen:?}"));
        }
        check(
            config.connect && config.license_sync,
            format!("the gate is closed: {seen:?}"),
        );
    }
    check(is_one_document_a_key(outcome), "two documents under one key".to_owned());
    check(
        is_one_upload_a_window(outcome),
        "two documents in one window".to_owned(),
    );
    let in_force = outcome
        .standing
        .as_ref()
        .and_then(|standing| standing.destination.as_ref());
    let here: Vec<_> = outcome
        .runs
        .iter()
        .filter(|run| Some(&run.destination) == in_force)
        .collect();
    if let Some(Next::Wait(until)) = outcome.next {
        let served = here.iter().any(|run| serves(run));
        check(
            served || case.is_before_first_window() || until <= outcome.now + LONGEST_PAUSE,
            format!("an open window waits until {until}"),
        );
    }
    let told = outcome.health.zip(outcome.standing.as_ref());
    let at_once = outcome.at_once.as_ref().map(|(health, standing)| (*health, standing));
    for (health, standing) in told.into_iter().chain(at_once) {
        let confirmed = standing.last_confirmed.as_ref();
        let is_ours = confirmed.is_some_and(|run| standing.is_in_force(run));
        check(
            health != Health::Healthy || is_ours,
            "healthy, and nothing was confirmed for the destination in force".to_owned(),
        );
    }
    if let Some(measured) = &outcome.measured {
        // Where `status` cannot tell, the metrics do not say that all is well.
        let agrees = outcome
            .health
            .map_or(measured != "healthy", |health| health.word() == measured);
        check(agrees, format!("the metrics say {measured}"));
    }
    for taken in &outcome.taken {
        let is_of = |run: &&Run| {
            let destination = &run.destination;
            let hosts = (
                clouds.host(&destination.api_origin),
                clouds.host(&destination.uploads_origin),
            );
            let key = run.frozen.as_ref().map(|frozen| &frozen.idempotency_key);
            Some(&taken.key) == key
                && (taken.api, taken.uploads) == hosts
                && taken.account == destination.account
                && taken.server_id == destination.server_id.to_string()
        };
        let known = outcome.runs.iter().chain(&outcome.runs_there).any(|run| is_of(&run));
        check(known, format!("taken for no run's destination: {taken:?}"));
    }
    wrong
}

/// Whether a run keeps its window from another one.
fn serves(run: &Run) -> bool {
    match run.state {
        State::Confirmed | State::Held | State::Rejected => true,
        State::Refused => run.reason == Some(Reason::Discarded),
        _ => false,
    }
}

fn is_one_document_a_key(outcome: &Outcome) -> bool {
    let mut digests = HashMap::new();
    outcome.seen.iter().all(|seen| match &seen.what {
        What::Document(key, digest) => {
            *digests.entry((seen.host, seen.account.clone(), key)).or_insert(digest) == digest
        }
        _ => true,
    })
}

/// One upload for each document of a window, on whatever host; and one document on each host.
fn is_one_upload_a_window(outcome: &Outcome) -> bool {
    let mut uploads: HashMap<_, HashSet<_>> = HashMap::new();
    let (here, there) = (&outcome.runs, &outcome.runs_there);
    for (host, run) in here.iter().map(|run| (0, run)).chain(there.iter().map(|run| (1, run))) {
        if let (Some(window), Some(receipt)) = (&run.window, &run.receipt) {
            let digest = run.frozen.as_ref().map(|frozen| frozen.digest.to_string());
            for which in [format!("host {host}"), format!("document {digest:?}")] {
                let key = (which, window, run.destination.to_string());
                uploads.entry(key).or_default().insert(&receipt.upload_id);
            }
        }
    }
    uploads.values().all(|uploads| uploads.len() == 1)
}
