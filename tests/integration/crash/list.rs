//! The list of failpoints is whole: each is in the code, each in the code is on it, and the matrix has each.

use std::collections::BTreeSet;
use std::path::Path;

use ghe_license_sync::failpoint::POINTS;
use ghe_license_sync::store::State;
use regex::Regex;

use super::files;
use super::rows::rows;
use crate::guard::dying;

/// Reads the names off the sources: a place by its own name, a commit by that of its step, on either side of it.
fn in_the_code(directory: &Path, found: &mut BTreeSet<String>) {
    let place = Regex::new(r#"failpoint!\((?:"(?<point>[a-z-]+)"|"(?:before|after)", step)\)"#).unwrap();
    let commit = Regex::new(r#"commit\((?:transaction, )?(?:"(?<step>[a-z-]+)"|state\.word\(\))\)"#).unwrap();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            in_the_code(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            if line.contains("failpoint!(") {
                let place = place.captures(line).unwrap_or_else(|| panic!("{line} in {path:?}"));
                found.extend(place.name("point").map(|point| point.as_str().to_owned()));
            }
            if line.contains("commit(transaction, ") || line.contains("change.commit(") {
                let commit = commit.captures(line).unwrap_or_else(|| panic!("{line} in {path:?}"));
                match commit.name("step") {
                    Some(step) => found.extend(both_sides(step.as_str())),
                    None => found.extend(settled().flat_map(both_sides)),
                }
            }
        }
    }
}

fn both_sides(step: &str) -> [String; 2] {
    ["before", "after"].map(|side| format!("{side}-{step}"))
}

fn settled() -> impl Iterator<Item = &'static str> {
    State::ALL.into_iter().filter(|state| state.is_final()).map(State::word)
}

#[test]
fn every_failpoint_is_on_the_list_and_in_the_code_and_in_the_matrix() {
    let listed: BTreeSet<_> = POINTS.iter().map(ToString::to_string).collect();
    let mut found = BTreeSet::new();
    in_the_code(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert_eq!(found, listed);
    let mut tried: BTreeSet<_> = rows().iter().map(|row| row.point.to_owned()).collect();
    tried.extend(dying::POINTS.map(str::to_owned));
    tried.extend(files::POINTS.map(str::to_owned));
    tried.extend(files::ASIDE.map(str::to_owned));
    assert_eq!(tried, listed);
    assert_eq!(POINTS.len(), listed.len(), "each once");
}
