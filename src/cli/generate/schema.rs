//! The JSON Schema of the settings, for editors: keys, types, defaults, explanations.
//!
//! It refuses obvious mistakes. Only `check --offline` reports which keys are required, and invalid addresses and
//! names.

use serde_json::{Map, Value, json};

use super::reference::{ReferenceKey, ReferenceSection};
use crate::settings::{self, Form};

/// The schema of a whole settings file.
pub(super) fn schema(sections: &[ReferenceSection]) -> Value {
    let mut root = table("Settings of ghe-license-sync.");
    for section in sections {
        insert(&mut root, &section.name, section);
    }
    if let Value::Object(root) = &mut root {
        root.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        root.insert("title".to_owned(), json!("ghe-license-sync"));
    }
    root
}

fn table(about: &str) -> Value {
    json!({ "type": "object", "description": about, "additionalProperties": false, "properties": {} })
}

/// Puts a section at its path below `parent`; tables in between are made.
fn insert(parent: &mut Value, path: &str, section: &ReferenceSection) {
    let (name, rest) = path.split_once('.').unwrap_or((path, ""));
    let Some(Value::Object(properties)) = parent.get_mut("properties") else {
        return;
    };
    let child = properties.entry(name).or_insert_with(|| table(""));
    if rest.is_empty() {
        fill(child, section);
    } else {
        insert(child, rest, section);
    }
}

fn fill(table: &mut Value, section: &ReferenceSection) {
    if let Value::Object(table) = table {
        table.insert("description".to_owned(), json!(section.about));
        if let Some(Value::Object(properties)) = table.get_mut("properties") {
            properties.extend(
                section
                    .keys
                    .iter()
                    .map(|key| (key.name.clone(), property(section, key))),
            );
        }
    }
}

fn property(section: &ReferenceSection, key: &ReferenceKey) -> Value {
    let path = format!("{}.{}", section.name, key.name);
    let mut property = settings::key(&path).map(|key| form(key.form)).unwrap_or_default();
    property.insert("description".to_owned(), json!(key.about));
    if key.is_default {
        property.insert("default".to_owned(), json!(key.value));
    } else {
        property.insert("examples".to_owned(), json!([key.value]));
    }
    Value::Object(property)
}

/// The form of the values of a key, by its type.
fn form(form: Form) -> Map<String, Value> {
    let keywords = match form {
        Form::Switch => vec![("type", json!("boolean"))],
        Form::Whole(least, None) => vec![("type", json!("integer")), ("minimum", json!(least))],
        Form::Whole(least, Some(most)) => vec![
            ("type", json!("integer")),
            ("minimum", json!(least)),
            ("maximum", json!(most)),
        ],
        Form::String => vec![("type", json!("string"))],
        Form::Format(format) => vec![("type", json!("string")), ("format", json!(format))],
        Form::Pattern(pattern) => vec![("type", json!("string")), ("pattern", json!(pattern))],
        Form::OneOf(words) => vec![("type", json!("string")), ("enum", json!(words))],
        Form::Strings => vec![("type", json!("array")), ("items", json!({ "type": "string" }))],
    };
    keywords
        .into_iter()
        .map(|(keyword, value)| (keyword.to_owned(), value))
        .collect()
}
