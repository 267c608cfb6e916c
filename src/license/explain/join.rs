//! Joins both lists by `HOST:ID`, which is exact and needs no address.

use std::collections::HashMap;

use super::discrepancy::Clue;
use super::evidence::Evidence;
use super::grade::Grade;
use super::sole::SoleIndex;
use crate::license::account::Consumption;
use crate::license::consumed::{ConsumedLicense, ServerUser};

/// The accounts of this server, and the rows on which they are.
pub(super) struct Join<'a> {
    evidence: &'a Evidence<'a>,
    /// The host names of this server in the cloud's list.
    hosts: Vec<&'a str>,
    /// Whether a row is of an account of this server, by its host name.
    pub(super) names_host: bool,
    account_by_id: HashMap<u64, usize>,
    row_of: HashMap<usize, usize>,
    /// Rows by what the server's identity provider calls the accounts on them that consume a license; one that is on no row
    /// has a number of its own beyond them.
    pub(super) names: SoleIndex<&'a str>,
    /// Rows of the accounts that consume a license, by everything that is known of these.
    pub(super) seats: SoleIndex<&'a str>,
}

/// What an account in the cloud's list is, seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// An account of this server, by its place in the local list.
    Here(usize),
    /// This server has no account with this ID.
    Gone,
    /// Of a server that does not report any more.
    Stale(Grade, Clue),
    /// Of another server, as far as is known.
    Elsewhere,
}

impl<'a> Join<'a> {
    pub(super) fn of(evidence: &'a Evidence<'a>) -> Self {
        let by_id = evidence.local.iter().enumerate();
        let names_host = evidence.names_host();
        // Until a row has the host name of this server, the one under which the cloud lists its ID is its own as well.
        let known_as = evidence.server.known_as.filter(|_| !names_host);
        let mut join = Self {
            evidence,
            hosts: std::iter::once(evidence.server.host).chain(known_as).collect(),
            names_host,
            account_by_id: by_id.map(|(place, account)| (account.id, place)).collect(),
            row_of: HashMap::new(),
            names: SoleIndex::default(),
            seats: SoleIndex::default(),
        };
        for (number, row) in evidence.cloud.iter().enumerate() {
            for user in &row.server_users {
                if let Listed::Here(account) = join.listed(row, user) {
                    join.row_of.insert(account, number);
                }
            }
        }
        for place in 0..evidence.local.len() {
            join.index(place);
        }
        join
    }

    fn index(&mut self, place: usize) {
        let account = &self.evidence.local[place];
        if account.consumption(self.evidence.server.scim_enabled) != Consumption::Consumes {
            return;
        }
        let names = || account.identity_names.iter().map(String::as_str);
        let row = self.row_of.get(&place).copied();
        for name in names() {
            self.names.add(name, row.unwrap_or(self.evidence.cloud.len() + place));
        }
        let Some(row) = row else {
            return;
        };
        let further = self.evidence.secondary_of(account).iter().map(String::as_str);
        for known in names().chain(further).chain([account.address.as_str()]) {
            self.seats.add(known, row);
        }
    }

    fn is_own(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// What an account on `row` is.
    pub(super) fn listed(&self, row: &ConsumedLicense, user: &ServerUser) -> Listed {
        let account = self.account_by_id.get(&user.id).copied();
        if self.is_own(&user.host) {
            return account.map_or(Listed::Gone, Listed::Here);
        }
        let Some(servers) = self.evidence.servers else {
            let renamed = account.is_some_and(|place| self.is_copy(row, place));
            return match renamed {
                true => Listed::Stale(Grade::Likely, Clue::SameAccountOtherHost),
                false => Listed::Elsewhere,
            };
        };
        let mut same_host = servers
            .iter()
            .filter(|server| server.host.eq_ignore_ascii_case(&user.host));
        match same_host.next() {
            None => Listed::Stale(Grade::Certain, Clue::HostNotListed),
            Some(server) if server.connected == Some(false) && same_host.all(|it| it.connected == Some(false)) => {
                Listed::Stale(Grade::Certain, Clue::HostNotConnected)
            }
            Some(_) => Listed::Elsewhere,
        }
    }

    /// Whether `row` shows the account's address, and the account is on another row.
    fn is_copy(&self, row: &ConsumedLicense, place: usize) -> bool {
        let address = &self.evidence.local[place].address;
        !address.is_empty() && row.server_addresses.contains(address) && self.row_of.contains_key(&place)
    }
}
