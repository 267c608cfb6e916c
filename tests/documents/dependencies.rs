//! The table of dependencies has every crate of the packaged program, no other, and counts them truly.

use std::fs;
use std::process::Command;

use crate::limits::root;

/// The names of the crates that a package is built from, a name once for each version.
fn built_from() -> Vec<String> {
    let done = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--offline",
            "--no-default-features",
            "--edges",
            "normal",
        ])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let text = String::from_utf8(done.stdout).expect("names");
    // `syn v2.0.119`, and what cargo notes after that.
    let mut crates: Vec<_> = text
        .lines()
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>())
        .filter(|it| it[0] != env!("CARGO_PKG_NAME"))
        .collect();
    crates.sort_unstable();
    crates.dedup();
    crates.into_iter().map(|it| it[0].to_owned()).collect()
}

/// Group, number and names of each row.
fn rows(page: &str) -> Vec<(&str, usize, Vec<&str>)> {
    page.lines()
        .filter_map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let number = cells.get(2)?.parse().ok()?;
            Some((cells[1], number, cells[3].split(' ').collect()))
        })
        .collect()
}

#[test]
fn the_table_of_dependencies_has_every_crate_of_a_package_and_no_other() {
    let page = fs::read_to_string(root("docs/dependencies.md")).expect("the document");
    let rows = rows(&page);
    for (group, number, names) in &rows {
        assert_eq!(*number, names.len(), "docs/dependencies.md: the number of {group}");
    }
    let mut listed: Vec<_> = rows.iter().flat_map(|(_, _, names)| names).collect();
    listed.sort_unstable();
    let built_from = built_from();
    let lacking = without(&built_from, &listed);
    let surplus = without(&listed, &built_from);
    assert!(
        lacking.is_empty() && surplus.is_empty(),
        "docs/dependencies.md lacks {lacking:?}, and lists {surplus:?}, which cargo tree does not have"
    );
    let total = format!("built from {} crates", listed.len());
    assert!(page.contains(&total), "docs/dependencies.md does not say `{total}`");
}

/// What `all` has beyond `others`; a name counts as often as it is there.
fn without<T: AsRef<str>, U: AsRef<str>>(all: &[T], others: &[U]) -> Vec<String> {
    let mut left: Vec<_> = others.iter().map(AsRef::as_ref).collect();
    let mut beyond = Vec::new();
    for name in all.iter().map(AsRef::as_ref) {
        match left.iter().position(|it| *it == name) {
            Some(at) => drop(left.swap_remove(at)),
            None => beyond.push(name.to_owned()),
        }
    }
    beyond
}
