//! The end of what a program writes to standard error, masked, for the person who waits for it.
//!
//! Nothing keeps it: it is handed to the progress, which shows it on a terminal or drops it, and is part of no error.

use std::collections::VecDeque;

use crate::plain;
use crate::settings::is_secret_word;

/// So much of the end is kept, in bytes.
const KEPT: usize = 4096;

/// So many lines are shown.
const LINES: usize = 5;

/// A line is cut off there, in bytes.
const LONGEST_LINE: usize = 200;

/// Stands for a word that may be a secret.
const MASK: &str = "***";

/// The newest bytes of a stream.
#[derive(Default)]
pub(super) struct Tail {
    bytes: VecDeque<u8>,
    is_cut: bool,
}

impl Tail {
    pub(super) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend(piece);
        let surplus = self.bytes.len().saturating_sub(KEPT);
        self.is_cut |= surplus > 0;
        self.bytes.drain(..surplus);
    }

    /// The last lines that are not empty.
    pub(super) fn lines(mut self) -> Vec<String> {
        let bytes = self.bytes.make_contiguous();
        let text = String::from_utf8_lossy(bytes);
        // Half a line may begin with half a token.
        let whole = match self.is_cut {
            true => text.split_once('\n').map_or("", |(_, whole)| whole),
            false => &text,
        };
        let lines: Vec<_> = whole.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = &lines[lines.len().saturating_sub(LINES)..];
        last.iter().map(|line| masked(line)).collect()
    }
}

/// The line without addresses and without words that may be secrets.
fn masked(line: &str) -> String {
    let mut is_named = false;
    let words = line.split(char::is_whitespace).map(|word| {
        let word_is_secret = std::mem::replace(&mut is_named, names_secret(word)) || is_secret_word(word);
        if word_is_secret && !word.is_empty() { MASK } else { word }
    });
    plain::masked(&words.collect::<Vec<_>>().join(" "), LONGEST_LINE)
}

/// Whether the next word is a secret, as in the header `Authorization: Bearer …`.
fn names_secret(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '=');
    let names = [
        "bearer",
        "basic",
        "token:",
        "password:",
        "token=",
        "password=",
        "secret:",
    ];
    names.iter().any(|name| word.to_ascii_lowercase().ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let mut tail = Tail::default();
        for piece in text.as_bytes().chunks(7) {
            tail.push(piece);
        }
        tail.lines()
    }

    #[test]
    fn addresses_and_what_may_be_a_secret_are_masked() {
        let masked = [
            "user <mona@example.com> of mona%40example.com",
            "with ghp_0123 and (github_pat_11AA_x)",
            "Authorization: Bearer abc and Basic bW9uYQ==",
            "token=abc password: hunter2 --secret:x",
            "id 0a1b2c3d4e5f60718 of\tx",
        ];
        insta::assert_snapshot!(lines(&masked.join("\n")).join("\n"), @"
        user <***> of ***
        with *** and ***
        Authorization: Bearer *** and Basic ***
        *** password: *** ***
        id *** of x
        ");
    }

    #[test]
    fn what_says_why_a_program_failed_is_shown() {
        for line in [
            "ssh: connect to host github.example.com port 122: Connection refused",
            "Host key verification failed.",
            "Permission denied (publickey).",
            "Can't open perl script \"/usr/local/bin/x\": Permission denied",
            "/usr/bin/x: error while loading shared libraries: libx.so.1: failed to map segment from shared object",
        ] {
            assert_eq!(lines(line), [line]);
        }
    }

    #[test]
    fn the_last_lines_are_kept_and_half_a_line_is_not() {
        let text: String = (0..2000).map(|number| format!("line {number}\n\n")).collect();
        assert_eq!(
            lines(&text),
            (1995..2000).map(|number| format!("line {number}")).collect::<Vec<_>>()
        );
        assert!(lines(&"x".repeat(5000)).is_empty());
        assert_eq!(lines("\u{1b}[2J\u{9b}1m"), [r"\u{1b}[2J\u{9b}1m"]);
        assert_eq!(lines(&"y ".repeat(500))[0].len(), LONGEST_LINE + '…'.len_utf8());
    }
}
