//! Closes circles on purpose; what only looks like one passes.

use super::super::circles;
use super::super::source::Source;

fn files(sources: &[(&str, &str)]) -> usize {
    let sources: Vec<_> = sources.iter().map(|(path, text)| Source::parse(path, text)).collect();
    circles::circles(&sources).len()
}

#[test]
fn a_circle_is_caught_also_one_through_a_face_or_a_third_file() {
    let (a, b, c) = ("src/guard/a.rs", "src/guard/b.rs", "src/guard/c.rs");
    assert_eq!(files(&[(a, "use super::b::B;"), (b, "fn f() { super::a::f() }")]), 1);
    assert_eq!(
        files(&[
            (a, "use super::b::B;"),
            (b, "use super::c;"),
            (c, "use crate::guard::a::A;")
        ]),
        1
    );
    let face = ("src/guard.rs", "mod a; mod b; pub use a::A;");
    assert_eq!(files(&[face, (a, "use super::b::B;"), (b, "use super::A;")]), 1);
    assert_eq!(
        files(&[("src/guard.rs", "mod a; use a::A; pub struct G;"), (a, "use super::G;")]),
        1
    );
}

#[test]
fn a_face_in_between_and_a_test_close_no_circle() {
    let (a, b) = ("src/guard/a.rs", "src/guard/b.rs");
    let face = ("src/guard.rs", "mod a; mod b; pub use a::A; pub use b::B;");
    let macros = "pub struct A; macro_rules! m { () => { pub(in crate::guard) struct M; } }";
    assert_eq!(files(&[face, (a, macros), (b, "use super::A;")]), 0);
    assert_eq!(files(&[face, (a, "pub struct A;"), (b, "use super::A;")]), 0);
    assert_eq!(
        files(&[
            (a, "use super::b::B;"),
            (b, "#[cfg(test)]\nmod tests { use super::super::a; }")
        ]),
        0
    );
}
