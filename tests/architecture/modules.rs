//! Which top-level module may use which, and which of them are pure.

use std::collections::BTreeMap;

use syn::Item;

use super::breach::Breach;
use super::names::{Name, Names};
use super::source::Source;

/// Every top-level module with those that it may use. A module that is not listed has no place yet: put it here
/// first. `main` and `lib` are the two roots.
pub(crate) const MAY_USE: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("lib", &[]),
    (
        "cli",
        &[
            "daemon",
            "sync",
            "collect",
            "store",
            "connect",
            "license",
            "guard",
            "transport",
            "settings",
            "observe",
            "output_file",
            "sandbox",
            "failpoint",
            "clock",
            "advice",
            "explain",
            "plain",
            "timestamp",
            "reason",
        ],
    ),
    (
        "daemon",
        &[
            "sync",
            "collect",
            "store",
            "license",
            "settings",
            "observe",
            "failpoint",
            "clock",
            "explain",
            "plain",
            "reason",
        ],
    ),
    (
        "sync",
        &[
            "collect",
            "store",
            "connect",
            "license",
            "schedule",
            "guard",
            "transport",
            "settings",
            "observe",
            "output_file",
            "failpoint",
            "clock",
            "advice",
            "explain",
            "plain",
            "timestamp",
            "reason",
        ],
    ),
    (
        "collect",
        &[
            "license",
            "transport",
            "settings",
            "explain",
            "plain",
            "timestamp",
            "reason",
        ],
    ),
    (
        "connect",
        &[
            "license",
            "transport",
            "settings",
            "clock",
            "explain",
            "plain",
            "timestamp",
            "reason",
        ],
    ),
    (
        "store",
        &[
            "license",
            "settings",
            "failpoint",
            "advice",
            "explain",
            "plain",
            "timestamp",
            "reason",
        ],
    ),
    (
        "transport",
        &["settings", "observe", "explain", "plain", "timestamp", "reason"],
    ),
    ("observe", &["settings", "explain", "plain", "reason"]),
    ("settings", &["license", "schedule", "guard", "explain", "reason"]),
    ("guard", &["license", "plain", "reason"]),
    ("schedule", &["explain", "plain", "reason"]),
    ("license", &["plain", "timestamp", "reason"]),
    ("sandbox", &["license", "clock", "explain", "reason"]),
    ("advice", &[]),
    ("clock", &[]),
    ("output_file", &[]),
    ("failpoint", &[]),
    ("explain", &["advice", "plain", "reason"]),
    ("plain", &[]),
    ("timestamp", &[]),
    ("reason", &[]),
];

/// Modules that compute and do nothing else.
pub(crate) const PURE: &[&str] = &[
    "license",
    "schedule",
    "guard",
    "advice",
    "explain",
    "plain",
    "reason",
    "timestamp",
];

const NOT_PURE: &[&str] = &[
    "axum",
    "chrono::Local",
    "chrono::Utc::now",
    "fastrand",
    "reqwest",
    "sqlx",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
    "tokio_util",
    "tracing",
    "uuid::Uuid::new_v4",
    "uuid::Uuid::now_v7",
];

/// What a module may use; nothing when it has no place in the table.
fn allowed(module: &str) -> Option<&'static [&'static str]> {
    MAY_USE
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, others)| *others)
}

/// Pure modules do no I/O, read no clock and throw no dice.
pub(crate) fn impure(sources: &[Source]) -> Vec<Breach> {
    let pure = sources
        .iter()
        .filter(|source| PURE.contains(&source.top_module().as_str()));
    pure.flat_map(|source| {
        let names = Names::of(source).all.into_iter();
        names
            .filter(|name| NOT_PURE.iter().any(|forbidden| name.is_within(forbidden)))
            .map(|name| Breach {
                file: source.path.clone(),
                line: name.line,
                found: format!("names `{}`", name.path),
                rule: format!(
                    "`{}` is pure: no I/O, no clock, no chance, no log, so that it can be tested by values alone; \
                     hand the result in",
                    source.top_module()
                ),
            })
    })
    .collect()
}

/// Dependencies point one way.
pub(crate) fn against_the_grain(sources: &[Source]) -> Vec<Breach> {
    let macros = macros(sources);
    let mut breaches = Vec::new();
    for source in sources {
        let module = source.top_module();
        let allowed = allowed(&module).unwrap_or_default();
        for (other, name) in used(source, &macros) {
            if other != module && !allowed.contains(&other.as_str()) {
                breaches.push(Breach {
                    file: source.path.clone(),
                    line: name.line,
                    found: format!("names `{}`", name.path),
                    rule: format!(
                        "`{module}` may use [{}] and nothing else of the crate; dependencies point one way \
                         (MAY_USE in tests/architecture/modules.rs)",
                        allowed.join(", ")
                    ),
                });
            }
        }
    }
    breaches
}

/// Dependencies of these modules that are allowed and that none of their files has.
pub(crate) fn unused(sources: &[Source]) -> Vec<Breach> {
    let macros = macros(sources);
    let mut modules: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        let others = used(source, &macros).into_iter().map(|(other, _)| other);
        modules.entry(source.top_module()).or_default().extend(others);
    }
    let mut breaches = Vec::new();
    for (module, used) in &modules {
        let others = allowed(module).unwrap_or_default();
        for other in others.iter().filter(|other| !used.iter().any(|used| used == *other)) {
            breaches.push(Breach {
                file: "tests/architecture/modules.rs".to_owned(),
                line: 1,
                found: format!("lets `{module}` use `{other}`"),
                rule: "the table is what stands: a dependency that no file has is not allowed".to_owned(),
            });
        }
    }
    breaches
}

/// What a file names of the crate, each with the top-level module that has it.
fn used(source: &Source, macros: &BTreeMap<String, String>) -> Vec<(String, Name)> {
    let names = Names::of(source).all.into_iter();
    let placed = names.filter_map(|name| {
        let other = match name.path.strip_prefix("crate::") {
            Some(path) => path
                .split("::")
                .next()
                .unwrap_or_default()
                .trim_end_matches('!')
                .to_owned(),
            None => macros.get(name.path.strip_suffix('!')?)?.clone(),
        };
        Some((other, name))
    });
    placed.collect()
}

/// The macros that every file sees without naming their module, by their names.
fn macros(sources: &[Source]) -> BTreeMap<String, String> {
    let mut macros = BTreeMap::new();
    for source in sources.iter().filter(|source| source.module().len() == 2) {
        for item in &source.file.items {
            if let Item::Macro(made) = item
                && let Some(name) = &made.ident
            {
                macros.insert(name.to_string(), source.top_module());
            }
        }
    }
    macros
}

/// Every top-level module has a place in the table.
pub(crate) fn homeless(sources: &[Source]) -> Vec<Breach> {
    let roots = sources
        .iter()
        .filter(|source| matches!(source.top_module().as_str(), "lib" | "main"));
    roots
        .flat_map(|source| source.file.items.iter().map(move |item| (source, item)))
        .filter_map(|(source, item)| match item {
            Item::Mod(module) if source.top_module() == "main" || allowed(&module.ident.to_string()).is_none() => {
                Some(Breach {
                    file: source.path.clone(),
                    line: module.ident.span().start().line,
                    found: format!("declares `mod {}`", module.ident),
                    rule:
                        "a top-level module hangs on lib.rs and has a line in MAY_USE (tests/architecture/modules.rs) \
                           that says what it may use"
                            .to_owned(),
                })
            }
            _ => None,
        })
        .collect()
}
