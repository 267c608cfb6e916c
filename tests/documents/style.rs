//! No text of the repository has a phrase on the left of the table in `docs/style.md`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::limits::root;

/// Where texts stand, below the root.
const PLACES: [&str; 10] = [
    ".ci",
    ".github",
    "benches",
    "config",
    "docs",
    "fuzz/fuzz_targets",
    "share",
    "src",
    "tests",
    "",
];

/// What holds the phrases themselves, and what must not change: the store compares the digests of its migrations.
const APART: [&str; 3] = ["docs/style.md", "tests/documents/style.rs", "src/store/migrations"];

/// A text without its line breaks and the signs of comments, with the line on which each character stood.
struct Flat {
    text: String,
    lines: Vec<usize>,
}

impl Flat {
    fn of(text: &str) -> Self {
        let mut flat = Self {
            text: String::new(),
            lines: Vec::new(),
        };
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim().trim_start_matches(['/', '!', '#', '*']).trim_start();
            for part in line
                .trim_end_matches('\\')
                .split([' ', '_'])
                .filter(|part| !part.is_empty())
            {
                flat.text.push_str(&part.to_lowercase());
                flat.text.push(' ');
            }
            flat.lines.resize(flat.text.len(), number);
        }
        flat
    }

    /// The lines on which the phrase begins, as whole words.
    fn find<'a>(&'a self, phrase: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let found = self.text.match_indices(phrase);
        found
            .filter(move |(at, _)| {
                let (before, after) = (&self.text[..*at], &self.text[at + phrase.len()..]);
                !is_word(before.chars().next_back()) && !is_word(after.chars().next())
            })
            .filter_map(|(at, _)| self.lines.get(at).copied())
    }
}

/// The phrases on the left of the table.
fn phrases(style: &str) -> Vec<String> {
    let rows = style.lines().filter_map(|line| line.strip_prefix("| "));
    let left = rows.filter_map(|row| row.split(" | ").next()).skip(1);
    left.flat_map(|cell| cell.split(" · "))
        .map(|phrase| phrase.trim().to_lowercase())
        .collect()
}

fn texts() -> Vec<PathBuf> {
    fn collect(directory: &Path, deep: bool, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match path.is_dir() {
                true if deep => collect(&path, deep, found),
                true => {}
                false => found.push(path),
            }
        }
    }
    let mut found = Vec::new();
    for place in PLACES {
        collect(&root(place), !place.is_empty(), &mut found);
    }
    found
}

#[test]
fn no_text_has_a_phrase_that_the_style_replaces() {
    let style = fs::read_to_string(root("docs/style.md")).expect("the style");
    let phrases = phrases(&style);
    assert!(phrases.len() > 20, "the table was not found: {phrases:?}");
    let mut found = Vec::new();
    for path in texts() {
        let place = path
            .strip_prefix(root(""))
            .expect("below the root")
            .display()
            .to_string();
        if APART.iter().any(|apart| place.starts_with(apart)) {
            continue;
        }
        // What is no text has no phrase.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        let flat = Flat::of(&text);
        for phrase in &phrases {
            found.extend(flat.find(phrase).map(|line| format!("{place}:{line}: {phrase}")));
        }
    }
    found.sort();
    assert!(
        found.is_empty(),
        "docs/style.md has better words:\n{}",
        found.join("\n")
    );
}

#[test]
fn a_phrase_is_found_over_a_line_break_and_only_as_whole_words() {
    let text = "/// It is\n/// told so.\nfn a() {\n    say(\"that Is Told \\\n         twice\");\n}\n// This told, retold: is tolderated\nfn it_is_told() {}\n";
    let flat = Flat::of(text);
    assert_eq!(flat.find("is told").collect::<Vec<_>>(), [1, 4, 8]);
    assert_eq!(flat.find("told twice").collect::<Vec<_>>(), [4]);
}
