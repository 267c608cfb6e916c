//! What can be read besides the list of consumed licenses, and the scope that it takes.
//!
//! Sources: GitHub's public GraphQL schema, which names the scopes, and the documentation of SCIM.

use super::super::error::ConnectError;
use crate::explain::{Explain, chain};
use crate::reason::Reason;

/// One thing that the cloud may know, each of which can be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Domains,
    Servers,
    Accounts,
    Identities,
    OrganizationIdentities,
    /// Managed users, as SCIM provisions them.
    Users,
}

/// A part that was not read.
#[derive(Debug)]
pub struct Withheld {
    pub part: Part,
    /// None when the token may not read it.
    error: Option<ConnectError>,
}

impl Part {
    /// What it is.
    pub fn says(self) -> &'static str {
        match self {
            Self::Domains => "the verified domains of the enterprise",
            Self::Servers => "the servers that report to the enterprise, and the addresses that this one uploaded",
            Self::Accounts => "the addresses that this server uploaded",
            Self::Identities => "the SAML and SCIM identities of the enterprise",
            Self::OrganizationIdentities => "the SAML and SCIM identities of its organizations (all or some)",
            Self::Users => "the managed users of the enterprise",
        }
    }

    /// What the classic token needs.
    fn needs(self) -> &'static str {
        match self {
            // The published schema names no lesser scope.
            Self::Domains => "`admin:enterprise`, which may also change the enterprise",
            Self::Servers | Self::Accounts | Self::Identities => "`read:enterprise`",
            Self::OrganizationIdentities => "`read:org`, of an owner of each organization",
            Self::Users => "`scim:enterprise`, of an enterprise with managed users",
        }
    }
}

impl Withheld {
    pub(super) fn new(part: Part, error: ConnectError) -> Self {
        let error = (error.reason() != Reason::PermissionMissing).then_some(error);
        Self { part, error }
    }

    pub(super) fn forbidden(part: Part) -> Self {
        Self { part, error: None }
    }

    /// What was not read and why, with the scope where that is missing. It names no user.
    pub fn says(&self) -> String {
        let why = match &self.error {
            None => format!("`connect-read-token` may not; it takes the scope {}", self.part.needs()),
            Some(error) => chain(error),
        };
        format!("{} were not read: {why}", self.part.says())
    }
}
