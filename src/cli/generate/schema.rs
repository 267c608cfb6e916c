//! The JSON Schema of the settings, for editors: keys, types, defaults, explanations.
//!
//! It refuses what is wrong at first sight. What has to be there when, and whether addresses and names are good, is
//! said by `check --offline` alone.

use serde_json::{Map, Value, json};

use super::reference::{Key, Section};

/// The schema of a whole settings file.
pub(super) fn schema(sections: &[Section]) -> Value {
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
fn insert(parent: &mut Value, path: &str, section: &Section) {
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

fn fill(table: &mut Value, section: &Section) {
    if let Value::Object(table) = table {
        table.insert("description".to_owned(), json!(section.about));
        if let Some(Value::Object(properties)) = table.get_mut("properties") {
            properties.extend(section.keys.iter().map(|key| (key.name.clone(), property(key))));
        }
    }
}

fn property(key: &Key) -> Value {
    let mut property = Map::new();
    property.insert("description".to_owned(), json!(key.about));
    property.insert("type".to_owned(), json!(type_of(&key.value)));
    if key.is_default {
        property.insert("default".to_owned(), json!(key.value));
    } else {
        property.insert("examples".to_owned(), json!([key.value]));
    }
    if let Some((keyword, value)) = constraint(&key.name) {
        property.insert(keyword.to_owned(), value);
    }
    Value::Object(property)
}

fn type_of(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::Boolean(_) => "boolean",
        toml::Value::Integer(_) => "integer",
        toml::Value::Float(_) => "number",
        toml::Value::Array(_) => "array",
        toml::Value::Table(_) => "object",
        toml::Value::String(_) | toml::Value::Datetime(_) => "string",
    }
}

/// What can be said of the values of a key by its name alone.
fn constraint(key: &str) -> Option<(&'static str, Value)> {
    Some(match key {
        "id" => ("format", json!("uuid")),
        "installation-id" => ("minimum", json!(1)),
        "max-change-percent" => ("maximum", json!(100)),
        "always-allow-users" | "max-other-accounts" => ("minimum", json!(0)),
        "level" => ("enum", json!(["error", "warn", "info", "debug", "trace"])),
        "format" => ("enum", json!(["text", "json"])),
        "delivery" => ("enum", json!(["connect", "file"])),
        "path" => ("pattern", json!("^(/|-$)")),
        "directory" => ("pattern", json!("^/")),
        "textfile" => ("pattern", json!("^(/.*\\.prom)?$")),
        _ if key.ends_with("-file") => ("pattern", json!("^/")),
        _ if key == "url" || key == "proxy" || key.ends_with("-url") => ("pattern", json!("^https?://")),
        _ if key.ends_with("timeout") || key == "max-age" => ("pattern", json!("^[0-9]+ *[a-z]+( *[0-9]+ *[a-z]+)*$")),
        _ => return None,
    })
}
