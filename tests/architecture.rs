//! The invariants of the architecture that can be read off the sources (`docs/ARCHITECTURE.md` names the others).
//!
//! Each rule is a function from parsed sources to breaches. The first tests apply the rules to `src/`; the rest break
//! each rule on purpose, which proves that each of them can fail.
#![allow(clippy::expect_used, clippy::panic, reason = "a test reports by panicking")]

#[path = "architecture/breach.rs"]
mod breach;
#[path = "architecture/circles.rs"]
mod circles;
#[path = "architecture/confined.rs"]
mod confined;
#[path = "architecture/imports.rs"]
mod imports;
#[path = "architecture/modules.rs"]
mod modules;
#[path = "architecture/names.rs"]
mod names;
#[path = "architecture/secrets.rs"]
mod secrets;
#[path = "architecture/shape.rs"]
mod shape;
#[path = "architecture/source.rs"]
mod source;
#[path = "architecture/teeth/mod.rs"]
mod teeth;
#[path = "architecture/types.rs"]
mod types;

use breach::Breach;
use source::{Source, read_tree};

/// A rule: what breaks it in these sources.
type Rule = fn(&[Source]) -> Vec<Breach>;

fn hold(rule: Rule) {
    let sources = read_tree();
    assert!(
        sources.iter().any(|source| source.path == "src/lib.rs") && sources.len() > 10,
        "the sources were not found"
    );
    let breaches = rule(&sources);
    let list: Vec<_> = breaches.iter().map(ToString::to_string).collect();
    assert!(
        list.is_empty(),
        "{} broken rule(s):\n\n{}\n",
        list.len(),
        list.join("\n\n")
    );
}

#[test]
fn pure_modules_stay_pure() {
    hold(modules::impure);
}

#[test]
fn dependencies_between_top_level_modules_point_one_way() {
    hold(modules::against_the_grain);
}

#[test]
fn no_dependency_is_allowed_that_nobody_uses() {
    hold(modules::unused);
}

#[test]
fn no_file_is_in_a_circle_of_files() {
    hold(circles::circles);
}

#[test]
fn every_top_level_module_has_a_place_in_the_table() {
    hold(modules::homeless);
}

#[test]
fn what_one_place_may_name_is_named_nowhere_else() {
    hold(confined::astray);
}

#[test]
fn no_type_shows_a_secret_or_a_person() {
    hold(secrets::shown);
}

#[test]
fn no_log_record_and_no_error_tells_a_secret_or_a_person() {
    hold(secrets::told);
}

#[test]
fn every_file_says_what_it_is_for() {
    hold(shape::untitled);
}

#[test]
fn no_file_is_too_long_to_be_read_at_once() {
    hold(shape::overlong);
}

#[test]
fn no_two_types_have_one_name() {
    hold(types::namesakes);
}
