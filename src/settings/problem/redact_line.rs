//! Keeps misplaced secrets out of excerpts of the file.
//!
//! It judges whole lines and rather hides too much: an excerpt is a convenience, a leaked token is not.

use std::borrow::Cow;

use super::redact::{MASK, is_secret, names_file, sounds_secret};
use crate::settings::schema;

/// The line of `text` that starts at byte `start`, fit to be shown.
pub(in crate::settings) fn line(text: &str, start: usize) -> Cow<'_, str> {
    let line = text.get(start..).unwrap_or_default().lines().next().unwrap_or_default();
    let before = text.get(..start).unwrap_or_default();
    if line.trim().is_empty() {
        return Cow::Borrowed("");
    }
    if continues_a_text(before) {
        return Cow::Borrowed(MASK);
    }
    let Some((key, value)) = line.split_once('=') else {
        return Cow::Borrowed(if is_harmless(line) { line } else { MASK });
    };
    if is_secret(key) || !is_key(key) {
        Cow::Borrowed(MASK)
    } else if is_secret(value) || hides_value(key, value) || is_in_secret_section(before) {
        Cow::Owned(format!("{key}= {MASK}"))
    } else {
        Cow::Borrowed(line)
    }
}

/// Whether what is shown of the line that starts at byte `start` has a mask in place of its value.
pub(in crate::settings) fn masks_value(text: &str, start: usize) -> bool {
    line(text, start).ends_with(&format!("= {MASK}"))
}

/// Whether a text of several lines, or a key in PEM, is still open at the end of `before`.
fn continues_a_text(before: &str) -> bool {
    let open = |quotes| before.matches(quotes).count() % 2 == 1;
    let last = |marker| before.rfind(marker);
    open("\"\"\"") || open("'''") || last("-----BEGIN") > last("-----END")
}

/// Whether what stands before a `=` has the form of a key, and is not the beginning of a text that has a `=` in it.
fn is_key(text: &str) -> bool {
    let is_even = |quote| text.matches(quote).count() % 2 == 0;
    is_even('"') && is_even('\'') && !text.contains([',', '[', '{'])
}

fn is_in_secret_section(before: &str) -> bool {
    let header = before.lines().rev().find(|line| line.trim_start().starts_with('['));
    header.is_some_and(sounds_secret)
}

/// A line without `=` is shown only when it is a header or starts with a key that exists.
fn is_harmless(line: &str) -> bool {
    let line = line.trim_start();
    let word = line
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .next()
        .unwrap_or_default();
    let is_known = || schema::paths().any(|path| path.rsplit('.').next() == Some(word));
    !is_secret(line) && (line.starts_with('[') || (!sounds_secret(line) && is_known()))
}

/// A key that names a file of secrets may show a path; any other key that sounds of secrets shows nothing, and neither
/// does a table that has such keys.
fn hides_value(key: &str, value: &str) -> bool {
    let is_path = value.trim_start().trim_start_matches(['"', '\'']).starts_with('/');
    let is_table = value.contains('=');
    (sounds_secret(key) && !(names_file(key) && is_path)) || (is_table && sounds_secret(value))
}
