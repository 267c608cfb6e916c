//! The recipe for a key of the settings in `CONTRIBUTING.md` names all places of one, and there are no more.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::limits::root;

/// The key that the recipe takes, in TOML and in Rust.
const KEY: [&str; 2] = ["confirm-timeout", "confirm_timeout"];

/// Where settings are written down, read, explained and generated.
const PLACES: [&str; 3] = ["src/settings", "src/cli/generate", "config/ghe-license-sync.toml"];

/// The files at or below `path`.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).expect("a directory");
    entries
        .flat_map(|entry| files(&entry.expect("an entry").path()))
        .collect()
}

#[test]
fn a_key_is_in_the_three_places_of_the_recipe_and_in_no_other() {
    let text = fs::read_to_string(root("CONTRIBUTING.md")).expect("the document");
    let (_, recipe) = text.split_once("## Add a setting").expect("the recipe");
    let (recipe, _) = recipe.split_once("\n## ").expect("its end");
    let steps = recipe
        .lines()
        .filter_map(|line| line.split_once(". `")?.1.split('`').next());
    let steps: BTreeSet<_> = steps.map(root).collect();
    let names_it = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a text");
        KEY.iter().any(|key| text.contains(key))
    };
    let places = PLACES.iter().flat_map(|place| files(&root(place))).filter(names_it);
    assert_eq!(places.collect::<BTreeSet<_>>(), steps);
    assert_eq!(steps.len(), 3);
    let on_the_way = recipe
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.starts_with("src/"));
    let on_the_way: BTreeSet<_> = on_the_way.collect();
    assert!(on_the_way.len() <= 6, "{on_the_way:?}");
    assert!(on_the_way.iter().all(|file| root(file).is_file()), "{on_the_way:?}");
}
