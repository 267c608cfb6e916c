//! Every rule bites: sources that break it on purpose, and near misses that it must allow.

mod circles;
mod confined;
mod modules;
mod secrets;
mod shape;
mod types;

use super::Rule;
use super::source::{Source, mark_test_files};

fn breaches(rule: Rule, path: &str, text: &str) -> Vec<String> {
    let breaches = rule(&[Source::parse(path, text)]);
    breaches
        .iter()
        .map(|breach| format!("{}: {}", breach.line, breach.found))
        .collect()
}

#[track_caller]
pub(crate) fn bites(rule: Rule, path: &str, text: &str, expected: &str) {
    assert_eq!(breaches(rule, path, text), [expected], "in {path}:\n{text}");
}

#[track_caller]
pub(crate) fn allows(rule: Rule, path: &str, text: &str) {
    assert_eq!(breaches(rule, path, text), [""; 0], "in {path}:\n{text}");
}

#[test]
fn a_breach_tells_place_name_rule_and_reason() {
    let breaches = super::confined::astray(&[Source::parse("src/sync/run.rs", "\nuse sqlx::query;")]);
    insta::assert_snapshot!(breaches[0], @r"
    src/sync/run.rs:2: names `sqlx::query`
        rule: only store may: all SQL is in one place, so that another database is one more file
    ");
}

#[test]
fn a_file_below_a_test_module_is_test_code() {
    let impure = "use tokio::fs;";
    let parent = |declaration: &str| format!("{declaration}\nmod lab;");
    let caught = |declaration: &str, path: &str| {
        let mut sources = vec![
            Source::parse("src/license/mod.rs", &parent(declaration)),
            Source::parse(path, impure),
        ];
        mark_test_files(&mut sources);
        super::modules::impure(&sources).len()
    };
    assert_eq!(caught("#[cfg(test)]", "src/license/lab.rs"), 0);
    assert_eq!(caught("#[cfg(test)]", "src/license/lab/deep.rs"), 0);
    assert_eq!(caught("#[cfg(unix)]", "src/license/lab.rs"), 1);
    assert_eq!(caught("#[cfg(test)]", "src/license/laboratory.rs"), 1);
}
