//! What is wrong with an unknown key, and what was probably meant.

use super::keys::paths;
use super::suggestion::{closest, did_you_mean};
use crate::settings::load::leaf::Leaf;
use crate::settings::load::origin::Origin;
use crate::settings::load::overrides::variable;
use crate::settings::problem::redact;

/// What is wrong with a leaf and what to do about it.
pub(super) struct Mistake {
    pub label: String,
    pub help: Option<String>,
    /// Its value is wrong, and not its key.
    pub is_of_value: bool,
    /// The key that was probably meant.
    pub meant: Option<String>,
}

/// A key of the file that does not exist in its table.
pub(super) fn key(leaf: &Leaf) -> Mistake {
    let (table, key) = (leaf.table.as_str(), leaf.name());
    let place = match table {
        "" => "at the top level".to_owned(),
        table => format!("in [{table}]"),
    };
    let meant = closest_in(table, key);
    let suggestion = match &meant {
        Some(path) => Some(did_you_mean(last(path))),
        None => elsewhere(key).or_else(|| few(table)),
    };
    Mistake {
        label: format!("unknown key `{}` {place}", redact::name(key)),
        help: with_warning(key, leaf, suggestion),
        is_of_value: false,
        meant,
    }
}

/// A variable or a flag for which there is no setting.
pub(super) fn setting(leaf: &Leaf) -> Mistake {
    let meant = closest(&leaf.path, paths()).map(str::to_owned);
    let suggestion = meant.as_deref().map(|meant| match leaf.key {
        Origin::Variable(_) => did_you_mean(&variable(meant)),
        _ => did_you_mean(&format!("--set {meant}=…")),
    });
    Mistake {
        label: "no such setting".to_owned(),
        help: with_warning(&leaf.path, leaf, suggestion),
        is_of_value: false,
        meant,
    }
}

/// The paths of the keys and sections right below `table`, by alphabet.
pub(super) fn children(table: &str) -> Vec<String> {
    let prefix = match table {
        "" => String::new(),
        table => format!("{table}."),
    };
    let names = paths().filter_map(|path| path.strip_prefix(&prefix)?.split('.').next());
    let mut children: Vec<String> = names.map(|name| format!("{prefix}{name}")).collect();
    children.dedup();
    children
}

/// The suggestion, and where secrets go if this sounds or looks like one.
fn with_warning(key: &str, leaf: &Leaf, suggestion: Option<String>) -> Option<String> {
    let is_secret = redact::is_secret_key(key) || redact::is_token(key) || leaf.text().is_some_and(redact::is_token);
    match suggestion {
        Some(text) if is_secret => Some(format!("{text} {}", redact::HELP)),
        None if is_secret => Some(redact::HELP.to_owned()),
        other => other,
    }
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The key or section right below `table` that `key` resembles.
fn closest_in(table: &str, key: &str) -> Option<String> {
    let children = children(table);
    let name = closest(&key.replace('_', "-"), children.iter().map(|path| last(path)))?;
    children.iter().find(|path| last(path) == name).cloned()
}

/// What there is below `table`, when that is quickly read.
fn few(table: &str) -> Option<String> {
    let children = children(table);
    let names: Vec<String> = children.iter().map(|path| format!("`{}`", last(path))).collect();
    (names.len() <= 5).then(|| format!("there is only {}", names.join(", ")))
}

/// The tables where a key of exactly this name belongs.
fn elsewhere(key: &str) -> Option<String> {
    let key = key.replace('_', "-");
    let paths = paths().filter_map(|path| path.rsplit_once('.'));
    let tables: Vec<String> = paths
        .filter(|(_, name)| *name == key)
        .map(|(table, _)| format!("[{table}]"))
        .collect();
    (!tables.is_empty()).then(|| format!("`{key}` belongs under {}", tables.join(" or ")))
}
