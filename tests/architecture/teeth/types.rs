//! Gives two types one name on purpose; what only looks like it passes.

use super::super::source::{Source, mark_test_files};
use super::super::types;

fn found(sources: &[(&str, &str)]) -> Vec<String> {
    let mut sources: Vec<_> = sources.iter().map(|(path, text)| Source::parse(path, text)).collect();
    mark_test_files(&mut sources);
    types::namesakes(&sources)
        .into_iter()
        .map(|breach| breach.found)
        .collect()
}

#[test]
fn a_second_type_of_a_name_is_caught_whatever_its_kind() {
    let first = ("src/guard.rs", "\nstruct Step;");
    let expected = ["declares `Step`, and so does src/guard.rs:2"];
    for second in [
        "pub struct Step;",
        "enum Step {}",
        "trait Step {}",
        "type Step = u8;",
        "union Step { a: u8 }",
        "mod inner { pub(super) struct Step; }",
        "#[cfg(unix)]\nstruct Step;",
    ] {
        assert_eq!(found(&[first, ("src/sync/mod.rs", second)]), expected, "{second}");
    }
    assert_eq!(
        found(&[("src/guard.rs", "struct Step;\nmod inner { enum Step {} }")]).len(),
        1
    );
}

#[test]
fn an_associated_type_an_import_a_local_and_a_test_are_no_second_type() {
    let first = ("src/guard.rs", "pub struct Step;");
    for second in [
        "impl Iterator for Steps { type Step = u8; }",
        "pub use crate::guard::Step;",
        "fn f() { struct Step; }",
        "#[cfg(test)]\nmod tests { struct Step; }",
        "#[cfg(test)]\nstruct Step;",
        "const STEP: u8 = 0; fn step() {}",
    ] {
        assert_eq!(found(&[first, ("src/sync/mod.rs", second)]), [""; 0], "{second}");
    }
    let parent = ("src/sync/mod.rs", "#[cfg(test)]\nmod tests;");
    assert_eq!(found(&[first, parent, ("src/sync/tests.rs", "struct Step;")]), [""; 0]);
}
