//! The map of the sources and the document about the architecture list the same invariants, and the tests that are said to
//! hold them are there.

use std::fs;

use crate::limits::root;

/// The table below the heading of the document: each invariant, and what holds it.
fn of_document() -> Vec<(String, String)> {
    let text = fs::read_to_string(root("docs/ARCHITECTURE.md")).expect("the document");
    let (_, below) = text.split_once("## Invariants").expect("the heading");
    let rows = below
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").collect::<Vec<_>>());
    let numbered = cells.filter(|cells| cells[0].parse::<u8>().is_ok());
    numbered
        .map(|cells| (format!("{}. {}", cells[0], cells[1]), cells[2].to_owned()))
        .collect()
}

/// The numbered list below the heading of the map, each point on one line.
fn of_map() -> Vec<String> {
    let text = fs::read_to_string(root("src/lib.rs")).expect("the map");
    let (_, below) = text.split_once("//! # Invariants\n").expect("the heading");
    let lines = below.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim);
    let mut points: Vec<String> = Vec::new();
    for line in lines
        .skip_while(|line| line.is_empty())
        .take_while(|line| !line.is_empty())
    {
        match points.last_mut() {
            Some(point) if !line.starts_with(|first: char| first.is_ascii_digit()) => *point += &format!(" {line}"),
            _ => points.push(line.to_owned()),
        }
    }
    points
}

#[test]
fn the_map_and_the_document_list_the_same_invariants() {
    let listed: Vec<_> = of_document().into_iter().map(|(invariant, _)| invariant).collect();
    assert!(listed.len() > 5, "the table was not found: {listed:?}");
    assert_eq!(of_map(), listed);
}

#[test]
fn each_architecture_test_that_holds_an_invariant_is_there() {
    let tests = fs::read_to_string(root("tests/architecture.rs")).expect("the tests");
    let mut found = 0;
    for (invariant, held_by) in of_document() {
        let names = held_by.split('`').skip(1).step_by(2);
        for name in names.filter(|name| name.contains('_') && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        {
            found += 1;
            assert!(tests.contains(&format!("fn {name}()")), "{invariant}: no test {name}");
        }
    }
    assert!(found > 4, "the names of tests were not found");
}
