//! Reads the settings file strictly, and to the end.
//!
//! serde stops at the first value that it refuses. So that value is taken out and the rest is read again, until nothing
//! is refused. What is left is the file's layer.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Deserializer};

use crate::settings::load::document::Document;
use crate::settings::load::merge::Layer;
use crate::settings::load::syntax;
use crate::settings::problem::wording::{self, Complaint};
use crate::settings::problem::{Findings, Problem};
use crate::settings::schema::{self, Written};

/// What the file sets; all that is wrong with it goes to `findings`.
pub(in crate::settings) fn layer(document: &Document<'_>, findings: &mut Findings) -> Layer {
    let text = syntax::legible(document, findings);
    let (mut table, _) = DeTable::parse_recoverable(&text);
    let mut layer = Layer::default();
    if let Some(values) = prune(document, &mut table, findings) {
        layer.values = values;
        note_places(document, "", table.get_ref(), &mut layer);
    }
    layer
}

/// Takes out of `table` all that the schema refuses; nothing comes back when that is too much.
fn prune(document: &Document<'_>, table: &mut Spanned<DeTable<'_>>, findings: &mut Findings) -> Option<toml::Table> {
    while let Some(item) = Item::take("", table.get_mut(), &Item::is_list_of_tables) {
        report(document, &item, Refusal::Value("a list"), findings);
    }
    while !findings.is_full() {
        let read = || Deserializer::from(table.clone());
        let error = match Written::deserialize(read()).and_then(|_| toml::Table::deserialize(read())) {
            Ok(values) => return Some(values),
            Err(error) => error,
        };
        let span = error.span().unwrap_or_default();
        let refused = |_: &str, key: &Range<usize>, value: &Spanned<DeValue<'_>>| *key == span || value.span() == span;
        let Some(item) = Item::take("", table.get_mut(), &refused) else {
            findings.push(Problem {
                place: document.whole(),
                label: "this file cannot be used".to_owned(),
                help: None,
            });
            break;
        };
        let is_key = item.key_span == span && error.message().starts_with("unknown ");
        let refusal = if is_key {
            Refusal::Key
        } else {
            Refusal::Value(error.message())
        };
        report(document, &item, refusal, findings);
    }
    None
}

/// What the schema refuses of an item.
#[derive(Clone, Copy)]
enum Refusal<'a> {
    /// There is no such key.
    Key,
    /// The value, with what serde says against it.
    Value(&'a str),
}

fn report(document: &Document<'_>, item: &Item, refusal: Refusal<'_>, findings: &mut Findings) {
    // The source is called empty when all that stood in it was refused and taken out.
    let is_emptied = matches!(refusal, Refusal::Value(message) if wording::is_choice(message))
        && findings.is_doubtful_below(&item.path());
    findings.doubt(item.path());
    if is_emptied {
        return;
    }
    let Complaint { label, help, meant } = item.complaint(refusal);
    meant.into_iter().for_each(|path| findings.doubt(path));
    findings.push(Problem {
        place: document.place(item.place(refusal)),
        label,
        help,
    });
}

fn note_places(document: &Document<'_>, prefix: &str, table: &DeTable<'_>, layer: &mut Layer) {
    for (key, value) in table {
        let path = join(prefix, key.get_ref());
        layer.places.insert(path.clone(), document.place(&key.span()));
        if let DeValue::Table(inner) = value.get_ref() {
            note_places(document, &path, inner, layer);
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

/// Whether an item, given by its path, the span of its key and its value, is to be taken out.
type Choice<'a> = dyn Fn(&str, &Range<usize>, &Spanned<DeValue<'_>>) -> bool + 'a;

/// What was taken out of a table because the schema refuses it.
struct Item {
    /// The table it stood in; empty for the top level.
    table: String,
    key: String,
    /// The value's type.
    found: &'static str,
    /// The value, when it is a string.
    text: Option<String>,
    key_span: Range<usize>,
    value_span: Range<usize>,
}

impl Item {
    /// Takes out the innermost item of that choice.
    fn take(table: &str, items: &mut DeTable<'_>, choice: &Choice<'_>) -> Option<Self> {
        for (key, value) in items.iter_mut() {
            if let DeValue::Table(inner) = value.get_mut()
                && let Some(item) = Self::take(&join(table, key.get_ref()), inner, choice)
            {
                return Some(item);
            }
        }
        let chosen = items
            .iter()
            .find(|(key, value)| choice(&join(table, key.get_ref()), &key.span(), value))
            .map(|(key, _)| key.get_ref().to_string())?;
        let (key, value) = items.remove_entry(chosen.as_str())?;
        Some(Self {
            table: table.to_owned(),
            found: value.get_ref().type_str(),
            text: value.get_ref().as_str().map(str::to_owned),
            key_span: key.span(),
            value_span: value.span(),
            key: key.into_inner().into_owned(),
        })
    }

    /// serde would take a list for the fields of a section, in the order of the schema.
    fn is_list_of_tables(path: &str, _: &Range<usize>, value: &Spanned<DeValue<'_>>) -> bool {
        value.get_ref().is_array() && schema::is_table(path)
    }

    fn path(&self) -> String {
        join(&self.table, &self.key)
    }

    /// What to underline: the value when it is refused, but the key when it is unknown or names a whole table.
    fn place(&self, refusal: Refusal<'_>) -> &Range<usize> {
        match refusal {
            Refusal::Value(_) if self.found != "table" => &self.value_span,
            _ => &self.key_span,
        }
    }

    fn complaint(&self, refusal: Refusal<'_>) -> Complaint {
        let text = self.text.as_deref();
        match refusal {
            Refusal::Key => wording::of_unknown_key(&self.table, &self.key, text),
            Refusal::Value(message) => wording::of_value(&self.path(), message, Some(self.found), text),
        }
    }
}
