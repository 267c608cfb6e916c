//! Keeps misplaced secrets out of what is shown: what looks like one, and what would name one.

use std::borrow::Cow;

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
pub(super) fn is_secret(text: &str) -> bool {
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

pub(super) fn sounds_secret(text: &str) -> bool {
    let text = text.to_lowercase().replace('_', "-");
    SECRET_WORDS.iter().any(|word| text.contains(word))
}

pub(super) fn names_file(key: &str) -> bool {
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
