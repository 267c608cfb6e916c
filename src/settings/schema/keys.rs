//! The keys that may be written, by their paths.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::section::{Key, is_below};
use super::sections::every_key;

/// Every key that may be written, by its path.
static KEYS: LazyLock<BTreeMap<String, Key>> =
    LazyLock::new(|| every_key().into_iter().map(|key| (key.path.clone(), key)).collect());

/// The path of every key that may be written, like `connect.client-id`.
pub fn keys() -> Vec<String> {
    KEYS.keys().cloned().collect()
}

/// The key of this path.
pub fn key(path: &str) -> Option<&'static Key> {
    KEYS.get(path)
}

/// The paths of all keys, by alphabet.
pub(in crate::settings) fn paths() -> impl Iterator<Item = &'static str> {
    KEYS.keys().map(String::as_str)
}

/// Whether this path is one of a section.
pub(super) fn is_section(path: &str) -> bool {
    paths().any(|key| is_below(key, path))
}
