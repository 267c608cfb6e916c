//! All cases, and the page that lists them.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use ghe_license_sync::clock::SystemClock;
use ghe_license_sync::store::State;
use tokio::runtime::Builder;

use super::case::{Ground, Outcome, play};
use super::fault::{self, Fault};
use super::phase::Phase;
use crate::support::lab::Lab;
use crate::support::page;
use crate::support::wire::{Wire, Wires};

/// So many runs at the same time; most of them wait for most of it.
const AT_ONCE: usize = 64;

/// More questions than this are only made by a phase that asks on until its time is up.
const MOST_QUESTIONS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_in_every_phase_has_the_outcome_that_is_documented() {
    let ground = Arc::new(Ground {
        lab: Lab::of(5, &[], Arc::new(SystemClock)).await,
        wires: Wires::lay().await,
    });
    let phases = Phase::ALL.into_iter().enumerate();
    let cases = phases
        .flat_map(|(number, phase)| {
            (number..)
                .zip(fault::ALL)
                .map(move |(turn, fault)| (turn, phase, *fault))
        })
        .flat_map(|(turn, phase, fault)| Wire::in_turn(turn).iter().map(move |wire| (phase, fault, *wire)));
    let playing = stream::iter(cases).map(|(phase, fault, wire)| {
        let ground = Arc::clone(&ground);
        // A thread of its own: the work that a peer causes is measured by thread, and is not that of the other cases.
        tokio::task::spawn_blocking(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            (phase, fault, wire, runtime.block_on(play(ground, wire, fault, phase)))
        })
    });
    let played: Vec<_> = playing.buffered(AT_ONCE).collect().await;
    let mut table = "| phase | fault | state | reason | exit | requests | taken | then |\n\
                     |---|---|---|---|---|---|---|---|\n"
        .to_owned();
    let (mut outcomes, mut others) = (Vec::new(), Vec::new());
    for played in played {
        let (phase, fault, wire, outcome) = played.unwrap();
        let Some(outcome) = outcome else { continue };
        let row = row(phase, fault, &outcome);
        let is_played = |(played, other, _): &(Phase, Fault, Outcome)| *played == phase && other.name() == fault.name();
        if !outcomes.last().is_some_and(is_played) {
            table += &row;
        } else if !table.ends_with(&row) {
            others.push(format!("{wire:?}: {row}{outcome:#?}"));
        }
        outcomes.push((phase, fault, outcome));
    }
    assert!(
        others.is_empty(),
        "other outcomes on other wires: {}",
        others.join("\n")
    );
    page::check("docs/operations.md", &table);
    for (phase, fault, outcome) in outcomes {
        assert_makes_sense(phase, fault, &outcome);
    }
}

/// What holds in every row, whatever the page says.
fn assert_makes_sense(phase: Phase, fault: Fault, outcome: &Outcome) {
    let name = format!("{} in {phase:?}: {outcome:#?}", fault.name());
    assert_eq!(outcome.exit == 0, outcome.state == State::Confirmed, "{name}");
    assert_eq!(outcome.reason.is_none(), outcome.state == State::Confirmed, "{name}");
    assert!(
        !outcome.said.contains('@') && !outcome.said.contains("canary"),
        "{name}"
    );
    for secret in ["ghs_", "ghp_", "eyJ", "Bearer", "Basic"] {
        assert!(!outcome.said.contains(secret), "{name}");
    }
    assert!(outcome.taken <= 1, "{name}");
    if matches!(phase, Phase::Facts | Phase::Report | Phase::Waiting | Phase::Token) {
        assert_eq!(outcome.taken == 1, outcome.state == State::Confirmed, "{name}");
    }
    if outcome.exit == 75 {
        assert!(outcome.again_in.is_some(), "it says that it is tried again: {name}");
    }
    if outcome.state == State::Rejected {
        assert_eq!(phase, Phase::Upload, "only a document is rejected: {name}");
    }
}

fn row(phase: Phase, fault: Fault, outcome: &Outcome) -> String {
    let reason = outcome
        .reason
        .map_or_else(|| "-".to_owned(), |reason| format!("`{reason}`"));
    let requests = if phase.asks_on() && outcome.requests > MOST_QUESTIONS {
        "until the time is up".to_owned()
    } else {
        outcome.requests.to_string()
    };
    format!(
        "| {} | {} | {} | {reason} | {} | {requests} | {} | {} |\n",
        phase.name(),
        fault.name(),
        outcome.state,
        outcome.exit,
        outcome.taken,
        then(outcome),
    )
}

/// The result without a person.
fn then(outcome: &Outcome) -> String {
    match (outcome.state, outcome.again_in) {
        (State::Confirmed, _) => "-".to_owned(),
        (_, Some(300_000..=600_000)) => "again in 5 to 10 min".to_owned(),
        (_, Some(3_600_001..=7_200_000)) => "again in 1 to 2 h".to_owned(),
        (_, Some(milliseconds)) => format!("again in {} h", milliseconds / 3_600_000),
        _ => "the next run makes a new list".to_owned(),
    }
}
