//! `CHANGELOG.md` has the form of Keep a Changelog, in which `.ci/version` writes and from which `.ci/release` takes the notes.

use std::fs;
use std::path::Path;

const KINDS: [&str; 6] = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

/// What is wrong with the headings and links of a changelog.
fn mistakes(text: &str) -> Vec<String> {
    let mut mistakes = Vec::new();
    let versions: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    if versions.first() != Some(&"[Unreleased]") {
        mistakes.push("the first section is not [Unreleased]".to_owned());
    }
    for version in versions.iter().skip(1).filter(|version| !is_dated(version)) {
        mistakes.push(format!("not `[VERSION] - YYYY-MM-DD`: {version}"));
    }
    // Without a release there is nothing to compare with.
    for name in versions
        .iter()
        .filter(|_| versions.len() > 1)
        .filter_map(|version| name(version))
    {
        if text
            .lines()
            .filter(|line| line.starts_with(&format!("{name}: ")))
            .count()
            != 1
        {
            mistakes.push(format!("not one link for {name}"));
        }
    }
    let kinds = text.lines().filter_map(|line| line.strip_prefix("### "));
    mistakes.extend(
        kinds
            .filter(|kind| !KINDS.contains(kind))
            .map(|kind| format!("no kind of change: {kind}")),
    );
    mistakes
}

/// `[0.2.0]` of `[0.2.0] - 2026-11-27`.
fn name(version: &str) -> Option<&str> {
    version.split_whitespace().next()
}

fn is_dated(version: &str) -> bool {
    let pattern = r"^\[(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)\] - \d{4}-\d{2}-\d{2}$";
    regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(version))
}

#[test]
fn the_changelog_has_the_form_of_keep_a_changelog() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md");
    let found = mistakes(&fs::read_to_string(path).expect("the changelog can be read"));
    assert!(found.is_empty(), "CHANGELOG.md:\n{}", found.join("\n"));
}

#[test]
fn a_wrong_heading_of_the_changelog_is_found() {
    let good = "## [Unreleased]\n\n## [0.2.0] - 2026-11-27\n\n### Added\n\n[Unreleased]: ../../compare/v0.2.0...HEAD\n[0.2.0]: x\n";
    assert_eq!(mistakes(good), [""; 0]);
    for (from, to, mistake) in [
        ("## [Unreleased]\n", "", "the first section is not [Unreleased]"),
        (
            "] - 2026-11-27",
            "] (2026-11-27)",
            "not `[VERSION] - YYYY-MM-DD`: [0.2.0] (2026-11-27)",
        ),
        ("[0.2.0]: x\n", "", "not one link for [0.2.0]"),
        ("### Added", "### News", "no kind of change: News"),
    ] {
        assert_eq!(mistakes(&good.replace(from, to)), [mistake], "{to}");
    }
}
