//! The members of a row of the list of consumed licenses that are read.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use serde_json::Value;

/// The names of members that are read.
const NAMES: [&str; 16] = [
    "github_com_login",
    "github_com_user",
    "enterprise_server_user",
    "enterprise_server_user_ids",
    "enterprise_server_primary_emails",
    "enterprise_server_emails",
    "github_com_verified_domain_emails",
    "github_com_saml_name_id",
    "license_type",
    "github_com_member_roles",
    "github_com_enterprise_roles",
    "github_com_enterprise_role",
    "github_com_orgs_with_pending_invites",
    "visual_studio_subscription_email",
    "visual_studio_license_status",
    "total_user_accounts",
];

/// The members of a row that are read, whatever the case of their names.
#[derive(Default)]
pub(super) struct RowMembers([Value; NAMES.len()]);

impl RowMembers {
    /// A member by its name in lower case, which is one of [`NAMES`]; null when there is none.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(NAMES.iter().position(|known| *known == name)?)
    }

    /// Where the value of a member goes; nothing when it is not read.
    pub(super) fn slot(&mut self, name: &MemberName) -> Option<&mut Value> {
        self.0.get_mut(name.0?)
    }
}

/// The place of a name in [`NAMES`], in any letter case.
pub(super) struct MemberName(Option<usize>);

impl<'de> Deserialize<'de> for MemberName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NameVisitor;
        impl Visitor<'_> for NameVisitor {
            type Value = MemberName;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_str<E>(self, name: &str) -> Result<MemberName, E> {
                Ok(MemberName(
                    NAMES.iter().position(|known| known.eq_ignore_ascii_case(name)),
                ))
            }
        }
        deserializer.deserialize_str(NameVisitor)
    }
}
