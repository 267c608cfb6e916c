//! The settings in force, as TOML, with the place where each was decided.
//!
//! Secrets cannot appear: the settings name only the files they are in, and the arguments of a program are counted.

use std::collections::BTreeMap;

use crate::settings::error::SettingsError;
use crate::settings::read::read;
use crate::settings::schema::sections::Sections;
use crate::settings::schema::value::Text as _;
use crate::settings::{LicenseOwner, Sources};

/// Longer assignments do not push the places of the others out of a terminal.
const WIDEST: usize = 36;

/// The settings in force; `Display` writes them as TOML. Keys that are not set, have no default and follow from no other
/// key are left out.
#[derive(Debug)]
pub struct Effective {
    /// By table: key, value and where it was decided.
    tables: BTreeMap<String, Vec<Assignment>>,
}

#[derive(Debug)]
struct Assignment {
    text: String,
    origin: String,
}

impl Effective {
    /// Loads, merges and checks the settings as [`Settings::load`](crate::settings::Settings::load) does.
    ///
    /// # Errors
    /// [`SettingsError`] when the settings cannot be used.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        read(sources).map(|(sections, _)| Self::new(&sections))
    }

    fn new(sections: &Sections) -> Self {
        let mut tables = BTreeMap::<String, Vec<Assignment>>::new();
        for (path, value) in &sections.values {
            let found = match value {
                Some(value) => {
                    let origin = sections.origins.get(path).map(ToString::to_string);
                    Some((shown(value.clone()), origin.unwrap_or_else(|| "default".to_owned())))
                }
                None => derived(sections, path),
            };
            if let (Some((table, key)), Some((value, origin))) = (path.rsplit_once('.'), found) {
                tables.entry(table.to_owned()).or_default().push(Assignment {
                    text: format!("{key} = {value}"),
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
fn derived(sections: &Sections, path: &str) -> Option<(toml::Value, String)> {
    let connect = &sections.connect;
    let (text, from) = match path {
        "connect.api-url" => (connect.api()?.to_string(), "host"),
        "connect.uploads-url" => (connect.uploads()?.to_string(), "host"),
        "connect.upload-path" => {
            let account = connect.account()?;
            let from = match account {
                LicenseOwner::Enterprise(_) => "enterprise",
                LicenseOwner::Organization(_) => "organization",
            };
            (connect.path_for(&account).show(), from)
        }
        _ => return None,
    };
    Some((toml::Value::String(text), format!("follows from `{from}`")))
}

impl std::fmt::Display for Effective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entries = || self.tables.values().flatten();
        let width = entries()
            .map(|entry| entry.text.chars().count())
            .filter(|width| *width <= WIDEST)
            .max()
            .unwrap_or(0);
        for (index, (table, entries)) in self.tables.iter().enumerate() {
            writeln!(f, "{}[{table}]", if index == 0 { "" } else { "\n" })?;
            for Assignment { text, origin } in entries {
                writeln!(f, "{text:width$}  # {origin}")?;
            }
        }
        Ok(())
    }
}
