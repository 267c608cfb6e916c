//! The states of a run and the allowed transitions.

use serde::{Deserialize, Serialize};

use crate::reason::Reason;

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Accounts are being read from the enterprise server.
    Collecting,
    /// A person has to look first.
    Held,
    /// The exact bytes to send are in the store.
    Frozen,
    /// The bytes are on their way.
    Sending,
    /// The cloud took the bytes; it has not said that it processed them.
    Accepted,
    /// The bytes are in a file, which a person uploads.
    Written,
    /// The cloud says that it processed them.
    Confirmed,
    /// The cloud rejected them.
    Rejected,
    /// The run ended without a document, the document did not get through in its time, or the cloud did not process it.
    Failed,
    /// The gate was closed or the destination changed before the run was finished, a person discarded its document, a newer
    /// list took its place, or its list is the one that the same sync had sent a moment before.
    Refused,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Collecting,
        Self::Held,
        Self::Frozen,
        Self::Sending,
        Self::Accepted,
        Self::Written,
        Self::Confirmed,
        Self::Rejected,
        Self::Failed,
        Self::Refused,
    ];

    /// The word for it, as it is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Held => "held",
            Self::Frozen => "frozen",
            Self::Sending => "sending",
            Self::Accepted => "accepted",
            Self::Written => "written",
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }

    /// Whether a run may go from `self` to `next`.
    pub fn may_become(self, next: Self) -> bool {
        match next {
            Self::Collecting => false,
            Self::Held => self == Self::Collecting,
            // Back from `sending` when an attempt did not get through.
            Self::Frozen => matches!(self, Self::Collecting | Self::Held | Self::Sending),
            Self::Sending | Self::Written => self == Self::Frozen,
            Self::Accepted | Self::Rejected => self == Self::Sending,
            // From `frozen` when the cloud took it in an attempt without an answer.
            Self::Confirmed => matches!(self, Self::Frozen | Self::Accepted | Self::Written),
            Self::Failed => matches!(self, Self::Collecting | Self::Frozen | Self::Accepted | Self::Written),
            Self::Refused => !self.is_final(),
        }
    }

    /// A process works on it or will: there is one such run at a time. One that waits for a person is none.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::Collecting | Self::Frozen | Self::Sending | Self::Accepted)
    }

    /// Nothing follows: the payload is no longer needed.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Confirmed | Self::Rejected | Self::Failed | Self::Refused)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// Why a run is where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct StateReason {
    pub reason: Reason,
    /// The same in a sentence; never a person's data.
    pub detail: String,
}

/// The word is no state.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a state of a run")]
pub struct UnknownState(String);

impl std::str::FromStr for State {
    type Err = UnknownState;

    fn from_str(word: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.word() == word)
            .ok_or_else(|| UnknownState(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_follows_a_final_state_and_nothing_returns_to_collecting() {
        for state in State::ALL {
            assert!(!state.may_become(State::Collecting));
            if state.is_final() {
                assert!(State::ALL.iter().all(|next| !state.may_become(*next)), "{state}");
            }
        }
    }

    #[test]
    fn confirmed_is_reached_only_from_where_the_document_may_have_left_the_store() {
        let before: Vec<_> = State::ALL
            .into_iter()
            .filter(|state| state.may_become(State::Confirmed))
            .collect();
        assert_eq!(before, [State::Frozen, State::Accepted, State::Written]);
    }

    #[test]
    fn every_word_is_read_back() {
        for state in State::ALL {
            assert_eq!(state.word().parse::<State>().ok(), Some(state));
        }
    }
}
