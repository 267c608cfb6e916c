//! Where something in the settings was written, in words and with an excerpt of the line.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::settings::problem::redact::{self, MASK};

/// The longest excerpt, in characters; what is longer is cut off.
const LONGEST_EXCERPT: usize = 120;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Somewhere in the file.
    File(PathBuf),
    Line(Line),
    /// The environment variable of this name.
    Variable(String),
    /// `--set` with this key.
    Flag(String),
}

/// A part of a line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub path: PathBuf,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line itself, without secrets and control characters.
    pub excerpt: String,
    /// What to underline in the excerpt, in characters from 0.
    pub underline: Range<usize>,
}

impl Origin {
    /// The place of these bytes of the file's text.
    #[must_use]
    pub fn locate(path: &Path, text: &str, span: &Range<usize>) -> Self {
        let start = floor(text, span.start);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).unwrap_or_default().chars().count();
        let marked = text.get(start..floor(text, span.end)).unwrap_or_default();
        let width = marked.lines().next().unwrap_or_default().chars().count();
        let excerpt: String = redact::line(text, line_start)
            .trim_end()
            .chars()
            .take(LONGEST_EXCERPT)
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        let length = excerpt.chars().count();
        let (from, to) = if excerpt.ends_with(MASK) && column + MASK.len() >= length {
            (length - MASK.len(), length)
        } else {
            (column.min(length), (column + width).min(length))
        };
        Self::Line(Line {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: column + 1,
            underline: from..to.max(from + 1),
            excerpt,
        })
    }
}

/// The nearest character boundary at or before `index`.
fn floor(text: &str, index: usize) -> usize {
    let index = index.min(text.len());
    (0..=index).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0)
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Line(Line { path, line, column, .. }) => write!(f, "{}:{line}:{column}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {}", redact::name(name)),
            Self::Flag(key) => write!(f, "flag --set {}", redact::name(key)),
        }
    }
}

/// Where each key and each table was written; the layer that counts.
#[derive(Debug, Default)]
pub(in crate::settings) struct Origins(BTreeMap<String, Origin>);

impl Origins {
    /// Notes where `path` was written; a later layer replaces an earlier one.
    pub(in crate::settings) fn insert(&mut self, path: String, place: Origin) {
        self.0.insert(path, place);
    }

    /// Adds the places of a later layer.
    pub(in crate::settings) fn extend(&mut self, later: Self) {
        self.0.extend(later.0);
    }

    /// Where this very key was written, if it was.
    #[must_use]
    pub(in crate::settings) fn get(&self, path: &str) -> Option<&Origin> {
        self.0.get(path)
    }

    /// Where this key was written, or else the innermost table that it belongs to.
    #[must_use]
    pub(in crate::settings) fn nearest(&self, path: &str) -> Option<&Origin> {
        self.get(path)
            .or_else(|| path.rsplit_once('.').and_then(|(table, _)| self.nearest(table)))
    }
}
