//! What is kept of one account of a list.

use super::super::account::{Account, Consumption, UserId};
use super::super::products::Products;

/// An account: 16 bytes.
pub(super) struct Entry {
    pub(super) id: UserId,
    /// Where the person's address starts, or why there is none, as [`place_of`] says.
    pub(super) place: u32,
    pub(super) row: u32,
}

/// The kinds of accounts that consume no license, from the highest place down.
const OTHERS: [Consumption; 5] = [
    Consumption::Suspended,
    Consumption::Bot,
    Consumption::Organization,
    Consumption::SetupUser,
    Consumption::Ghost,
];

/// The place of an account that consumes no license: its address is not kept.
pub(super) fn place_of(consumption: Consumption) -> u32 {
    let at = OTHERS.iter().position(|kind| *kind == consumption);
    u32::MAX - at.and_then(|at| u32::try_from(at).ok()).unwrap_or_default()
}

impl Entry {
    /// Why the account consumes no license; nothing if it does.
    pub(super) fn kind(&self) -> Option<Consumption> {
        OTHERS.get((u32::MAX - self.place) as usize).copied()
    }
}

/// What is known of an account, to see whether another row says the same.
#[derive(PartialEq, Eq)]
pub(super) struct KindOfEntry<'a> {
    pub(super) consumption: Consumption,
    pub(super) head: Head,
    /// Empty for one that consumes no license.
    pub(super) address: &'a str,
}

/// What is kept before an address, in two bytes: its length, two flags and the products.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Head(u16);

const DORMANT: u16 = 1 << 11;
const NO_SIGN_IN: u16 = 1 << 12;
const PRODUCTS: u32 = 13;

impl Head {
    /// In bytes; several times what an address may have.
    pub(super) const LONGEST_ADDRESS: usize = DORMANT as usize - 1;

    /// Of an account whose address is no longer than [`Head::LONGEST_ADDRESS`].
    pub(super) fn new(account: &Account<'_>, products: Products) -> Self {
        let flag = |is_set, flag| if is_set { flag } else { 0 };
        let length = u16::try_from(account.email.len()).unwrap_or_default();
        let flags = flag(account.dormant == Some(true), DORMANT) | flag(account.no_sign_in == Some(true), NO_SIGN_IN);
        Self(length | flags | u16::from(products.bits()) << PRODUCTS)
    }

    pub(super) fn length(self) -> usize {
        usize::from(self.0) & Self::LONGEST_ADDRESS
    }

    pub(super) fn is_dormant(self) -> bool {
        self.0 & DORMANT != 0
    }

    pub(super) fn has_no_sign_in(self) -> bool {
        self.0 & NO_SIGN_IN != 0
    }

    pub(super) fn products(self) -> Products {
        Products::of_bits(u8::try_from(self.0 >> PRODUCTS).unwrap_or_default())
    }

    pub(super) fn to_bytes(self) -> [u8; 2] {
        self.0.to_ne_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; 2]) -> Self {
        Self(u16::from_ne_bytes(bytes))
    }
}
