//! What a person decided about a held document: it was approved, or it was discarded.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::timestamp;

/// A decision about a held document, with who made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct HoldDecision {
    pub action: HoldAction,
    /// The user who logged in on this machine.
    pub by: String,
    #[serde(serialize_with = "timestamp::serialize")]
    pub at: DateTime<Utc>,
}

/// What can be done with a held document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HoldAction {
    /// It is sent as it is.
    Approved,
    /// It is deleted and never sent.
    Discarded,
}

impl HoldAction {
    const ALL: [Self; 2] = [Self::Approved, Self::Discarded];

    /// The word for it, as it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Discarded => "discarded",
        }
    }
}

/// The word is no decision.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no decision about a held document")]
pub struct UnknownAction(String);

impl std::str::FromStr for HoldAction {
    type Err = UnknownAction;

    fn from_str(word: &str) -> Result<Self, UnknownAction> {
        let found = Self::ALL.into_iter().find(|action| action.word() == word);
        found.ok_or_else(|| UnknownAction(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_back() {
        for action in HoldAction::ALL {
            assert_eq!(action.word().parse::<HoldAction>().ok(), Some(action));
        }
        assert!("released".parse::<HoldAction>().is_err());
    }
}
