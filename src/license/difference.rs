//! Who is on a list and was not on the last confirmed one, and what happened to those who were, as far as it can be proved.
//!
//! Of the last confirmed list there are keyed hashes of ID and address together. So an account with its present address
//! was on it or was not, and so was a new user with the same name at another domain of the report. Of a hash that none of
//! them has, nobody can say whose it was. It belonged to an account that no longer exists, or to one that has another address
//! now. Their numbers have bounds: a user with another address now is still in the report, among the accounts that were not
//! found on the earlier list.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::account::{Account, Consumption, UserId};
use super::fingerprint_key::FingerprintKey;
use super::user_hash::{BYTES_A_HASH, DamagedFingerprint, hash};

/// So many new users are named; the others are counted.
pub const NAMED: usize = 1_000;

/// A domain is named when so many new users have it: that of a few may be that of a person.
pub const SHARED_BY: u64 = 5;

/// So many different domains are counted; users of further ones have another domain.
const DOMAINS: usize = 10_000;

/// So many domains of a report are tried as the earlier ones of new users, those of the most accounts.
pub const TRIED: usize = 20;

/// The last confirmed list, to which the accounts of a report are compared one after the other.
pub struct EarlierList {
    key: FingerprintKey,
    /// In ascending order.
    hashes: Vec<u64>,
    difference: Difference,
    /// Accounts that consume no license and were not found on it.
    others: u64,
    domains: BTreeMap<String, Domain>,
    new_users: Vec<NewUser>,
    /// A row that is there twice is one account.
    seen: HashSet<UserId>,
}

/// How many accounts of a report have it in their address.
#[derive(Default)]
struct Domain {
    accounts: u64,
    new: u64,
}

/// Counts alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Difference {
    /// Users on the last confirmed list.
    pub before: u64,
    /// Those of them who are on today's list with the same address.
    pub kept: u64,
    /// Users on today's list who were not on it, or with another address.
    pub new: u64,
    /// How many of the new ones have an address at which domain, for each domain that at least 5 of them have.
    pub new_by_domain: BTreeMap<String, u64>,
    /// Users who are not on today's list, or with another address.
    pub gone: u64,
    /// Of the gone ones those whose account is suspended now.
    pub gone_suspended: u64,
    /// And those whose account is of another kind now that consumes no license.
    pub gone_other_kind: u64,
    /// And those who are on today's list with the same address at another domain.
    pub gone_other_domain: u64,
    /// No account of today's report has ID and address of so many of the gone ones.
    pub gone_not_found: u64,
    /// At least so many of these no longer have an account; the others may have another address.
    pub gone_deleted_at_least: u64,
}

/// A user who is new, for the terminal of an operator alone.
pub struct NewUser {
    pub id: UserId,
    pub login: String,
}

impl EarlierList {
    /// One without anybody; the hashes were made with this key.
    pub fn new(key: FingerprintKey) -> Self {
        Self {
            key,
            hashes: Vec::new(),
            difference: Difference::default(),
            others: 0,
            domains: BTreeMap::new(),
            new_users: Vec::new(),
            seen: HashSet::new(),
        }
    }

    /// Adds a piece of its fingerprint.
    ///
    /// # Errors
    /// [`DamagedFingerprint`] when it cannot be the next piece of one.
    pub fn add(&mut self, piece: &[u8]) -> Result<(), DamagedFingerprint> {
        let (hashes, rest) = piece.as_chunks::<BYTES_A_HASH>();
        if !rest.is_empty() || hashes.is_empty() {
            return Err(DamagedFingerprint);
        }
        for hash in hashes.iter().copied().map(u64::from_le_bytes) {
            if self.hashes.last().is_some_and(|last| *last > hash) {
                return Err(DamagedFingerprint);
            }
            self.hashes.push(hash);
        }
        Ok(())
    }

    /// How many users were on it.
    pub fn users(&self) -> u64 {
        self.hashes.len() as u64
    }

    /// Compares an account of today's report.
    pub(super) fn compare(&mut self, account: &Account<'_>, consumption: Consumption) {
        if !self.seen.insert(account.id) {
            return;
        }
        let was_on_it = self.has(account.id, account.email);
        let is_new = consumption == Consumption::Consumes && !was_on_it;
        if let Some((_, domain)) = account.email.rsplit_once('@') {
            self.add_domain(domain.to_ascii_lowercase(), is_new);
        }
        let difference = &mut self.difference;
        match (consumption, was_on_it) {
            (Consumption::Consumes, true) => difference.kept += 1,
            (Consumption::Consumes, false) => self.add_new(account),
            (Consumption::Suspended, true) => difference.gone_suspended += 1,
            (_, true) => difference.gone_other_kind += 1,
            (_, false) => self.others += 1,
        }
    }

    fn add_new(&mut self, account: &Account<'_>) {
        self.difference.new += 1;
        if self.new_users.len() < NAMED {
            self.new_users.push(NewUser {
                id: account.id,
                login: account.login.to_owned(),
            });
        }
    }

    fn add_domain(&mut self, domain: String, is_new: bool) {
        if self.domains.len() < DOMAINS || self.domains.contains_key(&domain) {
            let domain = self.domains.entry(domain).or_default();
            domain.accounts += 1;
            domain.new += u64::from(is_new);
        }
    }

    /// Whether a user with this address was on it.
    fn has(&self, id: UserId, address: &str) -> bool {
        let hash = hash(self.key.hasher(), id, address);
        self.hashes.binary_search(&hash).is_ok()
    }

    /// How many of these users of today's list were on it with the same address at another domain.
    fn moved<'a>(&self, users: impl Iterator<Item = (UserId, &'a str)>) -> u64 {
        let mut domains: Vec<_> = self.domains.iter().collect();
        domains.sort_by_key(|(_, domain)| Reverse(domain.accounts));
        domains.truncate(TRIED);
        let has_moved = |(id, address): &(UserId, &str)| match address.rsplit_once('@') {
            Some((name, _)) if !self.has(*id, address) => domains
                .iter()
                .any(|(domain, _)| self.has(*id, &format!("{name}@{domain}"))),
            _ => false,
        };
        users.filter(has_moved).count() as u64
    }

    /// What came out, once every account was compared; `today` are all users of today's list. The first [`NAMED`] of the new
    /// users come in the order of the report.
    pub fn finish<'a>(self, today: impl Iterator<Item = (UserId, &'a str)>) -> (Difference, Vec<NewUser>) {
        let gone_other_domain = self.moved(today);
        let Difference {
            kept,
            new,
            gone_suspended,
            gone_other_kind,
            ..
        } = self.difference;
        let before = self.hashes.len() as u64;
        let gone = before.saturating_sub(kept);
        let gone_not_found = gone.saturating_sub(gone_suspended + gone_other_kind + gone_other_domain);
        // A user who was found at another domain is not one of those who were not found.
        let elsewhere = new.saturating_sub(gone_other_domain) + self.others;
        let shared = self.domains.into_iter().map(|(name, domain)| (name, domain.new));
        let difference = Difference {
            before,
            gone,
            gone_not_found,
            gone_other_domain,
            gone_deleted_at_least: gone_not_found.saturating_sub(elsewhere),
            new_by_domain: shared.filter(|(_, new)| *new >= SHARED_BY).collect(),
            ..self.difference
        };
        (difference, self.new_users)
    }
}

#[cfg(test)]
mod tests;
