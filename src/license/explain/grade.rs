//! How sure a statement is.

use serde::Serialize;

/// From what cannot be known to what the evidence proves, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    /// The evidence at hand says nothing.
    Unknown,
    /// It would explain what is seen. GitHub documents no rule that it follows from.
    Possible,
    /// The evidence points to it, and a coincidence is improbable.
    Likely,
    /// It follows from the evidence and the documented rule.
    Certain,
}

impl Grade {
    /// All, the surest first.
    pub const ALL: [Self; 4] = [Self::Certain, Self::Likely, Self::Possible, Self::Unknown];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
            Self::Unknown => "unknown",
        }
    }
}
