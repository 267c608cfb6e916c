//! The matrices as tables, printed and kept in `docs/crash-safety.md`.
//!
//! After a change, `GENERATED=write cargo test --features failpoints --test integration -- crash:: --test-threads 1` writes
//! them anew.

use std::fs;
use std::path::Path;

use super::matrix::Cell;
use super::rows::Row;

const PAGE: &str = "docs/crash-safety.md";

/// What follows such a line, to the next one, is generated.
const MARKS: [&str; 2] = [
    "<!-- generated from here on -->\n",
    "<!-- the files, generated from here on -->\n",
];

/// Compares the table of what happens to documents that are sent.
pub(super) fn check(rows: &[Row], cells: &[Vec<Option<Cell>>]) {
    check_table(MARKS[0], &table(rows, cells));
}

/// Compares the table of what happens to documents that go into files.
pub(super) fn check_files(lines: &[Vec<String>]) {
    let mut table = "| point | abort | error | kill -9 | `sync`, kill -9 |\n|---|---|---|---|---|\n".to_owned();
    for line in lines {
        table += &format!("| {} |\n", line.join(" | "));
    }
    check_table(MARKS[1], &table);
}

/// Prints a table and compares it with the committed one.
#[allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "asks and informs the developer who runs the tests"
)]
fn check_table(mark: &str, table: &str) {
    println!("{table}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let (words, rest) = page.split_once(mark).unwrap();
    let (committed, after) = rest.split_at(rest.find("\n## ").unwrap_or(rest.len()));
    if std::env::var_os("GENERATED").is_some_and(|it| it == "write") {
        fs::write(&path, format!("{words}{mark}\n{table}{after}")).unwrap();
    } else {
        assert!(committed.trim_start() == table, "{PAGE} holds another table");
    }
}

fn table(rows: &[Row], cells: &[Vec<Option<Cell>>]) -> String {
    let mut text =
        "| point | abort | error | kill -9 | error, then time | `sync`, kill -9 | attempts seen | ledger |\n|---|---|---|---|---|---|---|---|\n".to_owned();
    for (row, cells) in rows.iter().zip(cells) {
        let way = match row.way {
            "" => String::new(),
            way => format!(", {way}"),
        };
        let stories: Vec<_> = cells.iter().map(|cell| story(row, cell.as_ref())).collect();
        let cells: Vec<_> = cells.iter().flatten().collect();
        let attempts = merged(&cells, |cell| match cell.attempts {
            _ if row.beside_the_run || row.on_the_wire => "1 or 2".to_owned(),
            None => "-".to_owned(),
            Some(attempts) => attempts.to_string(),
        });
        let ledger = merged(&cells, |cell| cell.taken.to_string());
        let stories = stories.join(" | ");
        text += &format!("| `{}`{way} | {stories} | {attempts} | {ledger} |\n", row.point);
    }
    text
}

/// What was left, and what happened to it.
fn story(row: &Row, cell: Option<&Cell>) -> String {
    let Some(cell) = cell else { return "-".to_owned() };
    let left = match cell.left {
        _ if row.beside_the_run => "any",
        None => "nothing",
        Some(state) => state.word(),
    };
    format!("{left} → {}", cell.end.word())
}

/// One word when all say the same.
fn merged(cells: &[&Cell], word: impl Fn(&Cell) -> String) -> String {
    let mut words: Vec<_> = cells.iter().map(|cell| word(cell)).collect();
    words.dedup();
    words.join(", ")
}
