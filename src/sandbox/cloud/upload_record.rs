//! What is reported about one upload.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::license::Digest;

/// Where an upload is on its way. Accepted is not processed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SyncState {
    Pending,
    Success,
    Failure,
}

impl SyncState {
    /// The word in answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }

    /// The text that goes with a failure; empty otherwise.
    pub fn error(self) -> &'static str {
        match self {
            Self::Pending | Self::Success => "",
            Self::Failure => "The license usage could not be processed",
        }
    }
}

/// One upload that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UploadRecord {
    pub id: String,
    pub idempotency_key: String,
    /// Of the document without `collected_at`.
    pub digest: Digest,
    /// Size of the body as it was sent, compressed.
    pub body_bytes: u64,
    /// Users in the document.
    pub users: u64,
    /// Requests with this idempotency key so far, answered or not.
    pub attempts: u64,
    pub received_at: DateTime<Utc>,
    pub state: SyncState,
}
