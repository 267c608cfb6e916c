//! Every published endpoint that the sources ask for is among those that `.ci/clients` plays with other people's tools, and no
//! other is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::limits::root;

/// How the path of an endpoint begins where the sources name it; a `/` in front is left out.
const BEGINNINGS: [&str; 8] = [
    "api/v3/",
    "app/",
    "enterprise-installation/",
    "enterprises/",
    "orgs/",
    "scim/",
    "stafftools/",
    "users/",
];

/// Endpoints without another beginning.
const WHOLE: [&str; 2] = ["app", "graphql"];

/// What no REST description has: the report, the upload, GraphQL, which `.ci/graphql` holds against its schema.
const UNPUBLISHED: [&str; 4] = [
    "enterprises/{}/license-usage",
    "graphql",
    "orgs/{}/license-usage",
    "stafftools/reports/all_users.csv",
];

/// Made of the path of a list and a login, so no source names it.
const COMPOSED: &str = "api/v3/users/{}";

/// The path without a `/` in front and without the names of its parameters.
fn plain(path: &str) -> String {
    let mut pieces = path.trim_start_matches('/').split('{');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |path, piece| {
        path + "{}" + piece.split_once('}').map_or("", |(_, rest)| rest)
    })
}

/// All sources but the sandbox's.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory)
        .expect("a directory")
        .map(|entry| entry.expect("an entry").path());
    let kept = entries.filter(|path| !path.ends_with("src/sandbox"));
    kept.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] })
        .collect()
}

/// The endpoints that a source names, outside of comments and tests.
fn named(source: &str) -> impl Iterator<Item = String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    // What stands between quotes is every second piece.
    let texts = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    let paths = texts.filter(|text| !text.contains(' ')).map(plain);
    paths.filter(|path| WHOLE.contains(&path.as_str()) || BEGINNINGS.iter().any(|it| path.starts_with(it)))
}

/// The operations of `describe.mjs`, but those that only the sandbox serves.
fn played(script: &str) -> BTreeSet<String> {
    let (mut base, mut found) = (String::new(), BTreeSet::new());
    for line in script.lines().map(str::trim) {
        let texts: Vec<_> = line.split('"').skip(1).step_by(2).collect();
        match texts[..] {
            [text] if line.starts_with("base: ") => text.clone_into(&mut base),
            [_method, path, ..] if line.starts_with("[\"") => {
                found.insert(plain(&format!("{base}{path}")));
            }
            _ => {}
        }
    }
    found
}

#[test]
fn every_published_endpoint_that_is_asked_for_is_played_and_no_other() {
    let files = sources(&root("src"));
    let texts = files.iter().map(|file| fs::read_to_string(file).expect("a source"));
    let mut asked: BTreeSet<_> = texts.flat_map(|text| named(&text).collect::<Vec<_>>()).collect();
    asked.insert(COMPOSED.to_owned());
    for path in UNPUBLISHED {
        assert!(asked.remove(path), "nothing asks for {path} any more");
    }
    let script = fs::read_to_string(root(".ci/clients.d/describe.mjs")).expect("the script");
    let played = played(&script);
    let lacking: Vec<_> = asked.difference(&played).collect();
    assert!(
        lacking.is_empty(),
        "add to `published` in .ci/clients.d/describe.mjs: {lacking:?}"
    );
    let surplus: Vec<_> = played.difference(&asked).collect();
    assert!(surplus.is_empty(), "src asks for none of these any more: {surplus:?}");
}

#[test]
fn an_endpoint_is_found_however_it_is_written() {
    let source = r#"
        // below(url, "app/hidden")
        below(&url, &format!("enterprises/{}/licenses", it.name)); ask("api/v3/meta"); url.join("app");
        help: "enterprises/{} as in the URL"
        #[cfg(test)]
        ask("api/v3/test")
    "#;
    let found: Vec<_> = named(source).collect();
    assert_eq!(found, ["enterprises/{}/licenses", "api/v3/meta", "app"]);
}
