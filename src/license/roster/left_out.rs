//! The counts of a list that was written before: a document has no row of the accounts that consume no license.

use super::Roster;
use crate::license::products::ProductTotals;

/// What a document says about its accounts besides its users.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LeftOut {
    pub suspended: u64,
    pub organizations: u64,
    pub bots: u64,
    pub setup_users: u64,
    pub ghosts: u64,
    /// Among those that consume a license, if that is known.
    pub dormant: Option<u64>,
    /// Who of those that consume a license uses a product, if that is known.
    pub products: Option<ProductTotals>,
}

impl Roster {
    /// The same list with these counts; nothing when they are more than can be counted.
    pub fn with_left_out(mut self, left_out: LeftOut) -> Option<Self> {
        let LeftOut {
            suspended,
            organizations,
            bots,
            setup_users,
            ghosts,
            dormant,
            products,
        } = left_out;
        let together = [suspended, organizations, bots, setup_users, ghosts]
            .into_iter()
            .try_fold(self.totals.consumed, u64::checked_add);
        self.totals.accounts = together?;
        self.totals.suspended = suspended;
        self.totals.organizations = organizations;
        self.totals.bots = bots;
        self.totals.setup_users = setup_users;
        self.totals.ghosts = ghosts;
        self.totals.dormant = dormant;
        self.totals.products = products;
        Some(self)
    }
}
