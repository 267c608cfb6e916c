//! The settings file: read under a cap, then checked strictly and to the end.
//!
//! The TOML parser goes on after a syntax error by itself. serde stops at the first value it refuses; so that value is
//! taken out and the rest is read again, until nothing is refused. What is left is the file's layer.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use super::SettingsError;
use super::complaint::{self, Complaint};
use super::disguise;
use super::layers::Layer;
use super::place::Place;
use super::problem::{Findings, Problem};
use super::schema::{self, Written};

/// No settings file is longer than this, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// A settings file and its text.
pub(super) struct Document<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> Document<'a> {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, cannot be read, is too large or is not text.
    pub(super) fn read(path: &'a Path) -> Result<Self, SettingsError> {
        let unreadable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => SettingsError::NotFound { path: path.to_owned() },
            _ => SettingsError::Unreadable {
                path: path.to_owned(),
                source,
            },
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LIMIT {
            return Err(SettingsError::TooLarge { path: path.to_owned() });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self { path, text }),
            Err(error) => {
                let valid = error
                    .as_bytes()
                    .get(..error.utf8_error().valid_up_to())
                    .unwrap_or_default();
                Err(SettingsError::NotText {
                    path: path.to_owned(),
                    line: valid.iter().filter(|byte| **byte == b'\n').count() + 1,
                })
            }
        }
    }

    /// What the file sets; all that is wrong with it goes to `findings`.
    pub(super) fn examine(&self, findings: &mut Findings) -> Layer {
        let (mut table, errors) = DeTable::parse_recoverable(&self.text);
        for error in &errors {
            findings.push(self.syntax_problem(error));
        }
        if !errors.is_empty() {
            self.doubt_unread_keys(findings);
        }
        let mut layer = Layer {
            values: self.prune(&mut table, findings),
            ..Layer::default()
        };
        self.note_places("", table.get_ref(), &mut layer);
        layer
    }

    fn place(&self, span: &Range<usize>) -> Place {
        Place::locate(self.path, &self.text, span)
    }

    fn syntax_problem(&self, error: &toml::de::Error) -> Problem {
        let end = self.text.len();
        Problem {
            place: self.place(&error.span().unwrap_or(end..end)),
            label: error.message().to_owned(),
            help: None,
        }
    }

    /// What a broken line hides cannot be called missing: neither the keys of that line nor, since an open quote
    /// swallows what follows, any other key that begins a line.
    fn doubt_unread_keys(&self, findings: &mut Findings) {
        for path in schema::keys() {
            let name = path.rsplit('.').next().unwrap_or(&path);
            if name != "enabled" && self.text.lines().any(|line| line.trim_start().starts_with(name)) {
                findings.doubt(path);
            }
        }
    }

    /// Takes out of `table` all that the schema refuses.
    fn prune(&self, table: &mut Spanned<DeTable<'_>>, findings: &mut Findings) -> toml::Table {
        while !findings.is_full() {
            let read = || Deserializer::from(table.clone());
            let error = match Written::deserialize(read()).and_then(|_| toml::Table::deserialize(read())) {
                Ok(values) => return values,
                Err(error) => error,
            };
            let Some(item) = error.span().and_then(|span| Item::take("", table.get_mut(), &span)) else {
                findings.push(Problem {
                    place: Place::File(self.path.to_owned()),
                    ..self.syntax_problem(&error)
                });
                break;
            };
            let Complaint { label, help, meant } = item.complaint(error.message());
            findings.doubt(item.path());
            meant.into_iter().for_each(|path| findings.doubt(path));
            findings.push(Problem {
                place: self.place(&item.span),
                label,
                help,
            });
        }
        toml::Table::new()
    }

    fn note_places(&self, prefix: &str, table: &DeTable<'_>, layer: &mut Layer) {
        for (key, value) in table {
            let path = join(prefix, key.get_ref());
            layer.places.insert(path.clone(), self.place(&key.span()));
            if let DeValue::Table(inner) = value.get_ref() {
                self.note_places(&path, inner, layer);
            }
        }
    }
}

fn join(prefix: &str, key: &str) -> String {
    if prefix.is_empty() {
        key.to_owned()
    } else {
        format!("{prefix}.{key}")
    }
}

/// What was taken out of a table because the schema refuses it.
struct Item {
    /// The table it stood in; empty for the top level.
    table: String,
    key: String,
    /// The value's type when the value is refused; nothing when the key is.
    found: Option<&'static str>,
    /// The value, when it is a string.
    text: Option<String>,
    span: Range<usize>,
}

impl Item {
    /// Takes out the innermost item whose key or value stands at `span`.
    fn take(path: &str, table: &mut DeTable<'_>, span: &Range<usize>) -> Option<Self> {
        for (key, value) in table.iter_mut() {
            if let DeValue::Table(inner) = value.get_mut()
                && let Some(item) = Self::take(&join(path, key.get_ref()), inner, span)
            {
                return Some(item);
            }
        }
        let key = table
            .iter()
            .find(|(key, value)| key.span() == *span || value.span() == *span)
            .map(|(key, _)| key.get_ref().to_string())?;
        let (key, value) = table.remove_entry(key.as_str())?;
        let is_key = key.span() == *span;
        Some(Self {
            table: path.to_owned(),
            found: (!is_key).then(|| value.get_ref().type_str()),
            text: value.get_ref().as_str().map(str::to_owned),
            span: if is_key || value.get_ref().is_table() {
                key.span()
            } else {
                value.span()
            },
            key: key.into_inner().into_owned(),
        })
    }

    fn path(&self) -> String {
        join(&self.table, &self.key)
    }

    fn complaint(&self, message: &str) -> Complaint {
        let mut complaint = match self.found {
            None => complaint::of_unknown_key(&self.table, &self.key),
            found => complaint::of_value(message, found, self.text.as_deref()),
        };
        if self.text.as_deref().is_some_and(disguise::is_secret) {
            complaint.help = Some(disguise::HELP.to_owned());
        }
        complaint
    }
}
