//! What one source of settings says, key by key, before anything is known of the keys.

use toml::Value;

use super::origin::Origin;

/// A value, or a table without what is in it, as it was written.
pub(in crate::settings) struct Leaf {
    /// Like `connect.client-id`; a name that has a dot in it is in quotes, so that no known path has one.
    pub path: String,
    /// The path of its table; empty for the top level, and where all is one text.
    pub table: String,
    pub written: LeafValue,
    /// Where the key is.
    pub key: Origin,
    /// Where the value is.
    pub value: Origin,
    /// No later source has the same path.
    pub is_in_force: bool,
}

/// A value as it was written.
pub(in crate::settings) enum LeafValue {
    /// In the file, which has types.
    Typed(Value),
    /// In a variable or a flag, where all is text.
    Text(String),
}

impl Leaf {
    /// A key that a variable or a flag sets.
    pub(super) fn of_text(path: String, text: &str, origin: Origin) -> Self {
        Self {
            path,
            table: String::new(),
            written: LeafValue::Text(text.to_owned()),
            key: origin.clone(),
            value: origin,
            is_in_force: false,
        }
    }

    /// What it is called in its table.
    pub(in crate::settings) fn name(&self) -> &str {
        let name = self.path.strip_prefix(&self.table).unwrap_or(&self.path);
        name.strip_prefix('.').unwrap_or(name)
    }

    /// The value, when it is a string.
    pub(in crate::settings) fn text(&self) -> Option<&str> {
        match &self.written {
            LeafValue::Typed(value) => value.as_str(),
            LeafValue::Text(text) => Some(text),
        }
    }
}
