//! Everybody of one collection, in little memory: 16 bytes an account and the bytes of a consuming person's address.
//!
//! What one run may hold of it is bounded by [`MEMORY_CAP`]. It does not read rows and does not write documents.

pub mod left_out;
use serde::{Deserialize, Serialize};

use super::account::{Account, Consumption, UserId};
use super::difference::{Difference, EarlierList, NewUser};
use super::fingerprint::BYTES_A_HASH;

/// The most memory that the list of one run takes, in bytes: the accounts, their addresses, and the fingerprint that is
/// made of them. `MemoryMax=` of the units leaves room for it and for the rest of the program.
pub const MEMORY_CAP: u64 = 640 << 20;

/// The accounts of one collection, in the order in which they were reported until [`Roster::finish`] sorts them.
pub struct Roster {
    entries: Vec<Entry>,
    /// Per consuming person: the length of the address in two bytes, then the address.
    addresses: Vec<u8>,
    totals: Totals,
    scim_enabled: bool,
    /// The list that the accounts are compared to, if they are.
    earlier: Option<EarlierList>,
    /// [`MEMORY_CAP`], except in tests.
    cap: u64,
}

/// Of a server without SCIM.
impl Default for Roster {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            addresses: Vec::new(),
            totals: Totals::default(),
            scim_enabled: false,
            earlier: None,
            cap: MEMORY_CAP,
        }
    }
}

struct Entry {
    id: UserId,
    /// Where the person's address starts, or [`NOT_CONSUMING`].
    address: u32,
    row: u32,
}

const NOT_CONSUMING: u32 = u32::MAX;

/// What the length of an address takes, before the address.
const BYTES_A_LENGTH: usize = size_of::<u16>();

/// Counts of accounts in one collection. They add up: every account consumes a license or is of one kind that does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// All accounts that were reported.
    pub accounts: u64,
    /// Accounts that consume a license.
    pub consumed: u64,
    /// Suspended accounts of users; they consume none.
    pub suspended: u64,
    pub organizations: u64,
    pub bots: u64,
    /// The accounts that set up SAML and SCIM, where SCIM is enabled.
    pub setup_users: u64,
    /// The account that stands for deleted ones.
    pub ghosts: u64,
    /// Dormant accounts among those that consume a license, as far as the report tells.
    pub dormant: u64,
    /// Accounts that consume a license and have no address by which the cloud could find the person.
    pub unmatchable: u64,
    /// Accounts that consume a license by this rule and for which the report shows no sign-in; nothing when it does not tell.
    pub no_sign_in: Option<u64>,
}

/// Two rows of the report carry the same ID.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {second}, column \"id\": the ID {id} was already used in row {first}")]
pub struct DuplicateId {
    pub id: UserId,
    pub first: u32,
    pub second: u32,
}

/// The next account does not fit into the memory that the list of one run may take.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {accounts} accounts before it take {held} bytes of memory, the next one takes {more}; the cap is {cap} bytes"
)]
pub struct RosterFull {
    pub accounts: u64,
    /// What the accounts before take.
    pub held: u64,
    /// What the next one takes.
    pub more: u64,
    pub cap: u64,
}

impl Roster {
    /// An empty one, of a server where SCIM is enabled or not.
    #[must_use]
    pub fn new(scim_enabled: bool) -> Self {
        Self {
            scim_enabled,
            ..Self::default()
        }
    }

    /// The same, which compares every account to an earlier list if there is one.
    #[must_use]
    pub fn beside(self, earlier: Option<EarlierList>) -> Self {
        Self { earlier, ..self }
    }

    /// How all the accounts differ from the earlier list, with the first of the new users; nothing when there was none.
    #[must_use]
    pub fn difference(&mut self) -> Option<(Difference, Vec<NewUser>)> {
        let earlier = self.earlier.take()?;
        Some(earlier.finish(self.consumers()))
    }

    /// Whether, and why not, the account consumes a license on this server.
    #[must_use]
    pub fn consumption(&self, account: &Account<'_>) -> Consumption {
        account.consumption(self.scim_enabled)
    }

    /// Adds the account that was reported in `row` (the header is row 1).
    ///
    /// # Errors
    /// [`RosterFull`] when the list would take more than [`MEMORY_CAP`]; the account is not in it then.
    pub fn add(&mut self, account: &Account<'_>, row: u32) -> Result<(), RosterFull> {
        let consumption = self.consumption(account);
        let consumes = consumption == Consumption::Consumes;
        let address = self.make_room(consumes.then_some(account.email))?;
        self.totals.accounts += 1;
        match consumption {
            Consumption::Consumes => {
                self.totals.consumed += 1;
                self.totals.dormant += u64::from(account.dormant);
                self.totals.unmatchable += u64::from(!account.email.contains('@'));
            }
            Consumption::Suspended => self.totals.suspended += 1,
            Consumption::Organization => self.totals.organizations += 1,
            Consumption::Bot => self.totals.bots += 1,
            Consumption::SetupUser => self.totals.setup_users += 1,
            Consumption::Ghost => self.totals.ghosts += 1,
        }
        if let Some(earlier) = &mut self.earlier {
            earlier.compare(account, consumption);
        }
        if let Some(no_sign_in) = account.no_sign_in {
            *self.totals.no_sign_in.get_or_insert(0) += u64::from(consumes && no_sign_in);
        }
        self.entries.push(Entry {
            id: account.id,
            address,
            row,
        });
        Ok(())
    }

    /// Stores the address, if there is one, and returns where; refuses an account that does not fit.
    fn make_room(&mut self, address: Option<&str>) -> Result<u32, RosterFull> {
        let held = self.memory();
        let bytes = address.map_or(0, |address| BYTES_A_LENGTH + address.len() + BYTES_A_HASH);
        let more = (size_of::<Entry>() + bytes) as u64;
        let full = RosterFull {
            accounts: self.totals.accounts,
            held,
            more,
            cap: self.cap,
        };
        if held + more > self.cap {
            return Err(full);
        }
        let Some(address) = address else {
            return Ok(NOT_CONSUMING);
        };
        // Neither can fail for an address that a report may hold: the cap is far below 4 GiB.
        let (Ok(length), Ok(at)) = (u16::try_from(address.len()), u32::try_from(self.addresses.len())) else {
            return Err(full);
        };
        self.addresses.extend_from_slice(&length.to_ne_bytes());
        self.addresses.extend_from_slice(address.as_bytes());
        Ok(at)
    }

    /// The bytes that the list takes in the course of a run, with its fingerprint.
    fn memory(&self) -> u64 {
        let list = self.entries.len() * size_of::<Entry>() + self.addresses.len();
        list as u64 + self.totals.consumed * BYTES_A_HASH as u64
    }

    /// Sorts by ID, so that the order of the report does not matter.
    ///
    /// # Errors
    /// [`DuplicateId`] when two rows carry the same ID, whether they consume a license or not.
    pub fn finish(mut self) -> Result<Self, DuplicateId> {
        self.entries.sort_unstable_by_key(|entry| (entry.id, entry.row));
        match self.entries.windows(2).find(|pair| pair[0].id == pair[1].id) {
            None => Ok(self),
            Some(pair) => Err(DuplicateId {
                id: pair[0].id,
                first: pair[0].row,
                second: pair[1].row,
            }),
        }
    }

    /// Everybody who consumes a license, with the primary address (empty when there is none).
    pub fn consumers(&self) -> impl Iterator<Item = (UserId, &str)> {
        self.entries
            .iter()
            .filter(|entry| entry.address != NOT_CONSUMING)
            .map(|entry| (entry.id, self.address(entry)))
    }

    fn address(&self, entry: &Entry) -> &str {
        let start = entry.address as usize + 2;
        let length = u16::from_ne_bytes([self.addresses[start - 2], self.addresses[start - 1]]);
        std::str::from_utf8(&self.addresses[start..start + usize::from(length)]).unwrap_or_default()
    }

    /// The counts.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: u64, email: &str) -> Account<'_> {
        Account {
            id: UserId(id),
            login: "x",
            email,
            role: "user",
            suspended: false,
            dormant: false,
            no_sign_in: None,
        }
    }

    #[test]
    fn consumers_come_out_by_id_whatever_the_order_of_the_report() {
        let mut roster = Roster::default();
        roster.add(&account(9, "nine@example.com"), 2).unwrap();
        let dormant = Account {
            dormant: true,
            ..account(1, "")
        };
        roster.add(&dormant, 3).unwrap();
        let suspended = Account {
            suspended: true,
            dormant: true,
            ..account(5, "five@example.com")
        };
        roster.add(&suspended, 4).unwrap();
        let roster = roster.finish().map_err(|duplicate| duplicate.to_string()).unwrap();
        assert_eq!(
            roster.consumers().collect::<Vec<_>>(),
            [(UserId(1), ""), (UserId(9), "nine@example.com")]
        );
        assert_eq!(
            roster.totals(),
            Totals {
                accounts: 3,
                consumed: 2,
                suspended: 1,
                dormant: 1,
                unmatchable: 1,
                ..Totals::default()
            }
        );
    }

    #[test]
    fn every_account_is_counted_once_as_consuming_or_as_the_kind_that_does_not() {
        let suspended_bot = Account {
            suspended: true,
            ..account(3, "")
        };
        let accounts = [
            account(1, "one@example.com"),
            Account {
                login: "renovate[bot]",
                ..account(2, "")
            },
            Account {
                role: "bot",
                ..suspended_bot
            },
            Account {
                role: "organization",
                ..account(4, "")
            },
            Account {
                login: "scim-admin",
                ..account(5, "")
            },
            Account {
                suspended: true,
                ..account(6, "")
            },
            Account {
                login: "ghost",
                ..account(7, "")
            },
        ];
        let mut roster = Roster::new(true);
        for (row, account) in (2..).zip(&accounts) {
            roster.add(account, row).unwrap();
        }
        let expected = Totals {
            accounts: 7,
            consumed: 1,
            suspended: 1,
            organizations: 1,
            bots: 2,
            setup_users: 1,
            ghosts: 1,
            dormant: 0,
            unmatchable: 0,
            no_sign_in: None,
        };
        assert_eq!(roster.totals(), expected);
    }

    #[test]
    fn accounts_without_a_sign_in_are_counted_among_those_that_consume_a_license_if_the_report_tells() {
        let mut roster = Roster::default();
        for (id, suspended, no_sign_in) in [(1, false, true), (2, false, false), (3, true, true)] {
            let account = Account {
                suspended,
                no_sign_in: Some(no_sign_in),
                ..account(id, "")
            };
            roster.add(&account, 2).unwrap();
        }
        assert_eq!((roster.totals().consumed, roster.totals().no_sign_in), (2, Some(1)));
    }

    #[test]
    fn an_account_that_takes_the_last_byte_fits_and_one_byte_more_is_refused() {
        // 16 bytes of entry, 2 of length, 5 of address and 8 of fingerprint; a suspended account has the entry alone.
        let roster = |cap| {
            let mut roster = Roster {
                cap,
                ..Roster::default()
            };
            let suspended = Account {
                suspended: true,
                ..account(1, "not kept")
            };
            roster.add(&suspended, 2).unwrap();
            let added = roster.add(&account(2, "a@b.c"), 3);
            (added, roster)
        };
        let (added, full) = roster(16 + 31);
        assert_eq!((added, full.memory()), (Ok(()), 16 + 31));
        let (added, unchanged) = roster(16 + 30);
        let refused = RosterFull {
            accounts: 1,
            held: 16,
            more: 31,
            cap: 46,
        };
        assert_eq!((added, unchanged.memory()), (Err(refused), 16));
        assert_eq!((unchanged.totals().accounts, unchanged.totals().consumed), (1, 0));
    }

    #[test]
    fn a_duplicate_id_is_refused_even_when_one_of_the_two_is_suspended() {
        let mut roster = Roster::default();
        roster.add(&account(4, "a@example.com"), 2).unwrap();
        roster
            .add(
                &Account {
                    suspended: true,
                    ..account(4, "b@example.com")
                },
                3,
            )
            .unwrap();
        assert_eq!(
            roster.finish().err(),
            Some(DuplicateId {
                id: UserId(4),
                first: 2,
                second: 3
            })
        );
    }
}
