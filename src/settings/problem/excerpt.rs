//! Shows a mistake: where it is, and in the file with the line and a mark below it.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::Problem;
use super::redact::MASK;
use super::redact_line;
use crate::settings::load::origin::Origin;
use crate::settings::load::settings_file::SettingsFile;

/// The longest excerpt, in characters; what is longer is cut off.
const LONGEST: usize = 120;

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let help = self.help.as_ref();
        let Origin::Span(document, span) = &self.origin else {
            write!(f, " --> {}\n  = {}", self.origin, self.label)?;
            return help.map_or(Ok(()), |help| write!(f, "\n  = help: {help}"));
        };
        let (line, mark) = excerpt(document, span);
        let snippet = Snippet::source(line)
            .path(document.path().display().to_string())
            .line_start(document.position(span.start).0)
            .annotation(AnnotationKind::Primary.span(mark).label(&self.label));
        let help = help.map(|help| Level::HELP.message(help));
        let group = Group::with_level(Level::ERROR).element(snippet).elements(help);
        f.write_str(&Renderer::plain().render(&[group]))
    }
}

/// The line without secrets, and what to mark in it. In a secret that is its mask.
fn excerpt(document: &SettingsFile, span: &Range<usize>) -> (String, Range<usize>) {
    let start = document.line_start(span.start);
    let line: String = redact_line::line(document.text(), start)
        .trim_end()
        .chars()
        .take(LONGEST)
        .collect();
    let (from, to) = (span.start - start, span.end - start);
    let mark = match line.strip_suffix(MASK) {
        Some(shown) if from >= shown.len() => shown.len()..line.len(),
        _ => line.floor_char_boundary(from)..line.floor_char_boundary(to),
    };
    (line, mark)
}
