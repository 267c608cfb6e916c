//! Leaves out the title and writes too much on purpose; near misses pass.

use super::super::shape;
use super::{allows, bites};

#[test]
fn a_file_without_a_purpose_is_caught() {
    bites(
        shape::untitled,
        "src/clock.rs",
        "// Not a doc.\nfn f() {}",
        "1: has no `//!`",
    );
    bites(
        shape::untitled,
        "src/clock.rs",
        "//!\n#![allow(x)]\nfn f() {}",
        "1: has no `//!`",
    );
    allows(shape::untitled, "src/clock.rs", "//! Tells the time.\nfn f() {}");
}

#[test]
fn a_file_of_more_than_400_lines_is_caught() {
    let lines = |count: usize| "//! x\n".repeat(count);
    bites(shape::overlong, "src/clock.rs", &lines(401), "401: has 401 lines");
    allows(shape::overlong, "src/clock.rs", &lines(400));
}
