//! What is known of both sides. Whatever is left out makes statements less sure, never wrong.
//!
//! The types hold people, so none of them implements `Debug`.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::unknown::Unknown;
use crate::license::account::{Account, Consumption, UserId};
use crate::license::consumed::ConsumedLicense;

/// Everything that is at hand.
pub struct Evidence<'a> {
    /// The enterprise server whose list this is.
    pub server: LocalServer<'a>,
    /// All accounts of the server.
    pub local: &'a [LocalAccount],
    /// When that list was made.
    pub listed: ListTime,
    /// What the cloud lists.
    pub cloud: &'a [ConsumedLicense],
    /// When the list was made that the cloud has of this server, if anything is known of it.
    pub last_sync: Option<ListTime>,
    /// Further addresses of the server's accounts, if they were read.
    pub secondary: Option<&'a HashMap<u64, Vec<String>>>,
    /// The SAML and SCIM identities of the cloud's users, if they were read.
    pub identities: Option<&'a [CloudIdentity]>,
    /// The domains that the cloud account has verified, if they were read.
    pub verified_domains: Option<&'a [String]>,
    /// The servers that report to the cloud account, if they were read.
    pub servers: Option<&'a [ReportingServer]>,
    /// What makes the lists themselves doubtful: nothing that follows from them is certain then.
    pub doubts: &'a [Unknown],
}

/// When a list was made: a report that was kept or copied says no more than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListTime {
    pub not_before: DateTime<Utc>,
    pub not_after: DateTime<Utc>,
}

impl ListTime {
    /// Of a list whose time is known.
    pub fn exactly(at: DateTime<Utc>) -> Self {
        Self {
            not_before: at,
            not_after: at,
        }
    }
}

/// The server that the local list is of.
#[derive(Clone, Copy)]
pub struct LocalServer<'a> {
    pub host: &'a str,
    /// The host name under which the cloud lists the server's ID, if that is known.
    pub known_as: Option<&'a str>,
    pub scim_enabled: bool,
}

/// An account on the server.
#[derive(Clone, Default)]
pub struct LocalAccount {
    pub id: u64,
    pub login: String,
    /// The primary address; empty when there is none.
    pub address: String,
    pub role: String,
    pub suspended: bool,
    /// Nothing when the report does not tell.
    pub never_signed_in: Option<bool>,
    /// What the server's identity provider calls the person, if that is known.
    pub identity_names: Vec<String>,
}

/// What the cloud's identity provider has about one user.
#[derive(Clone, Default)]
pub struct CloudIdentity {
    /// The login on the cloud.
    pub user: String,
    /// `NameID`, `username`, `userName`, `emails` and the claims `name` and `emailaddress`.
    pub attributes: Vec<String>,
}

/// A server that reports to the cloud account.
#[derive(Debug, Clone)]
pub struct ReportingServer {
    pub host: String,
    /// Nothing when that was not read.
    pub connected: Option<bool>,
}

impl LocalAccount {
    /// Whether it consumes a license, by the one rule.
    pub(super) fn consumption(&self, scim_enabled: bool) -> Consumption {
        Account {
            id: UserId(self.id),
            login: &self.login,
            email: &self.address,
            role: &self.role,
            suspended: self.suspended,
            dormant: None,
            no_sign_in: self.never_signed_in,
        }
        .consumption(scim_enabled)
    }
}

impl Evidence<'_> {
    /// Whether the list is newer than what the cloud has.
    pub(super) fn is_newer_than_sync(&self) -> bool {
        self.last_sync
            .is_some_and(|sync| sync.not_after < self.listed.not_before)
    }

    /// Whether a sync started from a list that is as new, or newer.
    pub(super) fn is_superseded(&self) -> bool {
        self.last_sync
            .is_some_and(|sync| sync.not_before >= self.listed.not_after)
    }

    /// Whether a row is of an account of this server, by its host name.
    pub(super) fn names_host(&self) -> bool {
        let mut users = self.cloud.iter().flat_map(|row| &row.server_users);
        users.any(|user| user.host.eq_ignore_ascii_case(self.server.host))
    }

    /// Whether the cloud shows addresses of this domain; nothing when its verified domains were not read.
    pub(super) fn is_verified(&self, domain: &str) -> Option<bool> {
        let domains = self.verified_domains?;
        Some(domains.iter().any(|verified| verified.eq_ignore_ascii_case(domain)))
    }

    /// Further addresses of an account, as far as they were read.
    pub(super) fn secondary_of(&self, account: &LocalAccount) -> &[String] {
        self.secondary
            .and_then(|all| all.get(&account.id))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}
