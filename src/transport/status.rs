//! What the status of a response means that is not the expected one: one table for the enterprise server and the cloud.
//!
//! What it means for a document, or at a certain endpoint, is for the caller to add.

use reqwest::header::{HeaderMap, LOCATION};

use super::retry_after::is_limited;
use super::tier::Tier;
use crate::reason::Reason;

/// What a status says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusKind {
    Credentials,
    Permission,
    /// What a token may not see is hidden.
    Hidden,
    RateLimit,
    ServerFailure,
    Proxy,
    /// A redirect that is not followed.
    Redirect,
    Unexpected,
}

impl StatusKind {
    /// Judges a status by its number, and by the headers that came with it.
    pub fn of(status: u16, headers: &HeaderMap) -> Self {
        match status {
            429 => Self::RateLimit,
            403 if is_limited(headers) => Self::RateLimit,
            408 | 425 | 500..=599 => Self::ServerFailure,
            401 => Self::Credentials,
            403 => Self::Permission,
            404 => Self::Hidden,
            407 => Self::Proxy,
            300..=399 if headers.contains_key(LOCATION) => Self::Redirect,
            _ => Self::Unexpected,
        }
    }

    /// What can be expected of trying again.
    pub fn tier(self) -> Tier {
        match self {
            Self::RateLimit | Self::ServerFailure => Tier::Passing,
            _ => Tier::Lasting,
        }
    }

    /// The reason code; `malformed` where the response makes no sense.
    pub fn reason(self, malformed: Reason) -> Reason {
        match self {
            Self::Credentials => Reason::CredentialsRefused,
            Self::Permission | Self::Hidden => Reason::PermissionMissing,
            Self::RateLimit => Reason::RateLimited,
            Self::ServerFailure => Reason::ServerError,
            Self::Proxy => Reason::ProxyRefused,
            Self::Redirect | Self::Unexpected => malformed,
        }
    }
}
