//! A page of the documentation whose last part is written by a test.

use std::fs;
use std::path::Path;

/// The page's own words end here.
const MARK: &str = "<!-- generated from here on -->\n";

/// Compares what a test found with the committed page, or writes it there when `GENERATED=write` asks for that.
#[allow(clippy::disallowed_methods, reason = "asks the developer who runs the tests")]
pub(crate) fn check(page: &str, found: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(&path).unwrap();
    let (words, committed) = text.split_once(MARK).unwrap();
    if std::env::var_os("GENERATED").is_some_and(|it| it == "write") {
        fs::write(&path, format!("{words}{MARK}\n{found}")).unwrap();
        return;
    }
    let (committed, found): (Vec<_>, Vec<_>) = (committed.trim_start().lines().collect(), found.lines().collect());
    let is_new = |line: &&&str| !committed.contains(*line);
    let changed: Vec<_> = found.iter().filter(is_new).collect();
    assert!(committed == found, "{page} holds another table; new here: {changed:#?}");
}
