//! Keeps misplaced secrets out of what is shown: excerpts of the file, and names.
//!
//! It judges whole lines and rather hides too much: an excerpt is a convenience, a leaked token is not.

use std::borrow::Cow;

use crate::settings::schema;

/// Shown in place of what may be a secret.
pub(in crate::settings) const MASK: &str = "***";

/// Where secrets go.
pub(in crate::settings) const HELP: &str = "secrets do not belong in the settings: use systemd credentials, or files of mode 0600 \
                               that are named by `private-key-file`, `read-token-file`, `token-file` or \
                               `proxy-credentials-file`; replace a secret that was here";

/// How tokens and keys begin.
const MARKERS: [&str; 9] = [
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "-----BEGIN",
    "-----END",
    "eyJ",
];

/// Parts of the names of keys that would hold a secret.
const SECRET_WORDS: [&str; 7] = ["token", "pass", "secret", "key", "credential", "auth", "bearer"];

/// From this length on an unbroken run of letters and digits looks like a key.
const RANDOM_RUN: usize = 32;

/// So long a run of characters in a message looks like one as well.
const SHORTEST_TOKEN: usize = 16;

/// A longer name is no key of ours, whatever it is.
const LONGEST_NAME: usize = 64;

/// Whether this text holds something that looks like a token or a key.
pub(in crate::settings) fn is_token(text: &str) -> bool {
    MARKERS.iter().any(|marker| text.contains(marker)) || has_random_run(text)
}

/// Whether a word of somebody else's text may be a secret, or may set one, like `token=…`. It judges harder than for settings,
/// since nothing is lost with such a word.
#[must_use]
pub fn is_secret_word(word: &str) -> bool {
    let sets_secret = |mark| {
        word.split_once(mark)
            .is_some_and(|(key, value)| !value.is_empty() && sounds_secret(key))
    };
    MARKERS.iter().any(|marker| word.contains(marker))
        || has_run(word, SHORTEST_TOKEN)
        || sets_secret('=')
        || sets_secret(':')
}

/// No setting has an `@`, except for the credentials that some write into a URL.
fn is_secret(text: &str) -> bool {
    is_token(text) || text.contains('@')
}

fn has_random_run(text: &str) -> bool {
    has_run(text, RANDOM_RUN)
}

fn has_run(text: &str, shortest: usize) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '+')
        .any(|run| run.len() >= shortest && run.contains(|c: char| c.is_ascii_digit()))
}

/// Whether a key of this name would hold a secret, rather than the path of one.
pub(in crate::settings) fn is_secret_key(key: &str) -> bool {
    sounds_secret(key) && !names_file(key)
}

fn sounds_secret(text: &str) -> bool {
    let text = text.to_lowercase().replace('_', "-");
    SECRET_WORDS.iter().any(|word| text.contains(word))
}

fn names_file(key: &str) -> bool {
    key.trim().trim_end_matches(['"', '\'']).ends_with("file")
}

/// A key's name for a message: shortened to the mask when it cannot be one.
pub(in crate::settings) fn name(key: &str) -> Cow<'_, str> {
    if key.len() > LONGEST_NAME || key.contains(char::is_control) || is_secret(key) {
        Cow::Borrowed(MASK)
    } else {
        Cow::Borrowed(key)
    }
}

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
