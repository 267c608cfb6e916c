//! Where a run's document belongs. What was made for one destination is never sent, asked about or authenticated at
//! another, and nothing that is judged from history crosses over.

use serde::Serialize;
use uuid::Uuid;

/// One account as one server reports to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Destination {
    /// Like `https://api.github.com`.
    pub api_origin: String,
    /// Like `https://uploads.github.com`.
    pub uploads_origin: String,
    /// Like `enterprise/octo-corp`, in lower case: GitHub does not tell cases apart.
    pub account: String,
    pub server_id: Uuid,
}

impl Destination {
    /// Whether it is a server of this enterprise account.
    pub fn is_at(&self, account: &CloudAccount) -> bool {
        let CloudAccount { api_origin, enterprise } = account;
        self.api_origin == *api_origin && self.account.strip_prefix("enterprise/") == Some(enterprise)
    }
}

impl std::fmt::Display for Destination {
    /// For people: the account, where it is, and the server.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            api_origin,
            uploads_origin,
            account,
            server_id,
        } = self;
        write!(f, "{account} at {api_origin}")?;
        if uploads_origin != api_origin {
            write!(f, " and {uploads_origin}")?;
        }
        write!(f, ", server ID {server_id}")
    }
}

/// An enterprise account that is watched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct CloudAccount {
    /// Like `https://api.github.com`.
    pub api_origin: String,
    /// In lower case: GitHub does not tell cases apart.
    pub enterprise: String,
}
