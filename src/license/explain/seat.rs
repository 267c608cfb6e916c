//! Judges rows without a login and without an account on a server: subscriptions and invitations that wait for somebody.

use super::cause::DiscrepancyCause;
use super::discrepancy::Clue;
use super::grade::Grade;
use super::sole::{SoleMatch, agreed};
use super::verdict::{Judge, Verdict};
use crate::license::consumed::{ConsumedLicense, LicenseKind};

impl Judge<'_> {
    /// Whether the row is of a person who has another seat.
    pub(super) fn seat(&self, row: &ConsumedLicense) -> Option<Verdict> {
        if row.kind == LicenseKind::VisualStudio {
            // Of an account that is only on this server, the account's own verdict says it.
            let partner = self.holder(row.visual_studio_address.iter());
            let partner = partner.filter(|partner| self.evidence.cloud[*partner].login.is_some())?;
            let verdict = Verdict::new(DiscrepancyCause::VisualStudio, Grade::Likely, Clue::SubscriptionAddress);
            return Some(verdict.with_partner(partner));
        }
        let partner = self
            .holder(row.verified_addresses.iter())
            .filter(|_| is_invitation(row))?;
        let verdict = Verdict::new(DiscrepancyCause::InvitationByEmail, Grade::Likely, Clue::InvitedAddress);
        Some(verdict.with_partner(partner))
    }

    /// The one row that somebody with these addresses has.
    fn holder<'b>(&self, addresses: impl Iterator<Item = &'b String>) -> Option<usize> {
        let found = addresses.flat_map(|address| {
            let on_server: SoleMatch = self.join.seats.find(address.as_str());
            [self.directory.matching(address), on_server]
        });
        agreed(found).one()
    }
}

fn is_invitation(row: &ConsumedLicense) -> bool {
    let is_pending = |role: &String| role.to_ascii_lowercase().contains("invitation");
    row.member_roles.is_empty() && (!row.pending_invitations.is_empty() || row.enterprise_roles.iter().any(is_pending))
}
