//! Finds every syntax error of the settings file, not just the first.
//!
//! The TOML parser continues after many mistakes by itself, but skips the rest after some (like `key: value`). So each
//! broken line is blanked out and the text is parsed again, until no new line is broken.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use toml::de::DeTable;

use super::origin::Origin;
use super::settings_file::SettingsFile;
use crate::settings::problem::{Findings, Problem, redact, redact_line};
use crate::settings::schema;

/// The text with blanks in place of what cannot be read, byte for byte as long as before; errors go to `findings`.
pub(super) fn legible(document: &Arc<SettingsFile>, findings: &mut Findings) -> String {
    let mut text = document.text().to_owned();
    let mut broken = BTreeSet::new();
    while !findings.is_full() {
        let errors = DeTable::parse_recoverable(&text).1;
        let mut progress = false;
        for error in &errors {
            if findings.is_full() {
                break;
            }
            let span = place(&text, error);
            let line = document.line_start(span.start);
            if broken.insert(line) {
                let is_secret = redact_line::masks_value(document.text(), line);
                findings.push(Problem {
                    origin: Origin::Span(Arc::clone(document), span),
                    label: error.message().to_owned(),
                    help: is_secret.then(|| redact::HELP.to_owned()),
                });
                progress |= blank(&mut text, line);
            }
        }
        if !progress {
            break;
        }
    }
    if !broken.is_empty() {
        doubt_unread_keys(document.text(), findings);
    }
    text
}

/// Where the error is; a text of several lines that is never closed is reported where it is opened.
fn place(text: &str, error: &toml::de::Error) -> Range<usize> {
    let end = text.len();
    let span = error.span().unwrap_or(end..end);
    let opening = text.rfind("\"\"\"").max(text.rfind("\'\'\'"));
    match opening {
        Some(start) if span.start >= text.trim_end().len() => start..start + 3,
        _ => span,
    }
}

/// Blanks out the line that starts at `start`, unless it is a header, which gives a place to all that follows.
fn blank(text: &mut String, start: usize) -> bool {
    let line = text
        .get(start..)
        .unwrap_or_default()
        .split('\n')
        .next()
        .unwrap_or_default();
    if line.trim().is_empty() || line.trim_start().starts_with('[') {
        return false;
    }
    let end = start + line.len();
    text.replace_range(start..end, &" ".repeat(end - start));
    true
}

/// What a broken line hides cannot be called missing: neither the key of that line nor, since an open quote swallows
/// what follows, any other key that begins a line.
fn doubt_unread_keys(text: &str, findings: &mut Findings) {
    for path in schema::paths() {
        let name = path.rsplit('.').next().unwrap_or(path);
        if name != "enabled" && text.lines().any(|line| line.trim_start().starts_with(name)) {
            findings.doubt(path);
        }
    }
}
