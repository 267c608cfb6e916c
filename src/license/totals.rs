//! Counts of accounts in one collection.

use serde::{Deserialize, Serialize};

use super::account::{Account, Consumption};
use super::matching;
use super::products::ProductTotals;

/// Counts of accounts in one collection. They add up: every account consumes a license or is of one kind that does not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
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
    /// Dormant accounts among those that consume a license; nothing when the source does not know.
    pub dormant: Option<u64>,
    /// Accounts that consume a license and have no address by which the cloud could find the person.
    pub unmatchable: u64,
    /// Accounts that consume a license by this rule and for which the report shows no sign-in; nothing when it does not tell.
    pub no_sign_in: Option<u64>,
    /// Accounts that consume a license and whose address another one of them has as well; nothing when nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_addresses: Option<u64>,
    /// Rows that were there before, and were left out.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub repeated_rows: u64,
    /// Who uses a product beside the license; nothing when that was not asked or is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<ProductTotals>,
    /// The server did not say who uses a product, because the token may not ask.
    #[serde(default, skip_serializing_if = "is_false")]
    pub products_refused: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Totals {
    /// Whether users consume a license and none of them can be found by an address.
    pub fn is_without_addresses(&self) -> bool {
        self.consumed > 0 && self.unmatchable == self.consumed
    }

    /// Counts an account.
    pub(super) fn add(&mut self, account: &Account<'_>, consumption: Consumption) {
        self.accounts += 1;
        *self.of(consumption) += 1;
        let consumes = consumption == Consumption::Consumes;
        if consumes {
            self.unmatchable += u64::from(!matching::is_address(account.email));
        }
        let count = |total: &mut Option<u64>, is_counted: Option<bool>| {
            if let Some(is_counted) = is_counted {
                *total.get_or_insert(0) += u64::from(consumes && is_counted);
            }
        };
        count(&mut self.dormant, account.dormant);
        count(&mut self.no_sign_in, account.no_sign_in);
    }

    /// Takes back what a row that was repeated had added.
    pub(super) fn take_back(&mut self, account: &Account<'_>, consumption: Consumption) {
        let mut once = Self::default();
        once.add(account, consumption);
        self.accounts -= 1;
        *self.of(consumption) -= 1;
        self.dormant = self.dormant.map(|all| all - once.dormant.unwrap_or_default());
        self.unmatchable -= once.unmatchable;
        self.no_sign_in = self.no_sign_in.map(|all| all - once.no_sign_in.unwrap_or_default());
        self.repeated_rows += 1;
    }

    fn of(&mut self, consumption: Consumption) -> &mut u64 {
        match consumption {
            Consumption::Consumes => &mut self.consumed,
            Consumption::Suspended => &mut self.suspended,
            Consumption::Organization => &mut self.organizations,
            Consumption::Bot => &mut self.bots,
            Consumption::SetupUser => &mut self.setup_users,
            Consumption::Ghost => &mut self.ghosts,
        }
    }
}
