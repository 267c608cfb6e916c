//! What an operator reads about a journal record: a fixed `MESSAGE_ID` for each reason and each milestone, with what
//! happened, what it means and what to do. `journalctl -x` shows it; the journal catalog and `docs/reasons.md` are
//! written from here.
//!
//! It writes no records.

mod entry;
mod milestones;
mod reasons;

use std::fmt::Write as _;

pub use entry::CatalogEntry;
pub use milestones::Milestone;

use crate::reason::Reason;

/// Where the catalog sends people for help.
const SUPPORT: &str = "man:ghe-license-sync(8)";

/// Lines of the journal catalog are no longer than this.
const WIDTH: usize = 78;

/// The journal catalog, as systemd reads it from `/usr/lib/systemd/catalog/`.
pub fn journal_catalog() -> String {
    let mut text = String::from(
        "# Message catalog of ghe-license-sync, written by `ghe-license-sync generate catalog`; do not edit.\n",
    );
    for entry in entries() {
        let body = [entry.happened, entry.means, entry.todo].map(|paragraph| wrap(paragraph, WIDTH));
        let [happened, means, todo] = body;
        let _infallible = write!(
            text,
            "\n-- {}\nSubject: {}\nDefined-By: ghe-license-sync\nSupport: {SUPPORT}\n\n{happened}\n\n{means}\n\n\
             What to do:\n{todo}\n",
            entry.id, entry.subject,
        );
    }
    text
}

/// The page of the documentation with all reasons and milestones, in Markdown.
pub fn reasons_page() -> String {
    let mut text = String::from(include_str!("page.md"));
    for reason in Reason::ALL {
        let (code, subject) = (reason.code(), reason.entry().subject);
        let _infallible = writeln!(text, "| [`{code}`](#{code}) | {subject} | {} |", exit_codes(*reason));
    }
    for reason in Reason::ALL {
        section(&mut text, reason.code(), reason.entry());
    }
    text.push_str("\n## Milestones\n\nSteps of the daemon and of a run, for filters.\n");
    for milestone in Milestone::ALL {
        section(&mut text, milestone.word(), milestone.entry());
    }
    text
}

/// The exit codes with which a command ends by this reason.
fn exit_codes(reason: Reason) -> String {
    let others = reason.other_exits().iter();
    let others = others.map(|(other, when)| format!(", or {} {when}", *other as u8));
    format!("{}{}", reason.exit() as u8, others.collect::<String>())
}

fn section(text: &mut String, word: &str, entry: &CatalogEntry) {
    let _infallible = write!(
        text,
        "\n### `{word}`\n\n**{}**, `MESSAGE_ID={}`\n\n{}\n",
        entry.subject,
        entry.id,
        wrap(&format!("{} {}", entry.happened, entry.means), 120),
    );
    if entry.todo != "Nothing." {
        let _infallible = write!(text, "\n{}\n", wrap(&format!("*What to do.* {}", entry.todo), 120));
    }
}

/// Every entry: the reasons, then the milestones.
fn entries() -> impl Iterator<Item = &'static CatalogEntry> {
    let reasons = Reason::ALL.iter().map(|reason| reason.entry());
    reasons.chain(Milestone::ALL.iter().map(|milestone| milestone.entry()))
}

/// Breaks a paragraph into lines of at most `width` characters.
fn wrap(paragraph: &str, width: usize) -> String {
    let mut text = String::new();
    let mut column = 0;
    for word in paragraph.split(' ') {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            text.push('\n');
            column = 0;
        } else if column > 0 {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += length;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_id_is_of_128_bits_and_belongs_to_one_entry() {
        let ids: BTreeSet<_> = entries().map(|entry| entry.id).collect();
        assert_eq!(ids.len(), Reason::ALL.len() + Milestone::ALL.len());
        for id in ids {
            assert_eq!(
                uuid::Uuid::parse_str(id)
                    .map(|uuid| uuid.simple().to_string())
                    .as_deref(),
                Ok(id)
            );
        }
    }

    #[test]
    fn no_word_stands_for_two_things() {
        let reasons = Reason::ALL.iter().map(|reason| reason.code());
        let words: BTreeSet<_> = reasons
            .chain(Milestone::ALL.iter().map(|milestone| milestone.word()))
            .collect();
        assert_eq!(words.len(), Reason::ALL.len() + Milestone::ALL.len());
    }

    #[test]
    fn every_entry_says_in_sentences_what_happened_what_it_means_and_what_to_do() {
        for entry in entries() {
            for text in [entry.happened, entry.means, entry.todo] {
                assert!(
                    text.ends_with('.') && !text.contains("  ") && !text.contains('\n'),
                    "{text}"
                );
            }
            assert!(
                !entry.subject.ends_with('.') && entry.subject.len() < 72,
                "{}",
                entry.subject
            );
        }
        // A record that nothing was sent says what to do.
        assert!(Reason::ALL.iter().all(|reason| reason.entry().todo != "Nothing."));
    }

    /// A run's state brings the entry of its word along.
    #[test]
    fn every_milestone_is_reported_somewhere() {
        let (mut sources, mut ahead) = (String::new(), vec![concat!(env!("CARGO_MANIFEST_DIR"), "/src").into()]);
        while let Some(path) = ahead.pop() {
            let path: std::path::PathBuf = path;
            if path.is_dir() {
                ahead.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        for milestone in Milestone::ALL {
            let reports = format!("Milestone::{milestone:?}.message_id()");
            let is_a_state = milestone.word().parse::<crate::store::State>().is_ok();
            assert!(is_a_state || sources.contains(&reports), "{milestone:?}");
        }
    }

    #[test]
    fn an_id_never_changes() {
        assert_eq!(Reason::ConnectDisabled.message_id(), "a9d2254871764ee687379c26bf01a8d2");
        assert_eq!(Milestone::Confirmed.message_id(), "2be62403f1a5463b85e01710924ceee7");
    }

    #[test]
    fn a_reason_that_ends_with_two_exit_codes_names_both() {
        assert!(reasons_page().contains("local storage | 70, or 74 when a file could not be read or written |"));
        assert!(reasons_page().contains("| The cloud rejected the document | 65 |"));
    }

    #[test]
    fn what_is_shown_of_a_rejection_is_not_denied() {
        let todo = Reason::Rejected.entry().todo;
        assert!(
            todo.contains("names the members of the document that the cloud objects to"),
            "{todo}"
        );
        assert!(!todo.contains("is not read"), "{todo}");
    }

    #[test]
    fn a_paragraph_is_broken_between_words() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert_eq!(wrap("uninterrupted two", 7), "uninterrupted\ntwo");
    }
}
