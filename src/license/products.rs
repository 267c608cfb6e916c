//! The products of which users consume a license beside their own, and who does so by the server's word.
//!
//! The server names users by login there. No login is kept: only a hash of each, under a key that is made anew each time,
//! until the accounts were read.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use serde::{Deserialize, Serialize};

/// A product with licenses of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    AdvancedSecurity,
    CodeSecurity,
    SecretProtection,
}

impl Product {
    /// Every product, in the order of the words for them.
    pub const ALL: [Self; 3] = [Self::AdvancedSecurity, Self::CodeSecurity, Self::SecretProtection];

    /// The word for it in the document.
    pub fn word(self) -> &'static str {
        match self {
            Self::AdvancedSecurity => "advanced-security",
            Self::CodeSecurity => "code-security",
            Self::SecretProtection => "secret-protection",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::AdvancedSecurity => "Advanced Security",
            Self::CodeSecurity => "Code Security",
            Self::SecretProtection => "Secret Protection",
        }
    }
}

/// Some of the products, in three bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Products(u8);

impl Products {
    /// Those whose bits are set, the first product's being the lowest.
    pub(super) fn of_bits(bits: u8) -> Self {
        Self(bits & 0b111)
    }

    pub(super) fn bits(self) -> u8 {
        self.0
    }

    /// The same and this one.
    pub fn with(self, product: Product) -> Self {
        Self(self.0 | 1 << product as u8)
    }

    /// Whether this one is among them.
    pub fn has(self, product: Product) -> bool {
        self.0 & 1 << product as u8 != 0
    }

    /// All of them, sorted by their words.
    pub fn iter(self) -> impl Iterator<Item = Product> {
        Product::ALL.into_iter().filter(move |product| self.has(*product))
    }
}

/// How many users consume a license of each product. A product is left out if the server has no list of its users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct ProductTotals {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advanced_security: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_security: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret_protection: Option<u64>,
    /// Logins on the server's lists whose account consumes no license, like a suspended one: on no list of ours.
    pub without_license: u64,
    /// Logins on the server's lists that no account has.
    pub unknown: u64,
}

impl ProductTotals {
    /// The users of each product that the server has a list of.
    pub fn each(self) -> impl Iterator<Item = (Product, u64)> {
        let counts = [self.advanced_security, self.code_security, self.secret_protection];
        Product::ALL
            .into_iter()
            .zip(counts)
            .filter_map(|(product, count)| Some((product, count?)))
    }

    pub(super) fn of(&mut self, product: Product) -> &mut Option<u64> {
        match product {
            Product::AdvancedSecurity => &mut self.advanced_security,
            Product::CodeSecurity => &mut self.code_security,
            Product::SecretProtection => &mut self.secret_protection,
        }
    }
}

/// Who uses which product, by login in any letter case.
#[derive(Default)]
pub struct ProductUsers {
    key: RandomState,
    users: HashMap<u64, ProductUser>,
    /// The products that the server has a list of.
    listed: Products,
}

#[derive(Default)]
struct ProductUser {
    products: Products,
    is_known: bool,
    consumes: bool,
}

impl ProductUsers {
    /// What a user takes in memory at most, in bytes: the hash and the user, in a table that is half empty after it grew.
    pub(super) const BYTES_EACH: usize = 2 * (size_of::<(u64, ProductUser)>() + 1) * 8 / 7;

    /// Notes that the server has a list of this product's users.
    pub fn list(&mut self, product: Product) {
        self.listed = self.listed.with(product);
    }

    /// Adds a login of this product's list; the same one may come often.
    pub fn add(&mut self, product: Product, login: &str) {
        let key = self.key(login);
        let user = self.users.entry(key).or_default();
        user.products = user.products.with(product);
    }

    /// The products of an account, which consumes a license or does not.
    pub(super) fn see(&mut self, login: &str, consumes: bool) -> Products {
        let key = self.key(login);
        let Some(user) = self.users.get_mut(&key) else {
            return Products::default();
        };
        user.is_known = true;
        user.consumes |= consumes;
        user.products
    }

    /// The bytes that it takes.
    pub(super) fn memory(&self) -> u64 {
        (self.users.len() * Self::BYTES_EACH) as u64
    }

    /// The totals for a list whose users have these products.
    pub(super) fn totals(&self, users: impl Iterator<Item = Products>) -> ProductTotals {
        let mut counts = [0; Product::ALL.len()];
        for products in users {
            for product in products.iter() {
                counts[product as usize] += 1;
            }
        }
        let mut totals = ProductTotals::default();
        for product in self.listed.iter() {
            *totals.of(product) = Some(counts[product as usize]);
        }
        for user in self.users.values() {
            totals.unknown += u64::from(!user.is_known);
            totals.without_license += u64::from(user.is_known && !user.consumes);
        }
        totals
    }

    fn key(&self, login: &str) -> u64 {
        match login.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.key.hash_one(login.to_ascii_lowercase()),
            false => self.key.hash_one(login),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_sorted_by_their_words() {
        let words = Product::ALL.map(Product::word);
        assert!(words.is_sorted());
        let some = Products::default()
            .with(Product::SecretProtection)
            .with(Product::AdvancedSecurity);
        assert_eq!(some.iter().map(Product::word).collect::<Vec<_>>(), [words[0], words[2]]);
        assert_eq!(Products::of_bits(some.bits()), some);
    }

    #[test]
    fn a_login_counts_once_however_often_and_in_whatever_case_it_comes() {
        let mut users = ProductUsers::default();
        users.list(Product::CodeSecurity);
        for login in ["Mona", "mona", "HUBOT", "gone"] {
            users.add(Product::CodeSecurity, login);
        }
        let seen = [
            users.see("MONA", true),
            users.see("hubot", false),
            users.see("other", true),
        ];
        let code = Products::default().with(Product::CodeSecurity);
        assert_eq!(seen, [code, code, Products::default()]);
        let expected = ProductTotals {
            code_security: Some(1),
            without_license: 1,
            unknown: 1,
            ..ProductTotals::default()
        };
        assert_eq!(users.totals([seen[0]].into_iter()), expected);
    }

    #[test]
    fn a_user_takes_few_bytes() {
        assert_eq!((size_of::<(u64, ProductUser)>(), ProductUsers::BYTES_EACH), (16, 38));
    }
}
