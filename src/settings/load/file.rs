//! Reads what the settings file says into leaves.

use std::ops::Range;
use std::sync::Arc;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::leaf::{Leaf, LeafValue};
use super::origin::Origin;
use super::settings_file::SettingsFile;
use super::syntax;
use crate::settings::problem::Findings;

/// The leaves of the file, each table before what is in it; what is no TOML goes to `findings`.
pub(in crate::settings) fn leaves(document: &Arc<SettingsFile>, findings: &mut Findings) -> Vec<Leaf> {
    let text = syntax::legible(document, findings);
    let (table, _) = DeTable::parse_recoverable(&text);
    let mut leaves = Vec::new();
    gather(document, "", table.get_ref(), &mut leaves);
    leaves
}

fn gather(document: &Arc<SettingsFile>, prefix: &str, table: &DeTable<'_>, leaves: &mut Vec<Leaf>) {
    let origin = |span: Range<usize>| Origin::Span(Arc::clone(document), span);
    for (key, item) in table {
        let name = key.get_ref();
        let path = match (prefix, name.contains('.')) {
            ("", false) => name.to_string(),
            ("", true) => format!("\"{name}\""),
            (_, false) => format!("{prefix}.{name}"),
            (_, true) => format!("{prefix}.\"{name}\""),
        };
        leaves.push(Leaf {
            path: path.clone(),
            table: prefix.to_owned(),
            written: LeafValue::Typed(value(item.get_ref())),
            key: origin(key.span()),
            value: origin(item.span()),
            is_in_force: false,
        });
        if let DeValue::Table(inner) = item.get_ref() {
            gather(document, &path, inner, leaves);
        }
    }
}

/// The value, without what is in a table.
fn value(written: &DeValue<'_>) -> Value {
    match written {
        DeValue::String(text) => Value::String(text.to_string()),
        // No key takes a negative number, and so none takes one that has no place in 64 bits.
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).unwrap_or(i64::MIN))
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(switch) => Value::Boolean(*switch),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(items) => Value::Array(items.iter().map(|item| value(item.get_ref())).collect()),
        DeValue::Table(_) => Value::Table(toml::Table::new()),
    }
}
