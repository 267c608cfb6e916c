//! A run in the store: its times, trigger, state, counts, and the answer of the cloud.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use url::Url;

use super::destination::Destination;
use super::hold_decision::HoldDecision;
use super::run_id::RunId;
use super::state::State;
use crate::license::{Change, Digest, EncryptedUsers, ReportAge, ServerCounts, Totals};
use crate::plain;
use crate::reason::Reason;
use crate::timestamp;

/// What started a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trigger {
    /// A person asked for it.
    Manual,
    /// A person named a file with a document that was made earlier.
    Upload,
    /// Its time in this window of the schedule had come.
    Scheduled(String),
    /// Its time in this window of the schedule had been missed.
    CatchUp(String),
}

impl Trigger {
    /// The word for it, as it is stored and shown.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Upload => "upload",
            Self::Scheduled(_) => "scheduled",
            Self::CatchUp(_) => "catch-up",
        }
    }

    /// The key of the window that the run is for; a run that a person asked for is for none.
    pub fn window(&self) -> Option<&str> {
        match self {
            Self::Manual | Self::Upload => None,
            Self::Scheduled(window) | Self::CatchUp(window) => Some(window),
        }
    }

    /// Whether a person asked for the run, and tries again when it suits.
    pub fn is_by_person(&self) -> bool {
        self.window().is_none()
    }

    /// The trigger that was stored as these.
    pub(super) fn from_columns(word: &str, window: Option<String>) -> Option<Self> {
        match (word, window) {
            ("manual", None) => Some(Self::Manual),
            ("upload", None) => Some(Self::Upload),
            ("scheduled", Some(window)) => Some(Self::Scheduled(window)),
            ("catch-up", Some(window)) => Some(Self::CatchUp(window)),
            _ => None,
        }
    }
}

impl Serialize for Trigger {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Run {
    pub id: RunId,
    pub trigger: Trigger,
    /// The key of the schedule's window, like `2026-11-24T03:04Z`.
    pub window: Option<String>,
    pub destination: Destination,
    /// The name of the enterprise server when the run began.
    pub hostname: String,
    pub state: State,
    /// Why it is where it is, unless all is well.
    pub reason: Option<Reason>,
    /// The reason in a sentence; never a person's data.
    pub detail: Option<String>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub started_at: DateTime<Utc>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub updated_at: DateTime<Utc>,
    /// Nothing where the users are encrypted, or before they are counted.
    pub totals: Option<Totals>,
    /// Of a license usage file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encrypted_users: Option<EncryptedUsers>,
    /// What the server counted itself.
    pub server_counts: ServerCounts,
    /// How old its report was, if it is known.
    pub report: Option<ReportAge>,
    /// Against the last confirmed list; nothing when there was none.
    pub change: Option<Change>,
    /// When its list was collected, as the document says; nothing where the document does not.
    #[serde(skip)]
    pub collected_at: Option<DateTime<Utc>>,
    pub frozen: Option<Frozen>,
    /// What a person decided about the document, if it was held.
    pub decision: Option<HoldDecision>,
    /// How many attempts were made to deliver the document, also those that sent nothing.
    pub attempts: u32,
    /// How many of them the cloud may have taken: it took the document, or never refused it.
    pub maybe_taken: u32,
    #[serde(serialize_with = "timestamp::serialize")]
    pub next_attempt_at: Option<DateTime<Utc>>,
    pub receipt: Option<Receipt>,
    /// What the cloud listed before the document could leave.
    #[serde(skip)]
    pub baseline: Baseline,
    /// The file that the document is written to, if a person uploads it. Of a run that is frozen, it may be there or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<WrittenFile>,
}

impl Run {
    /// Whether the cloud may have the document, whether or not it said that it took it.
    pub fn may_be_taken(&self) -> bool {
        self.maybe_taken > 0
    }

    /// Whether this is the document that was frozen of the run.
    pub fn has_frozen(&self, digest: Digest) -> bool {
        self.frozen.as_ref().is_some_and(|frozen| frozen.digest == digest)
    }

    /// When the cloud processed the document, by the cloud's clock: from the state of the upload, or from its list of servers.
    pub fn processed_at(&self) -> Option<DateTime<Utc>> {
        let sent = self.receipt.as_ref().and_then(|receipt| receipt.processed_at);
        sent.or_else(|| self.file.as_ref()?.processed_at)
    }

    /// When its list was collected, at the latest: that of a file is older than the run.
    pub fn listed_at(&self) -> DateTime<Utc> {
        let made_at = self.report.filter(|_| self.trigger == Trigger::Upload);
        made_at.map_or(self.started_at, |report| report.made_at.min(self.started_at))
    }
}

/// What is known of a frozen document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Frozen {
    /// Of the document without its time of collection.
    pub digest: Digest,
    pub idempotency_key: String,
    /// SHA-256 of the bytes that are sent.
    pub content_digest: Digest,
    /// Number of bytes that are sent.
    #[serde(rename = "body_bytes")]
    pub body_size: u64,
}

/// What the cloud listed of this server before a document could leave for the first time, by the cloud's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Baseline {
    /// When it said so; nothing when its list was not read.
    pub listed_at: Option<DateTime<Utc>>,
    /// The last sync before that: it is not that of the document.
    pub synced_at: Option<DateTime<Utc>>,
}

/// A document in a file that a person uploads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct WrittenFile {
    pub path: String,
    /// Of all its bytes, as `sha256sum` prints it.
    pub sha256: Digest,
    /// How many that are; nothing where an older version wrote it.
    #[serde(skip)]
    pub bytes: Option<u64>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub written_at: DateTime<Utc>,
    /// When it was last reported that nobody has uploaded it.
    #[serde(skip)]
    pub reminded_at: Option<DateTime<Utc>>,
    /// The failed sync that was reported of it, by the cloud's clock.
    #[serde(skip)]
    pub failed_at: Option<DateTime<Utc>>,
    /// When the cloud processed it, by the cloud's clock.
    #[serde(serialize_with = "timestamp::serialize")]
    pub processed_at: Option<DateTime<Utc>>,
}

/// What the cloud said when it took the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Receipt {
    pub upload_id: String,
    /// Where the cloud says whether it processed this upload.
    pub location: Location,
    /// When the upload began, by the cloud's clock.
    #[serde(serialize_with = "timestamp::serialize")]
    pub sent_at: DateTime<Utc>,
    /// When the cloud said that it processed it, by the cloud's clock.
    #[serde(serialize_with = "timestamp::serialize")]
    pub processed_at: Option<DateTime<Utc>>,
}

/// An address at the cloud, as it said it. It is shown without its query, which may let anybody in who has it.
#[derive(Clone, PartialEq, Eq)]
pub struct Location(String);

impl Location {
    /// Takes the address as it is.
    pub fn new(address: &str) -> Self {
        Self(address.to_owned())
    }

    /// The whole of it, for a request.
    pub fn exposed(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match Url::parse(&self.0) {
            Ok(url) => f.write_str(&plain::url(&url)),
            Err(_) => f.write_str("(no address)"),
        }
    }
}

impl std::fmt::Debug for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A change of the state of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Event {
    #[serde(serialize_with = "timestamp::serialize")]
    pub at: DateTime<Utc>,
    pub state: State,
    pub reason: Option<Reason>,
    pub detail: Option<String>,
}
