//! Everybody of one collection, in little memory: 16 bytes an account, and for who consumes a license two bytes and those
//! of the address.
//!
//! What one run may hold of it is bounded by [`MEMORY_CAP`]. It does not read rows and does not write documents.

mod entry;
pub mod left_out;

use entry::{Entry, Head, KindOfEntry};

use super::account::{Account, Consumption, UserId};
use super::difference::{Difference, EarlierList, NewUser};
use super::matching;
use super::products::{ProductUsers, Products};
use super::totals::Totals;
use super::user_hash::BYTES_A_HASH;

/// The most memory that the list of one run takes, in bytes: the accounts, their addresses, and the fingerprint that is
/// made of them. `MemoryMax=` of the units leaves room for it and for the rest of the program.
pub const MEMORY_CAP: u64 = 640 << 20;

/// The accounts of one collection, in the order in which they were reported until [`Roster::finish`] sorts them.
pub struct Roster {
    entries: Vec<Entry>,
    /// Per consuming person: a [`Head`], then the address.
    addresses: Vec<u8>,
    totals: Totals,
    scim_enabled: bool,
    /// The list that the accounts are compared to, if they are.
    earlier: Option<EarlierList>,
    /// Who uses which product, if that is known.
    product_users: Option<ProductUsers>,
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
            product_users: None,
            cap: MEMORY_CAP,
        }
    }
}

/// A user who consumes a license.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LicensedUser<'a> {
    pub id: UserId,
    /// The primary address; empty when there is none.
    pub address: &'a str,
    /// None where they were not collected.
    pub products: Products,
}

/// Two rows of the report carry the same ID and are not the same account.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("row {second}, column \"id\": the ID {id} was already used in row {first}, for an account that differs")]
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
    pub fn new(scim_enabled: bool) -> Self {
        Self {
            scim_enabled,
            ..Self::default()
        }
    }

    /// The same, which compares every account to an earlier list if there is one.
    pub fn beside(self, earlier: Option<EarlierList>) -> Self {
        Self { earlier, ..self }
    }

    /// How all the accounts differ from the earlier list, with the first of the new users; nothing when there was none.
    pub fn difference(&mut self) -> Option<(Difference, Vec<NewUser>)> {
        let earlier = self.earlier.take()?;
        Some(earlier.finish(self.consumers()))
    }

    /// Whether, and why not, the account consumes a license on this server.
    pub fn consumption(&self, account: &Account<'_>) -> Consumption {
        account.consumption(self.scim_enabled)
    }

    /// The same, whose users have the products that the server says, if it does.
    pub fn with_products(self, product_users: Option<ProductUsers>) -> Self {
        Self { product_users, ..self }
    }

    /// Notes that the server refused to say who uses a product.
    pub fn without_products(mut self) -> Self {
        self.totals.products_refused = true;
        self
    }

    /// Adds the account that was reported in `row` (the header is row 1).
    ///
    /// # Errors
    /// [`RosterFull`] when the list would take more than [`MEMORY_CAP`]; the account is not in it then.
    pub fn add(&mut self, account: &Account<'_>, row: u32) -> Result<(), RosterFull> {
        let consumption = self.consumption(account);
        let consumes = consumption == Consumption::Consumes;
        let users = self.product_users.as_mut();
        let products = users
            .map(|users| users.see(account.login, consumes))
            .unwrap_or_default();
        self.keep(account, consumption, products, row)
    }

    /// The same of an account that has these products.
    ///
    /// # Errors
    /// Like [`Roster::add`].
    pub fn add_with(&mut self, account: &Account<'_>, products: Products, row: u32) -> Result<(), RosterFull> {
        self.keep(account, self.consumption(account), products, row)
    }

    fn keep(
        &mut self,
        account: &Account<'_>,
        consumption: Consumption,
        products: Products,
        row: u32,
    ) -> Result<(), RosterFull> {
        let consumes = consumption == Consumption::Consumes;
        self.check_room(consumes.then_some(account.email))?;
        let place = match consumes {
            true => self.keep_address(account, products),
            false => entry::place_of(consumption),
        };
        self.totals.add(account, consumption);
        if let Some(earlier) = &mut self.earlier {
            earlier.compare(account, consumption);
        }
        self.entries.push(Entry {
            id: account.id,
            place,
            row,
        });
        Ok(())
    }

    /// Refuses an account that does not fit, with the address that has to be kept if one has.
    fn check_room(&self, address: Option<&str>) -> Result<(), RosterFull> {
        let held = self.memory();
        let bytes = address.map_or(0, |address| size_of::<Head>() + address.len() + BYTES_A_HASH);
        let more = (size_of::<Entry>() + bytes) as u64;
        // A report holds no longer address; the offsets of all of them stay below those of a kind without one.
        let is_too_long = address.is_some_and(|address| address.len() > Head::LONGEST_ADDRESS);
        if held + more > self.cap || is_too_long {
            return Err(RosterFull {
                accounts: self.totals.accounts,
                held,
                more,
                cap: self.cap,
            });
        }
        Ok(())
    }

    /// Stores the address with what belongs to it, and returns where.
    fn keep_address(&mut self, account: &Account<'_>, products: Products) -> u32 {
        let at = self.addresses.len();
        let head = Head::new(account, products);
        self.addresses.extend_from_slice(&head.to_bytes());
        self.addresses.extend_from_slice(account.email.as_bytes());
        // The cap is far below 4 GiB.
        u32::try_from(at).unwrap_or_default()
    }

    /// The bytes that the list takes in the course of a run, with its fingerprint.
    fn memory(&self) -> u64 {
        let list = self.entries.len() * size_of::<Entry>() + self.addresses.len();
        let products = self.product_users.as_ref().map_or(0, ProductUsers::memory);
        list as u64 + self.totals.consumed * BYTES_A_HASH as u64 + products
    }

    /// Sorts by ID, so that the order of the report does not matter, and counts what can be counted at the end alone. A row
    /// that repeats another one is left out.
    ///
    /// # Errors
    /// [`DuplicateId`] when two rows carry the same ID and differ, whether they consume a license or not.
    pub fn finish(mut self) -> Result<Self, DuplicateId> {
        self.entries.sort_unstable_by_key(|entry| (entry.id, entry.row));
        if self.entries.windows(2).any(|pair| pair[0].id == pair[1].id) {
            self.leave_out_repeated()?;
        }
        let addresses = self.consumers().map(|(_, address)| address);
        self.totals.shared_addresses = Some(matching::sharing(addresses));
        if let Some(users) = self.product_users.take() {
            self.totals.products = Some(users.totals(self.users().map(|user| user.products)));
        }
        Ok(self)
    }

    fn leave_out_repeated(&mut self) -> Result<(), DuplicateId> {
        let entries = std::mem::take(&mut self.entries);
        for pair in entries.windows(2).filter(|pair| pair[0].id == pair[1].id) {
            let [first, second] = [&pair[0], &pair[1]].map(|entry| self.account(entry));
            if first != second {
                return Err(DuplicateId {
                    id: pair[0].id,
                    first: pair[0].row,
                    second: pair[1].row,
                });
            }
            let KindOfEntry {
                consumption,
                address,
                head,
            } = second;
            let account = Account {
                id: pair[1].id,
                login: "",
                email: address,
                role: "",
                suspended: consumption == Consumption::Suspended,
                dormant: self.totals.dormant.map(|_| head.is_dormant()),
                no_sign_in: self.totals.no_sign_in.map(|_| head.has_no_sign_in()),
            };
            let mut totals = self.totals;
            totals.take_back(&account, consumption);
            self.totals = totals;
        }
        self.entries = entries;
        self.entries.dedup_by_key(|entry| entry.id);
        Ok(())
    }

    /// Everybody who consumes a license.
    pub fn users(&self) -> impl Iterator<Item = LicensedUser<'_>> {
        self.entries.iter().filter_map(|entry| {
            let KindOfEntry { head, address, .. } = self.consumer(entry)?;
            Some(LicensedUser {
                id: entry.id,
                address,
                products: head.products(),
            })
        })
    }

    /// Everybody who consumes a license, with the primary address (empty when there is none).
    pub fn consumers(&self) -> impl Iterator<Item = (UserId, &str)> {
        self.users().map(|user| (user.id, user.address))
    }

    /// What is kept of an account.
    fn account(&self, entry: &Entry) -> KindOfEntry<'_> {
        self.consumer(entry).unwrap_or_else(|| KindOfEntry {
            consumption: entry.kind().unwrap_or(Consumption::Consumes),
            head: Head::default(),
            address: "",
        })
    }

    /// The same of one that consumes a license.
    fn consumer(&self, entry: &Entry) -> Option<KindOfEntry<'_>> {
        if entry.kind().is_some() {
            return None;
        }
        let (head, rest) = self.addresses.get(entry.place as usize..)?.split_first_chunk()?;
        let head = Head::from_bytes(*head);
        Some(KindOfEntry {
            consumption: Consumption::Consumes,
            head,
            address: std::str::from_utf8(rest.get(..head.length())?).unwrap_or_default(),
        })
    }

    /// The counts.
    pub fn totals(&self) -> Totals {
        self.totals
    }
}

#[cfg(test)]
mod tests;
