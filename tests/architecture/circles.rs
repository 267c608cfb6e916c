//! No file needs, by way of others, what needs it: so a reader can read first what a file uses.
//!
//! Names are followed through `pub use`, so a module's face ties nobody to what else stands behind it.

use std::collections::{BTreeMap, BTreeSet};

use super::breach::Breach;
use super::imports::Imports;
use super::names::Names;
use super::source::Source;

/// By file, the files whose names it uses.
type Uses<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Every circle of files.
pub(crate) fn circles(sources: &[Source]) -> Vec<Breach> {
    let uses = uses(sources);
    let reached: BTreeMap<_, _> = uses.keys().map(|file| (*file, reached(&uses, file))).collect();
    let mut placed = BTreeSet::new();
    let mut circles = Vec::new();
    for source in sources {
        let file = source.path.as_str();
        let Some(there) = reached.get(file) else { continue };
        if placed.contains(file) || !there.contains(file) {
            continue;
        }
        let circle: Vec<_> = there
            .iter()
            .filter(|other| reached[*other].contains(file))
            .copied()
            .collect();
        placed.extend(circle.iter().copied());
        let breach = Breach {
            file: file.to_owned(),
            line: 1,
            found: format!("is in a circle: {}", circle.join(", ")),
            rule: "no file uses what uses it, by whatever way; move what both need into a file of its own".to_owned(),
        };
        circles.push(breach);
    }
    circles
}

fn reached<'a>(uses: &Uses<'a>, from: &str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut left: Vec<&str> = uses[from].iter().copied().collect();
    while let Some(file) = left.pop() {
        if found.insert(file) {
            left.extend(uses.get(file).into_iter().flatten());
        }
    }
    found
}

fn uses(sources: &[Source]) -> Uses<'_> {
    let shipped = || sources.iter().filter(|source| !source.test_only);
    let files: BTreeMap<_, _> = shipped()
        .map(|source| {
            let module = source.module();
            let imports = Imports::of(&module, &source.file.items);
            (module, (source.path.as_str(), imports))
        })
        .collect();
    let file_of = |name: &str| {
        let mut path: Vec<String> = name.trim_end_matches('!').split("::").map(str::to_owned).collect();
        // Nobody hands a name on through more than a few modules.
        for _ in 0..8 {
            let module = (1..=path.len()).rev().find(|end| files.contains_key(&path[..*end]))?;
            let (file, imports) = &files[&path[..module]];
            let target = path.get(module).and_then(|next| imports.get(next));
            // `pub use child::Name` says nothing of the module in front.
            let target = target.map(|target| match imports.get(&target[0]) {
                Some(child) if target.len() > 1 => [child, &target[1..]].concat(),
                _ => target.clone(),
            });
            match target {
                Some(target) if target[0] == "crate" && target[..] != path[..=module] => {
                    path = [&target[..], &path[module + 1..]].concat();
                }
                _ => return Some(*file),
            }
        }
        None
    };
    shipped()
        .map(|source| {
            let names = Names::of(source).all;
            let others = names.iter().filter_map(|name| file_of(&name.path));
            let others = others.filter(|other| *other != source.path).collect();
            (source.path.as_str(), others)
        })
        .collect()
}
