//! Everybody of one collection, in little memory: 16 bytes an account and the bytes of a consuming person's address.
//!
//! It does not read rows and does not write documents.

use serde::{Deserialize, Serialize};

use super::account::{Account, Consumption, UserId};

/// The accounts of one collection, in the order in which they were reported until [`Roster::finish`] sorts them.
#[derive(Default)]
pub struct Roster {
    entries: Vec<Entry>,
    /// Per consuming person: the length of the address in two bytes, then the address.
    addresses: Vec<u8>,
    totals: Totals,
}

struct Entry {
    id: UserId,
    /// Where the person's address starts, or [`NOT_CONSUMING`].
    address: u32,
    row: u32,
}

const NOT_CONSUMING: u32 = u32::MAX;

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
    /// The accounts that set up SAML and SCIM.
    pub setup_users: u64,
    /// Dormant accounts among those that consume a license.
    pub dormant: u64,
}

/// Two rows of the report carry the same ID.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {second}, column \"id\": the ID {id} was already used in row {first}")]
pub struct DuplicateId {
    pub id: UserId,
    pub first: u32,
    pub second: u32,
}

/// The addresses do not fit into the space that an entry can point to (4 GiB), or one is longer than 64 KiB.
#[derive(Debug, thiserror::Error)]
#[error("the addresses of all people together take more than 4 GiB")]
pub struct RosterFull;

impl Roster {
    /// Adds the account that was reported in `row` (the header is row 1).
    ///
    /// # Errors
    /// [`RosterFull`] when the address cannot be stored.
    pub fn add(&mut self, account: &Account<'_>, row: u32) -> Result<(), RosterFull> {
        let consumption = account.consumption();
        self.totals.accounts += 1;
        match consumption {
            Consumption::Consumes => {
                self.totals.consumed += 1;
                self.totals.dormant += u64::from(account.dormant);
            }
            Consumption::Suspended => self.totals.suspended += 1,
            Consumption::Organization => self.totals.organizations += 1,
            Consumption::Bot => self.totals.bots += 1,
            Consumption::SetupUser => self.totals.setup_users += 1,
        }
        let address = match consumption {
            Consumption::Consumes => self.store_address(account.email)?,
            _ => NOT_CONSUMING,
        };
        self.entries.push(Entry {
            id: account.id,
            address,
            row,
        });
        Ok(())
    }

    fn store_address(&mut self, email: &str) -> Result<u32, RosterFull> {
        let length = u16::try_from(email.len()).map_err(|_| RosterFull)?;
        let at = u32::try_from(self.addresses.len())
            .ok()
            .filter(|at| *at != NOT_CONSUMING)
            .ok_or(RosterFull)?;
        self.addresses.extend_from_slice(&length.to_ne_bytes());
        self.addresses.extend_from_slice(email.as_bytes());
        Ok(at)
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
        roster
            .add(
                &Account {
                    suspended: true,
                    dormant: true,
                    ..account(5, "five@example.com")
                },
                4,
            )
            .unwrap();
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
        ];
        let mut roster = Roster::default();
        for (row, account) in (2..).zip(&accounts) {
            roster.add(account, row).unwrap();
        }
        let expected = Totals {
            accounts: 6,
            consumed: 1,
            suspended: 1,
            organizations: 1,
            bots: 2,
            setup_users: 1,
            dormant: 0,
        };
        assert_eq!(roster.totals(), expected);
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
