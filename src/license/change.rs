//! The difference between two lists, and how it was determined.
//!
//! It compares nothing itself: [`Fingerprint`](super::Fingerprint) does.

use serde::{Deserialize, Serialize};

/// How many users are on one list and not on the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Change {
    /// Users on the older list.
    pub before: u64,
    /// Users on the newer list alone.
    pub added: u64,
    /// Users on the older list alone.
    pub removed: u64,
    pub compared: Compared,
}

/// What was compared to find the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Compared {
    /// The users of both lists, by their fingerprints.
    Users,
    /// The number of users alone, because the older list left no fingerprint, or one under another key. The change is a
    /// lower bound: a user who was added and another who was removed cancel each other out.
    Counts,
}

impl Change {
    /// The least change from so many users to so many.
    pub fn of_counts(before: u64, now: u64) -> Self {
        Self {
            before,
            added: now.saturating_sub(before),
            removed: before.saturating_sub(now),
            compared: Compared::Counts,
        }
    }

    /// How many users are affected.
    pub fn people(self) -> u64 {
        self.added.saturating_add(self.removed)
    }

    /// What has to be said beside the numbers; empty when the users themselves were compared.
    pub fn caveat(self) -> &'static str {
        match self.compared {
            Compared::Users => "",
            Compared::Counts => {
                "; only the counts were compared, because there is no usable fingerprint of the last confirmed list"
            }
        }
    }
}

impl Compared {
    const ALL: [Self; 2] = [Self::Users, Self::Counts];

    /// The word for it, as it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Counts => "counts",
        }
    }
}

/// The word does not say what was compared.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is nothing that lists are compared by")]
pub struct UnknownComparison(String);

impl std::str::FromStr for Compared {
    type Err = UnknownComparison;

    fn from_str(word: &str) -> Result<Self, UnknownComparison> {
        let found = Self::ALL.into_iter().find(|compared| compared.word() == word);
        found.ok_or_else(|| UnknownComparison(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_of_two_counts_is_their_difference() {
        let change = |before, now| {
            let change = Change::of_counts(before, now);
            (change.added, change.removed, change.people())
        };
        assert_eq!(change(3000, 3), (0, 2997, 2997));
        assert_eq!(change(3, 3000), (2997, 0, 2997));
        assert_eq!(change(7, 7), (0, 0, 0));
    }

    #[test]
    fn every_word_is_read_back() {
        for compared in Compared::ALL {
            assert_eq!(compared.word().parse::<Compared>().ok(), Some(compared));
        }
        assert!("fingerprints".parse::<Compared>().is_err());
    }
}
