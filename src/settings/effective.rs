//! The settings in force, as TOML, with the place where each was decided.
//!
//! Secrets cannot appear: the settings name only the files they are in.

use std::collections::BTreeMap;

use super::Sources;
use super::error::SettingsError;
use super::layers::Merged;

/// The settings in force; `Display` writes them as TOML. Keys that are not set and have no default are left out.
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
    /// Loads, merges and checks the settings as [`Settings::load`](super::Settings::load) does.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        super::load(sources).map(|(merged, _)| Self::new(&merged))
    }

    fn new(merged: &Merged) -> Self {
        let mut tables = BTreeMap::<String, Vec<Entry>>::new();
        for leaf in merged.written.leaves() {
            if let (Some((table, key)), Some(value)) = (leaf.path.rsplit_once('.'), leaf.value) {
                tables.entry(table.to_owned()).or_default().push(Entry {
                    assignment: format!("{key} = {value}"),
                    origin: merged
                        .places
                        .get(&leaf.path)
                        .map_or_else(|| "default".to_owned(), ToString::to_string),
                });
            }
        }
        Self { tables }
    }
}

impl std::fmt::Display for Effective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entries = || self.tables.values().flatten();
        let width = entries()
            .map(|entry| entry.assignment.chars().count())
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
