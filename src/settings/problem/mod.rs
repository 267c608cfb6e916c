//! A mistake in the settings; and the list of them, gathered over all sources.

pub mod redact;

pub(in crate::settings) mod redact_line;

mod excerpt;

use std::collections::BTreeSet;

use crate::settings::load::origin::Origin;

/// One mistake.
#[derive(Debug, Clone)]
pub struct Problem {
    pub origin: Origin,
    /// What is wrong, without the value.
    pub label: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// All mistakes so far, and what cannot be judged because of them.
#[derive(Debug, Default)]
pub struct Findings {
    problems: Vec<Problem>,
    doubtful: BTreeSet<String>,
}

impl Findings {
    /// More are not gathered: who has that many wants to start over.
    pub const MAX: usize = 50;

    /// Adds a mistake.
    pub fn push(&mut self, problem: Problem) {
        if !self.is_full() {
            self.problems.push(problem);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether no more are gathered.
    pub fn is_full(&self) -> bool {
        self.problems.len() >= Self::MAX
    }

    /// Notes that a mistake was made where `path` was meant, so that it is not called missing as well.
    pub fn doubt(&mut self, path: impl Into<String>) {
        self.doubtful.insert(path.into());
    }

    /// Whether this key, or a table around it, was meant by something that is wrong.
    pub fn is_doubtful(&self, path: &str) -> bool {
        self.doubtful.contains(path) || path.rsplit_once('.').is_some_and(|(table, _)| self.is_doubtful(table))
    }

    /// Whether something is wrong in this table, but for these keys of it.
    pub fn is_doubtful_within(&self, table: &str, but_for: &[&str]) -> bool {
        let keys = self
            .doubtful
            .iter()
            .filter_map(|path| path.strip_prefix(table)?.strip_prefix('.'));
        keys.into_iter().any(|key| !but_for.contains(&key))
    }

    /// All mistakes: those in the file by line, then those of variables, then those of flags.
    pub fn into_problems(mut self) -> Vec<Problem> {
        self.problems.sort_by_key(|problem| match &problem.origin {
            Origin::Span(_, span) => (0, span.start),
            Origin::File(_) => (1, 0),
            Origin::Variable(_) => (2, 0),
            Origin::Flag(_) => (3, 0),
        });
        self.problems
    }
}
