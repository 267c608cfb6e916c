//! The people of one upload as the cloud keeps them: 13 bytes each and the bytes of the primary address.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use crate::license::{Product, Products};

/// Everybody of one upload, in the document's order, which is that of the IDs.
#[derive(Default)]
pub(super) struct Reported {
    ids: Vec<u64>,
    /// Where each person's address ends.
    ends: Vec<u32>,
    products: Vec<Products>,
    addresses: String,
}

impl Reported {
    /// How many people there are; they are numbered from 0.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(u32::MAX)
    }

    /// The ID and the primary address (empty when there is none) of a person.
    pub(super) fn person(&self, number: u32) -> Option<(u64, &str)> {
        let at = number as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        let address = self.addresses.get(start as usize..*self.ends.get(at)? as usize)?;
        Some((*self.ids.get(at)?, address))
    }

    /// The products of a person.
    pub(super) fn products(&self, number: u32) -> Products {
        self.products.get(number as usize).copied().unwrap_or_default()
    }

    /// How many people list each product.
    pub(super) fn product_counts(&self) -> [u64; 3] {
        Product::ALL.map(|product| self.products.iter().filter(|products| products.has(product)).count() as u64)
    }

    /// Appends a person of a document.
    fn push<E: Error>(&mut self, user: &ReportedUser) -> Result<(), E> {
        if user.emails.iter().any(|email| email.address.is_empty()) {
            return Err(E::custom("an address must not be empty"));
        }
        let mut primary = user.emails.iter().filter(|email| email.primary);
        let address = primary.next().map_or("", |email| &email.address);
        if primary.next().is_some() {
            return Err(E::custom("a user must not have two primary addresses"));
        }
        let products = user.products.iter().flatten().copied();
        self.add(user.id, address, products.fold(Products::default(), Products::with))
    }

    /// Appends a person with this address, or without one if it is empty.
    pub(super) fn add<E: Error>(&mut self, id: u64, address: &str, products: Products) -> Result<(), E> {
        if self.ids.last().is_some_and(|last| *last >= id) {
            return Err(E::custom("users must ascend by id"));
        }
        if id == 0 {
            return Err(E::custom("a user's id must be positive"));
        }
        self.addresses.push_str(address);
        let end = u32::try_from(self.addresses.len()).map_err(|_| E::custom("more than 4 GiB of addresses"))?;
        self.ids.push(id);
        self.products.push(products);
        self.ends.push(end);
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportedUser {
    id: u64,
    emails: Vec<ReportedEmail>,
    /// Left out when they were not collected.
    #[serde(default, deserialize_with = "there")]
    products: Option<Vec<Product>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportedEmail {
    address: String,
    primary: bool,
}

/// A member that may be left out, and is not null.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<Product>>, D::Error> {
    Vec::deserialize(deserializer).map(Some)
}

impl<'de> Deserialize<'de> for Reported {
    /// Keeps what is needed of each person as it is read, so that the list is never held as it was written.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(UserListVisitor)
    }
}

struct UserListVisitor;

impl<'de> Visitor<'de> for UserListVisitor {
    type Value = Reported;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<Reported, A::Error> {
        let mut reported = Reported::default();
        while let Some(user) = users.next_element::<ReportedUser>()? {
            reported.push(&user)?;
        }
        Ok(reported)
    }
}
