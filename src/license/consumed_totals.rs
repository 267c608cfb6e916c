//! Counts of consumed licenses, by deployment and product.

use serde::Serialize;

use super::consumed::{ConsumedLicense, LicenseKind};

/// How full an account is, in percent, where somebody should look. Reached ones are reported.
pub const THRESHOLDS: [u64; 3] = [80, 90, 95];

/// Where the person of a license is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Deployment {
    CloudOnly,
    ServerOnly,
    /// On both, and one license: what a sync is for.
    Merged,
    /// On neither, such as somebody who is invited by address.
    Neither,
}

impl Deployment {
    /// The word as it is written in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::CloudOnly => "cloud-only",
            Self::ServerOnly => "server-only",
            Self::Merged => "merged",
            Self::Neither => "neither",
        }
    }
}

impl ConsumedLicense {
    /// Where its person is.
    pub fn deployment(&self) -> Deployment {
        match (self.is_cloud_user, self.is_server_user) {
            (true, false) => Deployment::CloudOnly,
            (false, true) => Deployment::ServerOnly,
            (true, true) => Deployment::Merged,
            (false, false) => Deployment::Neither,
        }
    }
}

/// How many licenses are of which kind. The four deployments add up to `licenses`, and so do the three kinds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct ConsumedTotals {
    pub licenses: u64,
    pub cloud_only: u64,
    pub server_only: u64,
    pub merged: u64,
    pub neither: u64,
    pub enterprise: u64,
    pub visual_studio: u64,
    pub other_kinds: u64,
    /// Of all, those of an invitation that nobody has accepted.
    pub pending_invitations: u64,
    /// Of all, those that show no address by which the person could be matched. The cloud may know one all the same.
    pub without_address: u64,
}

impl ConsumedTotals {
    /// Counts one more.
    pub fn add(&mut self, license: &ConsumedLicense) {
        self.licenses += 1;
        *match license.deployment() {
            Deployment::CloudOnly => &mut self.cloud_only,
            Deployment::ServerOnly => &mut self.server_only,
            Deployment::Merged => &mut self.merged,
            Deployment::Neither => &mut self.neither,
        } += 1;
        *match license.kind {
            LicenseKind::Enterprise => &mut self.enterprise,
            LicenseKind::VisualStudio => &mut self.visual_studio,
            LicenseKind::Other => &mut self.other_kinds,
        } += 1;
        self.pending_invitations += u64::from(license.is_pending_invitation());
        self.without_address += u64::from(!license.shows_address());
    }
}

/// The seats of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct SeatUse {
    pub consumed: Option<u64>,
    pub purchased: Option<u64>,
    /// Rounded down.
    pub percent: Option<u64>,
    /// The highest of 80, 90 and 95 percent that is reached; null below 80.
    pub threshold: Option<u64>,
}

impl SeatUse {
    /// With the percentage, where both numbers are known and something was purchased.
    pub fn of(consumed: Option<u64>, purchased: Option<u64>) -> Self {
        let percent = consumed.zip(purchased).and_then(|(consumed, purchased)| {
            let hundredfold = u128::from(consumed) * 100;
            u64::try_from(hundredfold.checked_div(purchased.into())?).ok()
        });
        let reached = |threshold: &&u64| percent.is_some_and(|percent| percent >= **threshold);
        Self {
            consumed,
            purchased,
            percent,
            threshold: THRESHOLDS.iter().rev().find(reached).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_threshold_that_is_reached_is_named() {
        let used = |consumed, purchased| {
            let used = SeatUse::of(Some(consumed), Some(purchased));
            (used.percent, used.threshold)
        };
        assert_eq!(used(799, 1000), (Some(79), None));
        assert_eq!(used(800, 1000), (Some(80), Some(80)));
        assert_eq!(used(949, 1000), (Some(94), Some(90)));
        assert_eq!(used(950, 1000), (Some(95), Some(95)));
        assert_eq!(used(1200, 1000), (Some(120), Some(95)));
        assert_eq!(used(u64::MAX, u64::MAX), (Some(100), Some(95)));
    }

    #[test]
    fn without_both_numbers_or_any_seat_there_is_no_percentage() {
        for (consumed, purchased) in [(None, Some(10)), (Some(10), None), (Some(10), Some(0)), (None, None)] {
            let used = SeatUse::of(consumed, purchased);
            assert_eq!((used.percent, used.threshold), (None, None));
        }
    }

    fn license(is_cloud_user: bool, is_server_user: bool) -> ConsumedLicense {
        ConsumedLicense {
            login: None,
            is_cloud_user,
            is_server_user,
            server_users: Vec::new(),
            server_addresses: Vec::new(),
            verified_addresses: Vec::new(),
            saml_name_id: None,
            kind: LicenseKind::Enterprise,
            member_roles: Vec::new(),
            enterprise_roles: Vec::new(),
            pending_invitations: Vec::new(),
            visual_studio_address: None,
            visual_studio_status: None,
            accounts: 1,
        }
    }

    #[test]
    fn each_license_is_counted_once_by_deployment_and_once_by_kind() {
        let invited = ConsumedLicense {
            enterprise_roles: vec!["Pending invitation".to_owned()],
            ..license(false, false)
        };
        let subscriber = ConsumedLicense {
            kind: LicenseKind::VisualStudio,
            visual_studio_address: Some("mona@example.com".to_owned()),
            ..license(true, false)
        };
        let other = ConsumedLicense {
            kind: LicenseKind::Other,
            saml_name_id: Some("mona".to_owned()),
            ..license(false, true)
        };
        let known = ConsumedLicense {
            server_addresses: vec!["mona@example.com".to_owned()],
            ..license(true, true)
        };
        let mut totals = ConsumedTotals::default();
        for license in [&invited, &subscriber, &other, &known, &known] {
            totals.add(license);
        }
        let wanted = ConsumedTotals {
            licenses: 5,
            cloud_only: 1,
            server_only: 1,
            merged: 2,
            neither: 1,
            enterprise: 3,
            visual_studio: 1,
            other_kinds: 1,
            pending_invitations: 1,
            without_address: 2,
        };
        assert_eq!(totals, wanted);
    }
}
