//! The license usage document, version 1: what leaves the host, and nothing else does.
//!
//! Users are written in the order of their IDs, so equal data gives equal bytes. The document is never held as a
//! whole: it is serialized from the [`Roster`] straight into a writer. It carries no login and no name.

use std::borrow::Cow;
use std::io::{self, Write};

use chrono::{DateTime, Utc};
use serde::ser::{SerializeSeq, SerializeStruct};
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::account::UserId;
use super::facts::LicenseFacts;
use super::products::{Product, Products};
use super::roster::{LicensedUser, Roster};
use super::totals::Totals;
use crate::timestamp;

mod defect;
pub mod read;
mod tap;
mod written;

/// The value of `schema`.
pub const SCHEMA: &str = "license-usage/v1";

/// One collection, ready to be written down.
pub struct Document<'a> {
    pub server: ServerIdentity,
    pub features: Vec<Feature>,
    pub license: &'a LicenseFacts,
    /// When the collection was finished, in whole seconds.
    pub collected_at: DateTime<Utc>,
    pub roster: &'a Roster,
}

/// The enterprise server that reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ServerIdentity {
    pub id: Uuid,
    pub hostname: String,
    /// Like `3.19.0`, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// True when users reach the server without TLS.
    pub http_only: bool,
}

/// A Connect feature that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feature {
    pub name: Cow<'static, str>,
    #[serde(serialize_with = "timestamp::serialize")]
    pub enabled_at: DateTime<Utc>,
}

impl Document<'_> {
    /// Writes the document as JSON.
    pub fn write_to(&self, writer: impl Write) -> io::Result<()> {
        serde_json::to_writer(
            writer,
            &DocumentBody {
                document: self,
                collected_at: Some(self.collected_at),
            },
        )
        .map_err(io::Error::from)
    }

    /// The SHA-256 of the document without its member `collected_at`: equal as long as nothing but the time changed.
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        let written = serde_json::to_writer(
            &mut hasher,
            &DocumentBody {
                document: self,
                collected_at: None,
            },
        );
        debug_assert!(written.is_ok(), "a hash takes every byte");
        Digest(hasher.finalize().into())
    }
}

struct DocumentBody<'a> {
    document: &'a Document<'a>,
    collected_at: Option<DateTime<Utc>>,
}

impl Serialize for DocumentBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_struct("LicenseUsage", 7)?;
        body.serialize_field("schema", SCHEMA)?;
        body.serialize_field("server", &self.document.server)?;
        body.serialize_field("features", &self.document.features)?;
        body.serialize_field("license", self.document.license)?;
        body.serialize_field("users", &UserList(self.document.roster))?;
        body.serialize_field("totals", &Counts::of(self.document.roster.totals()))?;
        // Last, so that all before it can be digested as it is written.
        if let Some(time) = self.collected_at {
            body.serialize_field("collected_at", &timestamp::text(time))?;
        }
        body.end()
    }
}

/// The totals, without what the users of the document tell by themselves, and what the report cannot prove.
#[derive(Serialize)]
struct Counts {
    accounts: u64,
    consumed: u64,
    suspended: u64,
    organizations: u64,
    bots: u64,
    setup_users: u64,
    ghosts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    dormant: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<ProductCounts>,
}

/// How many users have each product that the server has a list of.
#[derive(Serialize)]
struct ProductCounts {
    #[serde(skip_serializing_if = "Option::is_none")]
    advanced_security: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_security: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_protection: Option<u64>,
}

impl Counts {
    fn of(totals: Totals) -> Self {
        Self {
            accounts: totals.accounts,
            consumed: totals.consumed,
            suspended: totals.suspended,
            organizations: totals.organizations,
            bots: totals.bots,
            setup_users: totals.setup_users,
            ghosts: totals.ghosts,
            dormant: totals.dormant,
            products: totals.products.map(|products| ProductCounts {
                advanced_security: products.advanced_security,
                code_security: products.code_security,
                secret_protection: products.secret_protection,
            }),
        }
    }
}

struct UserList<'a>(&'a Roster);

impl Serialize for UserList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut users = serializer.serialize_seq(None)?;
        let is_known = self.0.totals().products.is_some();
        for LicensedUser { id, address, products } in self.0.users() {
            let primary = [Email { address, primary: true }];
            let emails = if address.is_empty() { &[][..] } else { &primary[..] };
            let products = is_known.then_some(ProductWords(products));
            users.serialize_element(&User { id, emails, products })?;
        }
        users.end()
    }
}

/// Without `products` where they were not collected: an empty list would say that the user has none.
#[derive(Serialize)]
struct User<'a> {
    id: UserId,
    emails: &'a [Email<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    products: Option<ProductWords>,
}

struct ProductWords(Products);

impl Serialize for ProductWords {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Product::word))
    }
}

#[derive(Serialize)]
struct Email<'a> {
    address: &'a str,
    primary: bool,
}

/// When a document was collected that ends like this; nothing when it is none of version 1.
pub fn collected_at(end: &[u8]) -> Option<DateTime<Utc>> {
    let (_, time) = std::str::from_utf8(end).ok()?.rsplit_once("\"collected_at\":\"")?;
    time.strip_suffix("\"}")?.parse().ok()
}

/// A SHA-256, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The leading 12 hex digits, as people quote it.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// The text is not 64 hex digits.
#[derive(Debug, thiserror::Error)]
#[error("not a SHA-256 in hex")]
pub struct NotADigest;

impl std::str::FromStr for Digest {
    type Err = NotADigest;

    fn from_str(hex: &str) -> Result<Self, NotADigest> {
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotADigest);
        }
        for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
            *byte = u8::from_str_radix(&hex[at..at + 2], 16).map_err(|_| NotADigest)?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
