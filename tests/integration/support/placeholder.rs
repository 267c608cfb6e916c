//! Replaces in a text what differs from run to run, so that the rest can be written out in a test.

use std::sync::LazyLock;

use regex::Regex;

use super::folded::folded;

/// What is looked for, in this order, and what stands there afterwards.
static PLACEHOLDERS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    [
        (r"127\.0\.0\.1:[0-9]+", "127.0.0.1:PORT"),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]+)?Z", "TIME"),
        (r"\b[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8} UTC", "TIME"),
        (
            r"Every week on \w+ at about [0-9:]{5}",
            "Every week on DAY at about TIME",
        ),
        (r"since [0-9]{4}-[0-9]{2}-[0-9]{2}", "since DATE"),
        (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "ID"),
        (r"\b[0-9a-f]{64}\b", "DIGEST"),
        (r"digest(.)[0-9a-f]{12}\b", "digest${1}DIGEST"),
        (r"ghe-license-sync-demo-\w+", "ghe-license-sync-demo-RANDOM"),
        (r"bytes=[0-9]+", "bytes=SIZE"),
        // Columns of tables.
        (r" [0-9a-f]{12} ", " DIGEST       "),
        (r" +# ", "  # "),
        (r"\b[0-9.]+ (B|KiB)\b", "SIZE"),
        (r#""body_bytes": [0-9]+"#, r#""body_bytes": SIZE"#),
        (r"done in [0-9.]+ s\b", "done in SECONDS s"),
    ]
    .map(|(pattern, placeholder)| (Regex::new(pattern).unwrap(), placeholder))
    .into()
});

/// The text with placeholders for addresses on loopback, times, IDs, digests, sizes and durations, and JSON folded.
pub(crate) fn placeholders(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, placeholder) in PLACEHOLDERS.iter() {
        text = pattern.replace_all(&text, *placeholder).into_owned();
    }
    folded(&text)
}
