//! The form of a file: it says what it is for, and it is short enough to be read at once.

use syn::{Expr, ExprLit, Lit, Meta};

use super::breach::Breach;
use super::source::Source;

/// A file with more lines holds two concepts.
const LONGEST: usize = 400;

/// Files without a `//!` that says something.
pub(crate) fn untitled(sources: &[Source]) -> Vec<Breach> {
    let untitled = sources.iter().filter(|source| !says_what_it_is_for(source));
    untitled
        .map(|source| Breach {
            file: source.path.clone(),
            line: 1,
            found: "has no `//!`".to_owned(),
            rule: "every file begins by saying what it is for and what it deliberately does not do".to_owned(),
        })
        .collect()
}

fn says_what_it_is_for(source: &Source) -> bool {
    source.file.attrs.iter().any(|attribute| {
        let Meta::NameValue(pair) = &attribute.meta else {
            return false;
        };
        let Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) = &pair.value
        else {
            return false;
        };
        pair.path.is_ident("doc") && !text.value().trim().is_empty()
    })
}

/// Files with more lines than one reads at once.
pub(crate) fn overlong(sources: &[Source]) -> Vec<Breach> {
    let lines = sources.iter().map(|source| (source, source.text.lines().count()));
    lines
        .filter(|(_, lines)| *lines > LONGEST)
        .map(|(source, lines)| Breach {
            file: source.path.clone(),
            line: LONGEST + 1,
            found: format!("has {lines} lines"),
            rule: format!("a file has one concept and at most {LONGEST} lines; split it by concept"),
        })
        .collect()
}
