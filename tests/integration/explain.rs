//! Causes of double counts, found in populations in which they were planted. The populations are made without any code of
//! `license::explain`: they share its types of evidence, and compare its words.

mod caps;
mod chance;
#[cfg(feature = "sandbox")]
mod live;
mod people;
mod plants;
mod population;
mod score;
mod traps;
mod truth;

use ghe_license_sync::license::explain::{Unknown, explain};

use crate::support::deep;
use population::{Kind, Population};
use score::Score;

/// How many populations of each kind of account are tried.
fn seeds() -> u64 {
    if deep::is_deep() { 20 } else { 3 }
}

#[allow(clippy::print_stdout, reason = "shown by `cargo test -- --nocapture`")]
fn score_of(kind: Kind) -> Score {
    let mut score = Score::default();
    for seed in 1..=seeds() {
        let population = Population::planted(kind, seed);
        score.add(&population, &explain(&population.evidence()));
    }
    println!("{kind:?}, {} populations\n{score}", seeds());
    score
}

/// What is asked for: no certain statement is wrong, and few provable causes are missed.
fn assert_good(score: &Score) {
    assert_eq!(score.wrong("certain"), Vec::<String>::new());
    for grade in ["certain", "likely"] {
        let (precision, recall) = (score.precision(grade), score.recall(grade));
        assert!(
            precision >= 0.95 && recall >= 0.95,
            "{grade}: precision {precision:.3}, recall {recall:.3}\n{score}"
        );
    }
    assert_eq!(
        score.freed_wrongly("certain"),
        0,
        "licenses said to be freed, which are not"
    );
}

#[test]
fn causes_are_found_where_the_cloud_shows_no_address() {
    assert_good(&score_of(Kind::Plain));
}

#[test]
fn causes_are_found_where_domains_are_verified() {
    assert_good(&score_of(Kind::VerifiedDomains));
}

#[test]
fn causes_are_found_where_identities_of_managed_users_are_read() {
    assert_good(&score_of(Kind::Managed));
}

#[test]
fn everything_that_can_be_unknown_is_in_the_schema_of_the_answer() {
    let words = Unknown::ALL.map(Unknown::word);
    let schema = include_str!("../../share/schemas/explain.schema.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let listed = &schema["$defs"]["NotKnown"]["properties"]["what"]["enum"];
    assert_eq!(*listed, serde_json::json!(words));
}

#[test]
fn no_statement_is_surer_than_the_facts_allow() {
    for kind in Kind::ALL {
        let population = Population::planted(kind, 99);
        for found in &explain(&population.evidence()).discrepancies {
            let (cause, grade) = (found.cause.word(), found.grade.word());
            assert!(caps::allows(cause, grade), "{cause} is {grade}");
            // What is freed is never surer than the statement.
            assert!(found.frees.is_none_or(|frees| frees <= found.grade), "{cause} frees");
        }
    }
}

#[test]
fn every_cause_is_planted_and_found_with_its_best_grade_somewhere() {
    let mut missing: Vec<_> = caps::CAPS.iter().map(|(cause, _)| *cause).collect();
    let populations = (1..=6).flat_map(|seed| Kind::ALL.map(|kind| Population::planted(kind, seed)));
    for population in populations {
        for found in explain(&population.evidence()).discrepancies {
            missing.retain(|cause| *cause != found.cause.word() || found.grade != found.cause.best_grade());
        }
        if missing.is_empty() {
            return;
        }
    }
    panic!("{missing:?}");
}
