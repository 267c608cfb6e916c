//! Prefixes an error with what was not done because of it, where the error itself cannot know.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::explain::Explain;

/// An error of another module, prefixed with the command's own text, on one line.
#[derive(Debug)]
pub(super) struct Undone<E> {
    /// Like `nothing was done`.
    what: Cow<'static, str>,
    error: E,
}

impl<E> Undone<E> {
    /// For `map_err`.
    pub(super) fn because(what: impl Into<Cow<'static, str>>) -> impl FnOnce(E) -> Self {
        let what = what.into();
        |error| Self { what, error }
    }
}

impl<E: fmt::Display> fmt::Display for Undone<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.error)
    }
}

impl<E: Error> Error for Undone<E> {
    /// The error's own, since its text is part of this one's.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl<E: Explain> Explain for Undone<E> {
    fn inner(&self) -> Option<&dyn Explain> {
        Some(&self.error)
    }
}
