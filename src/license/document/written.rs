//! The members of version 1 as they are read: all of them, no others, one user after the other.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::defect::DocumentDefect;
use super::{Feature, SCHEMA, ServerIdentity};
use crate::license::account::{Account, UserId};
use crate::license::facts::{LicenseFacts, Seats};
use crate::license::products::{Product, ProductTotals, Products};
use crate::license::roster::left_out::LeftOut;
use crate::license::roster::{Roster, RosterFull};

/// A document that was read.
pub struct ReadDocument {
    pub server: ServerIdentity,
    pub features: Vec<Feature>,
    pub license: LicenseFacts,
    pub collected_at: DateTime<Utc>,
    pub roster: Roster,
}

/// A document names no more features.
const MOST_FEATURES: usize = 16;

/// How the texts of this file begin: those of serde quote values.
pub(super) const OWN: [&str; 4] = ["the schema is", "it has more", "the IDs of", "a user has"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(rename = "schema")]
    _schema: Version1,
    server: WrittenServer,
    features: Features,
    license: WrittenLicense,
    users: WrittenUsers,
    totals: WrittenTotals,
    collected_at: DateTime<Utc>,
}

impl Written {
    /// What was read, if its totals are those of its users.
    pub(super) fn check(self) -> Result<ReadDocument, DocumentDefect> {
        let (totals, roster) = (self.totals, self.users.0.map_err(DocumentDefect::Full)?);
        if totals.consumed != roster.totals().consumed {
            return Err(DocumentDefect::Totals("`consumed` is not the number of users"));
        }
        if totals.dormant > Some(totals.consumed) {
            return Err(DocumentDefect::Totals("`dormant` is more than `consumed`"));
        }
        let of = |product| roster.users().filter(|user| user.products.has(product)).count() as u64;
        let listed = Product::ALL.map(of);
        if !totals.products.unwrap_or_default().are(listed) {
            return Err(DocumentDefect::Totals(
                "`products` are not the numbers of users who list them",
            ));
        }
        let roster = roster
            .with_left_out(LeftOut {
                suspended: totals.suspended,
                organizations: totals.organizations,
                bots: totals.bots,
                setup_users: totals.setup_users,
                ghosts: totals.ghosts,
                dormant: totals.dormant,
                products: totals.products.map(WrittenProductCounts::totals),
            })
            .filter(|roster| roster.totals().accounts == totals.accounts)
            .ok_or(DocumentDefect::Totals("`accounts` is not the sum of the other counts"))?;
        let server = self.server;
        Ok(ReadDocument {
            server: ServerIdentity {
                id: server.id,
                hostname: server.hostname,
                version: server.version,
                http_only: server.http_only,
            },
            features: self.features.0,
            license: LicenseFacts {
                kind: self.license.kind,
                seats: self.license.seats,
                expires_at: self.license.expires_at,
            },
            collected_at: self.collected_at,
            roster,
        })
    }
}

/// The one version that is known.
struct Version1;

impl<'de> Deserialize<'de> for Version1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match &*String::deserialize(deserializer)? {
            SCHEMA => Ok(Self),
            _ => Err(D::Error::custom(format!("the schema is not {SCHEMA}"))),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenServer {
    id: Uuid,
    hostname: String,
    #[serde(default, deserialize_with = "there")]
    version: Option<String>,
    http_only: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLicense {
    #[serde(default, deserialize_with = "there")]
    kind: Option<String>,
    #[serde(default, deserialize_with = "there")]
    seats: Option<Seats>,
    // Named so that the member must be there, if only as null.
    #[serde(deserialize_with = "Option::deserialize")]
    expires_at: Option<DateTime<Utc>>,
}

/// A member that may be left out, and is not null.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenTotals {
    accounts: u64,
    consumed: u64,
    suspended: u64,
    organizations: u64,
    bots: u64,
    setup_users: u64,
    ghosts: u64,
    #[serde(default, deserialize_with = "there")]
    dormant: Option<u64>,
    #[serde(default, deserialize_with = "there")]
    products: Option<WrittenProductCounts>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenProductCounts {
    #[serde(default, deserialize_with = "there")]
    advanced_security: Option<u64>,
    #[serde(default, deserialize_with = "there")]
    code_security: Option<u64>,
    #[serde(default, deserialize_with = "there")]
    secret_protection: Option<u64>,
}

impl WrittenProductCounts {
    /// Whether so many users list each product.
    fn are(self, listed: [u64; 3]) -> bool {
        let told = [self.advanced_security, self.code_security, self.secret_protection];
        told.map(Option::unwrap_or_default) == listed
    }

    /// What a list keeps of them: a document has no login.
    fn totals(self) -> ProductTotals {
        ProductTotals {
            advanced_security: self.advanced_security,
            code_security: self.code_security,
            secret_protection: self.secret_protection,
            ..ProductTotals::default()
        }
    }
}

struct Features(Vec<Feature>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenFeature {
    name: String,
    enabled_at: DateTime<Utc>,
}

impl<'de> Deserialize<'de> for Features {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FeaturesVisitor)
    }
}

struct FeaturesVisitor;

impl<'de> Visitor<'de> for FeaturesVisitor {
    type Value = Features;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Features, A::Error> {
        let mut features = Vec::new();
        while let Some(WrittenFeature { name, enabled_at }) = sequence.next_element()? {
            if features.len() == MOST_FEATURES {
                return Err(A::Error::custom(format!("it has more than {MOST_FEATURES} features")));
            }
            features.push(Feature {
                name: Cow::Owned(name),
                enabled_at,
            });
        }
        Ok(Features(features))
    }
}

/// Everybody, unless they do not fit.
struct WrittenUsers(Result<Roster, RosterFull>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenUser {
    id: u64,
    emails: Vec<WrittenEmail>,
    /// Of everybody or of nobody, or the document is not written as it should be.
    #[serde(default, deserialize_with = "there")]
    products: Option<Vec<Product>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEmail {
    address: String,
    primary: bool,
}

impl<'de> Deserialize<'de> for WrittenUsers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(UsersVisitor)
    }
}

struct UsersVisitor;

impl<'de> Visitor<'de> for UsersVisitor {
    type Value = WrittenUsers;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<WrittenUsers, A::Error> {
        let (mut roster, mut last) = (Roster::default(), 0);
        while let Some(WrittenUser { id, emails, products }) = sequence.next_element()? {
            if id <= last {
                let what = "the IDs of the users do not ascend from 1, so one may be there twice";
                return Err(A::Error::custom(what));
            }
            last = id;
            let address = match &emails[..] {
                [] => "",
                [email] if email.primary && !email.address.is_empty() => &email.address,
                _ => return Err(A::Error::custom("a user has other addresses than one primary address")),
            };
            let products = products.into_iter().flatten();
            let products = products.fold(Products::default(), Products::with);
            if let Err(full) = roster.add_with(&consumer(id, address), products, 0) {
                while sequence.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(WrittenUsers(Err(full)));
            }
        }
        Ok(WrittenUsers(Ok(roster)))
    }
}

/// Everybody in a document consumes a license, and nothing else is known of them.
fn consumer(id: u64, email: &str) -> Account<'_> {
    Account {
        id: UserId(id),
        login: "",
        email,
        role: "",
        suspended: false,
        dormant: None,
        no_sign_in: None,
    }
}
