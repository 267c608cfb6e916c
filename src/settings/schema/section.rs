//! How sections are declared: their keys, each with its type and its default.

use std::collections::BTreeMap;

use toml::Value;

use super::value::{Form, Setting, ValueError};

/// What is written and in force, by path.
pub(super) type Values = BTreeMap<String, Value>;

/// A key that may be written.
pub struct Key {
    /// Like `connect.client-id`.
    pub path: String,
    /// What its values look like.
    pub form: Form,
    pub(super) default: Option<Value>,
    pub(super) expected: &'static str,
    pub(super) of_text: fn(&str) -> Value,
    /// The value as this program writes it, if it is one.
    pub(super) accept: fn(&Value) -> Result<Option<Value>, ValueError>,
}

impl Key {
    /// The key of a field of that type.
    pub(super) fn of<T: Setting>(section: &str, field: &str, default: &T) -> Self {
        Self {
            path: path(section, field),
            form: T::FORM,
            default: default.write(),
            expected: T::EXPECTED,
            of_text: T::of_text,
            accept: |value| T::read(value).map(|it| it.write()),
        }
    }
}

/// Declares sections, each at its path: keys, types and defaults.
macro_rules! sections {
    ($($(#[$about:meta])* $name:ident = $path:literal { $($field:ident: $type:ty = $default:expr),+ $(,)? })+) => {
        $(
            $(#[$about])*
            #[derive(Debug)]
            pub(in crate::settings) struct $name {
                $(pub $field: $type),+
            }

            impl $name {
                /// What was written, or else the defaults.
                fn read(values: &Values) -> Self {
                    Self {
                        $($field: value($path, stringify!($field), values).unwrap_or_else(|| $default)),+
                    }
                }
            }
        )+

        /// Every key that may be written.
        pub(super) fn every_key() -> Vec<Key> {
            vec![$($(Key::of::<$type>($path, stringify!($field), &$default)),+),+]
        }
    };
}
pub(super) use sections;

/// What was written for a field.
pub(super) fn value<T: Setting>(section: &str, field: &str, values: &Values) -> Option<T> {
    T::read(values.get(&path(section, field))?).ok()
}

fn path(section: &str, field: &str) -> String {
    format!("{section}.{}", field.replace('_', "-"))
}

/// Whether `path` is inside of the table `table`.
pub(super) fn is_below(path: &str, table: &str) -> bool {
    path.strip_prefix(table).is_some_and(|rest| rest.starts_with('.'))
}
