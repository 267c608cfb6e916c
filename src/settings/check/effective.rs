//! The settings in force, as TOML, with the place where each was decided.
//!
//! Secrets cannot appear: the settings name only the files they are in, and the arguments of a program are counted.

use std::collections::BTreeMap;

use crate::settings::check::{account_of, path_of};
use crate::settings::error::SettingsError;
use crate::settings::load::merge::Merged;
use crate::settings::schema::Written;
use crate::settings::{Account, Sources};

/// Longer assignments do not push the places of the others out of a terminal.
const WIDEST: usize = 36;

/// The settings in force; `Display` writes them as TOML. Keys that are not set, have no default and follow from no other
/// key are left out.
#[derive(Debug)]
pub struct Effective {
    /// By table: key, value and where it was decided.
    tables: BTreeMap<String, Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    assignment: String,
    origin: String,
}

impl Effective {
    /// Loads, merges and checks the settings as [`Settings::load`](crate::settings::Settings::load) does.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        crate::settings::read(sources).map(|(merged, _)| Self::new(&merged))
    }

    fn new(merged: &Merged) -> Self {
        let mut tables = BTreeMap::<String, Vec<Entry>>::new();
        for leaf in merged.written.leaves() {
            let found = match leaf.value {
                Some(value) => {
                    let value = shown(value);
                    let place = merged.places.get(&leaf.path).map(ToString::to_string);
                    Some((value, place.unwrap_or_else(|| "default".to_owned())))
                }
                None => derived(&merged.written, &leaf.path),
            };
            if let (Some((table, key)), Some((value, origin))) = (leaf.path.rsplit_once('.'), found) {
                tables.entry(table.to_owned()).or_default().push(Entry {
                    assignment: format!("{key} = {value}"),
                    origin,
                });
            }
        }
        Self { tables }
    }
}

/// Of a list, which is a program and its arguments, the program alone.
fn shown(value: toml::Value) -> toml::Value {
    match value {
        toml::Value::Array(words) if words.len() > 1 => {
            let arguments = format!("({} more)", words.len() - 1).into();
            words.into_iter().take(1).chain([arguments]).collect::<Vec<_>>().into()
        }
        value => value,
    }
}

/// What is in force for a key that is not set, where that follows from another one; and from which.
fn derived(written: &Written, path: &str) -> Option<(toml::Value, String)> {
    let connect = &written.connect;
    let (text, from) = match path {
        "connect.api-url" => (connect.host.service("api")?.to_string(), "host"),
        "connect.uploads-url" => (connect.host.service("uploads")?.to_string(), "host"),
        "connect.upload-path" => match account_of(connect)? {
            account @ Account::Enterprise(_) => (path_of(connect, &account).to_string(), "enterprise"),
            account @ Account::Organization(_) => (path_of(connect, &account).to_string(), "organization"),
        },
        _ => return None,
    };
    Some((toml::Value::String(text), format!("follows from `{from}`")))
}

impl std::fmt::Display for Effective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entries = || self.tables.values().flatten();
        let width = entries()
            .map(|entry| entry.assignment.chars().count())
            .filter(|width| *width <= WIDEST)
            .max()
            .unwrap_or(0);
        for (index, (table, entries)) in self.tables.iter().enumerate() {
            writeln!(f, "{}[{table}]", if index == 0 { "" } else { "\n" })?;
            for Entry { assignment, origin } in entries {
                writeln!(f, "{assignment:width$}  # {origin}")?;
            }
        }
        Ok(())
    }
}
