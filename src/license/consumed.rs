//! One license as the cloud account counts it. What it means that a person has none of something is not decided here: the
//! cloud shows an address of a member only when it has verified the domain.

use std::fmt;

use super::UserId;

/// What a license is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LicenseKind {
    Enterprise,
    VisualStudio,
    /// The cloud names none, or one that this version does not know.
    Other,
}

impl LicenseKind {
    /// The kind by its name, like `Visual Studio subscription`, in any letter case.
    pub fn of_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            "enterprise" => Self::Enterprise,
            _ if name.starts_with("visual studio") => Self::VisualStudio,
            _ => Self::Other,
        }
    }
}

/// An account on an enterprise server, by which a license of the cloud and an account there are joined.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerUser {
    /// The server's host name, as it reported it.
    pub host: String,
    pub id: u64,
}

impl ServerUser {
    /// Reads `HOST:ID`.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, id) = text.rsplit_once(':')?;
        let id = id.parse().ok()?;
        (!host.is_empty()).then(|| Self {
            host: host.to_owned(),
            id,
        })
    }

    /// The ID alone.
    pub fn user_id(&self) -> UserId {
        UserId(self.id)
    }
}

impl fmt::Display for ServerUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.id)
    }
}

/// One license as the cloud counts it: a row of its list of consumed licenses.
#[derive(Clone, PartialEq, Eq)]
pub struct ConsumedLicense {
    /// The login on the cloud; none for a person who is only on a server.
    pub login: Option<String>,
    pub is_cloud_user: bool,
    pub is_server_user: bool,
    /// The accounts of the person on all servers.
    pub server_users: Vec<ServerUser>,
    /// Primary addresses on the servers.
    pub server_addresses: Vec<String>,
    /// Addresses on the cloud, of verified domains only.
    pub verified_addresses: Vec<String>,
    pub saml_name_id: Option<String>,
    pub kind: LicenseKind,
    /// Like `octo-org:Owner`.
    pub member_roles: Vec<String>,
    /// Like `Owner`, `Member` or `Pending invitation`.
    pub enterprise_roles: Vec<String>,
    /// Organizations that invited the person.
    pub pending_invitations: Vec<String>,
    pub visual_studio_address: Option<String>,
    pub visual_studio_status: Option<String>,
    /// The accounts of the person on the cloud and the servers, as the cloud counts them.
    pub accounts: u64,
}

impl ConsumedLicense {
    /// Whether the license is of an invitation that nobody has accepted.
    pub fn is_pending_invitation(&self) -> bool {
        let is_pending = |role: &String| role.to_ascii_lowercase().starts_with("pending");
        // A member can be invited to one more organization.
        let is_invited = !self.pending_invitations.is_empty() && self.enterprise_roles.is_empty();
        is_invited || self.enterprise_roles.iter().any(is_pending)
    }

    /// Whether the row shows an address or a name of an identity by which the person could be matched.
    pub fn shows_address(&self) -> bool {
        let is_address = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('@'));
        !self.server_addresses.is_empty()
            || !self.verified_addresses.is_empty()
            || is_address(&self.saml_name_id)
            || is_address(&self.visual_studio_address)
    }
}

impl fmt::Debug for ConsumedLicense {
    /// Shows nobody.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsumedLicense")
            .field("is_cloud_user", &self.is_cloud_user)
            .field("is_server_user", &self.is_server_user)
            .field("kind", &self.kind)
            .field("accounts", &self.accounts)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_user_is_read_by_its_last_colon() {
        let parsed = |text| ServerUser::parse(text).map(|user| (user.to_string(), user.id));
        assert_eq!(parsed("ghes.example.com:7"), Some(("ghes.example.com:7".to_owned(), 7)));
        assert_eq!(parsed("ghes:8443:7"), Some(("ghes:8443:7".to_owned(), 7)));
        for wrong in ["", "7", ":7", "ghes:", "ghes:mona", "ghes:-1"] {
            assert_eq!(parsed(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_kind_is_known_in_both_spellings() {
        for name in ["Enterprise", "enterprise"] {
            assert_eq!(LicenseKind::of_name(name), LicenseKind::Enterprise);
        }
        for name in ["Visual Studio subscription", "visual studio subscription"] {
            assert_eq!(LicenseKind::of_name(name), LicenseKind::VisualStudio);
        }
        assert_eq!(LicenseKind::of_name("Enterprise Plus"), LicenseKind::Other);
    }

    #[test]
    fn a_member_who_is_invited_to_one_more_organization_is_no_pending_invitation() {
        let license = |roles: &[&str], invitations: &[&str]| {
            let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            ConsumedLicense {
                login: None,
                is_cloud_user: true,
                is_server_user: false,
                server_users: Vec::new(),
                server_addresses: Vec::new(),
                verified_addresses: Vec::new(),
                saml_name_id: None,
                kind: LicenseKind::Enterprise,
                member_roles: Vec::new(),
                enterprise_roles: texts(roles),
                pending_invitations: texts(invitations),
                visual_studio_address: None,
                visual_studio_status: None,
                accounts: 1,
            }
        };
        assert!(!license(&["Member"], &["octo-labs"]).is_pending_invitation());
        assert!(license(&["Pending invitation"], &["octo-labs"]).is_pending_invitation());
        assert!(license(&[], &["octo-labs"]).is_pending_invitation());
    }
}
