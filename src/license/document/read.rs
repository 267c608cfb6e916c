//! Reads a document back: version 1 exactly as [`Document::write_to`] writes it, and nothing else.
//!
//! One user after the other goes into the `Roster`, so a document of a million users is never held as a tree. What was
//! read is written again into a hash at the end: a document that passes has the bytes that its values lead to, so
//! freezing the values freezes the bytes. No text quotes a value.

use std::io::{self, BufReader, Read};

use serde::Deserialize as _;
use serde_json::error::Category;
use sha2::{Digest as _, Sha256};

pub use super::defect::DocumentDefect;
use super::tap::Tap;
pub use super::written::ReadDocument;
use super::written::{OWN, Written};
use super::{Digest, Document, SCHEMA};

/// All that was in a reader.
pub struct Reading {
    /// SHA-256 of the bytes, whether or not they are a document.
    pub content: Digest,
    pub size: u64,
    pub document: Result<ReadDocument, DocumentDefect>,
}

/// Reads all of it, up to `limit` bytes.
///
/// # Errors
/// When the reader fails.
pub fn read(reader: impl Read, limit: u64) -> io::Result<Reading> {
    let mut tap = Tap::of(reader, limit);
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(64 * 1024, &mut tap));
    let parsed = Written::deserialize(&mut json).and_then(|written| json.end().map(|()| written));
    drop(json);
    let stopped = tap.stopped.take();
    if !matches!(stopped, Some(DocumentDefect::TooLarge { .. })) {
        // What follows a defect belongs to the content as well.
        tap.drain()?;
    }
    let (size, stopped) = (tap.size, stopped.or(tap.stopped.take()));
    let content = tap.content();
    let document = match (stopped, parsed) {
        (Some(stopped), _) => Err(stopped),
        (None, Ok(written)) => written.check().and_then(|document| document.of_content(content)),
        (None, Err(error)) => Err(defect(error, size)?),
    };
    Ok(Reading {
        content,
        size,
        document,
    })
}

impl ReadDocument {
    /// What was read, ready to be written down again.
    pub fn document(&self) -> Document<'_> {
        Document {
            server: self.server.clone(),
            features: self.features.clone(),
            license: &self.license,
            collected_at: self.collected_at,
            roster: &self.roster,
        }
    }

    /// The same, if the bytes that it is written with have this SHA-256.
    fn of_content(self, content: Digest) -> Result<Self, DocumentDefect> {
        let mut hasher = Sha256::new();
        let written = self.document().write_to(&mut hasher);
        match written.is_ok() && content == Digest(hasher.finalize().into()) {
            true => Ok(self),
            false => Err(DocumentDefect::Rewritten),
        }
    }
}

/// What is wrong, without the values that serde would quote.
fn defect(error: serde_json::Error, size: u64) -> io::Result<DocumentDefect> {
    let (line, column) = (error.line(), error.column());
    Ok(match error.classify() {
        Category::Io => return Err(error.into()),
        Category::Eof if size == 0 => DocumentDefect::Empty,
        Category::Eof => DocumentDefect::Incomplete,
        Category::Syntax => DocumentDefect::NotJson { line, column },
        Category::Data => {
            let text = error.to_string();
            let what = text.split(" at line ").next().unwrap_or_default();
            let what = match what.split('`').collect::<Vec<_>>()[..] {
                ["unknown field ", name, ..] if is_plain(name) => format!("{SCHEMA} has no member `{name}` there"),
                ["unknown field ", ..] => format!("{SCHEMA} has no such member there"),
                ["missing field ", name, ..] => format!("the member `{name}` is missing"),
                ["duplicate field ", name, ..] => format!("the member `{name}` is there twice"),
                _ if OWN.iter().any(|own| what.starts_with(own)) => what.to_owned(),
                _ => format!("a value is not of the type that {SCHEMA} has there"),
            };
            DocumentDefect::Form { what, line, column }
        }
    })
}

/// A name that can be a member's and nobody's.
fn is_plain(name: &str) -> bool {
    (1..=32).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || b"_-".contains(&byte))
}

#[cfg(test)]
mod tests;
