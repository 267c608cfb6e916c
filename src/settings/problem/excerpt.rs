//! Shows a mistake: where it is, and in the file with the line and a mark below it.

use std::fmt;
use std::ops::Range;

use super::Problem;
use super::redact::{self, MASK};
use crate::settings::load::document::Document;
use crate::settings::load::origin::Origin;

/// The longest excerpt, in characters; what is longer is cut off.
const LONGEST: usize = 120;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, label, help } = self;
        let mut indent = " ".to_owned();
        if let Origin::Span(document, span) = origin {
            let (line, column) = document.position(span.start);
            let number = line.to_string();
            indent = " ".repeat(number.len());
            let (excerpt, mark) = excerpt(document, span, column - 1);
            let carets = format!("{}{}", " ".repeat(mark.start), "^".repeat(mark.len()));
            write!(
                f,
                "{indent}--> {origin}\n{indent} |\n{number} | {excerpt}\n{indent} | {carets} {label}"
            )?;
        } else {
            write!(f, " --> {origin}\n  = {label}")?;
        }
        match help {
            Some(help) => write!(f, "\n{indent} = help: {help}"),
            None => Ok(()),
        }
    }
}

/// The line without secrets and control characters, and what to mark in it, in characters from 0.
fn excerpt(document: &Document, span: &Range<usize>, column: usize) -> (String, Range<usize>) {
    let text = document.text();
    let marked = text.get(document.floor(span.start)..document.floor(span.end));
    let width = marked
        .unwrap_or_default()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .count();
    let excerpt: String = redact::line(text, document.line_start(span.start))
        .trim_end()
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let length = excerpt.chars().count();
    let (from, to) = if excerpt.ends_with(MASK) && column + MASK.len() >= length {
        (length - MASK.len(), length)
    } else {
        (column.min(length), (column + width).min(length))
    };
    (excerpt, from..to.max(from + 1))
}
