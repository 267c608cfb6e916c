//! The users of a license usage file: they are encrypted, so only the length of the text is known.

use serde::{Deserialize, Serialize};

/// How long the encrypted text is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct EncryptedUsers {
    pub bytes: u64,
    /// That of the last confirmed file; nothing when the last confirmed run had none.
    pub bytes_before: Option<u64>,
}
