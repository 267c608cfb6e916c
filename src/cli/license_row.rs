//! A license as a row of the report.

use serde::Serialize;

use crate::license::{ConsumedLicense, Deployment, LicenseKind};

/// The kind of a license in a word.
pub(super) fn kind(license: &ConsumedLicense) -> &'static str {
    match license.kind {
        LicenseKind::Enterprise => "enterprise",
        LicenseKind::VisualStudio => "visual-studio",
        LicenseKind::Other => "other",
    }
}

/// A license in JSON.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct LicenseRow<'a> {
    deployment: Deployment,
    kind: &'static str,
    /// On the cloud.
    login: Option<&'a str>,
    /// The person's accounts on all servers, like `github.example.com:1042`.
    server_users: Vec<String>,
    /// Primary addresses on the servers.
    server_addresses: &'a [String],
    /// Addresses on the cloud, of verified domains only.
    verified_addresses: &'a [String],
    saml_name_id: Option<&'a str>,
    enterprise_roles: &'a [String],
    member_roles: &'a [String],
    /// Organizations that invited the person.
    pending_invitations: &'a [String],
    visual_studio_address: Option<&'a str>,
    visual_studio_status: Option<&'a str>,
    /// The accounts of the person on the cloud and the servers, as the cloud counts them.
    accounts: u64,
}

impl<'a> From<&'a ConsumedLicense> for LicenseRow<'a> {
    fn from(license: &'a ConsumedLicense) -> Self {
        Self {
            deployment: license.deployment(),
            kind: kind(license),
            login: license.login.as_deref(),
            server_users: license.server_users.iter().map(ToString::to_string).collect(),
            server_addresses: &license.server_addresses,
            verified_addresses: &license.verified_addresses,
            saml_name_id: license.saml_name_id.as_deref(),
            enterprise_roles: &license.enterprise_roles,
            member_roles: &license.member_roles,
            pending_invitations: &license.pending_invitations,
            visual_studio_address: license.visual_studio_address.as_deref(),
            visual_studio_status: license.visual_studio_status.as_deref(),
            accounts: license.accounts,
        }
    }
}
