//! What may be written, and the strict reading of what is.
//!
//! [`sections`] lists every key with its type and default; the other files have the types. Each leaf of each source is read by
//! itself, also one that a later source overrides, and each mistake is reported where it is.

pub(in crate::settings) mod choice;
pub(in crate::settings) mod duration;
pub(in crate::settings) mod license_owner;
pub(in crate::settings) mod name;
pub(in crate::settings) mod path;
pub(in crate::settings) mod reading;
pub(in crate::settings) mod section;
pub(in crate::settings) mod sections;
pub(in crate::settings) mod service_url;
pub(in crate::settings) mod upload_path;
pub(in crate::settings) mod value;

mod timing;
mod unknown_key;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use section::Key;

/// The section that holds one of several.
const SOURCE: &str = "server.source";

/// Every key that may be written, by its path.
static KEYS: LazyLock<BTreeMap<String, Key>> = LazyLock::new(|| {
    sections::every_key()
        .into_iter()
        .map(|key| (key.path.clone(), key))
        .collect()
});

/// The path of every key that may be written, like `connect.client-id`.
#[must_use]
pub fn keys() -> Vec<String> {
    KEYS.keys().cloned().collect()
}

/// The key of this path.
#[must_use]
pub fn key(path: &str) -> Option<&'static Key> {
    KEYS.get(path)
}

/// Every key, by alphabet.
fn every() -> impl Iterator<Item = &'static Key> {
    KEYS.values()
}

/// The paths of all keys, by alphabet.
pub(in crate::settings) fn paths() -> impl Iterator<Item = &'static str> {
    KEYS.keys().map(String::as_str)
}

/// Whether this path is one of a section.
fn is_section(path: &str) -> bool {
    paths().any(|key| is_below(key, path))
}

/// Whether `path` is inside of the table `table`.
fn is_below(path: &str, table: &str) -> bool {
    path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}
