//! Where something in the settings was written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::settings_file::SettingsFile;
use crate::settings::problem::redact;

/// Where each key and each section that counts is written.
pub(in crate::settings) type Origins = BTreeMap<String, Origin>;

/// Where something was written.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Somewhere in the file.
    File(Arc<SettingsFile>),
    /// These bytes of the file.
    Span(Arc<SettingsFile>, Range<usize>),
    /// The environment variable of this name.
    Variable(String),
    /// `--set` with this key.
    Flag(String),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(document) => document.path().display().fmt(f),
            Self::Span(document, span) => {
                let (line, column) = document.position(span.start);
                write!(f, "{}:{line}:{column}", document.path().display())
            }
            Self::Variable(name) => write!(f, "environment variable {}", redact::name(name)),
            Self::Flag(key) => write!(f, "flag --set {}", redact::name(key)),
        }
    }
}
