//! Reads one row of the list of consumed licenses.
//!
//! The real answers have other names and types than the published schema, which requires nothing, and a next version may
//! have others again: both names are read, in any letter case, and null, an empty text and nothing are the same. A member
//! of another kind is named and left out, and never the end of it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::consumed_members::RowMembers;
use crate::license::{ConsumedLicense, LicenseKind, ServerUser};

/// What cannot be read, and how often: names of members, nothing of what they hold.
pub type Unread = BTreeMap<&'static str, u64>;

/// Reads a row.
pub(super) fn read(members: &RowMembers, unread: &mut Unread) -> ConsumedLicense {
    let mut row = RowReader { members, unread };
    ConsumedLicense {
        login: row.text("github_com_login"),
        is_cloud_user: row.truth("github_com_user"),
        is_server_user: row.truth("enterprise_server_user"),
        server_users: row.server_users(),
        server_addresses: row.texts_of(["enterprise_server_primary_emails", "enterprise_server_emails"]),
        verified_addresses: row.texts("github_com_verified_domain_emails"),
        saml_name_id: row.text("github_com_saml_name_id"),
        kind: row
            .text("license_type")
            .map_or(LicenseKind::Other, |name| LicenseKind::of_name(&name)),
        member_roles: row.texts("github_com_member_roles"),
        enterprise_roles: row.enterprise_roles(),
        pending_invitations: row.texts("github_com_orgs_with_pending_invites"),
        visual_studio_address: row.text("visual_studio_subscription_email"),
        visual_studio_status: row.text("visual_studio_license_status"),
        accounts: row.number("total_user_accounts").unwrap_or_default(),
    }
}

/// A whole number of the answer itself.
pub(super) fn number(value: Option<&Value>, name: &'static str, unread: &mut Unread) -> Option<u64> {
    let value = value.filter(|value| !is_nothing(value))?;
    let number = value.as_u64();
    if number.is_none() {
        note(unread, name);
    }
    number
}

pub(super) fn note(unread: &mut Unread, name: &'static str) {
    *unread.entry(name).or_default() += 1;
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

struct RowReader<'a> {
    members: &'a RowMembers,
    unread: &'a mut Unread,
}

impl<'a> RowReader<'a> {
    fn member(&self, name: &str) -> Option<&'a Value> {
        self.members.get(name).filter(|value| !is_nothing(value))
    }

    fn text(&mut self, name: &'static str) -> Option<String> {
        let text = self.member(name)?.as_str().map(|text| text.trim().to_owned());
        if text.is_none() {
            note(self.unread, name);
        }
        text
    }

    fn truth(&mut self, name: &'static str) -> bool {
        let Some(value) = self.member(name) else {
            return false;
        };
        let truth = value.as_bool();
        if truth.is_none() {
            note(self.unread, name);
        }
        truth.unwrap_or_default()
    }

    fn number(&mut self, name: &'static str) -> Option<u64> {
        number(self.member(name), name, self.unread)
    }

    fn texts(&mut self, name: &'static str) -> Vec<String> {
        let Some(value) = self.member(name) else {
            return Vec::new();
        };
        let Some(list) = value.as_array() else {
            note(self.unread, name);
            return Vec::new();
        };
        let entries = list.iter().filter(|entry| !is_nothing(entry));
        let texts: Vec<_> = entries.map(Value::as_str).collect();
        if texts.contains(&None) {
            note(self.unread, name);
        }
        texts.into_iter().flatten().map(|text| text.trim().to_owned()).collect()
    }

    /// The texts of all these lists, each once.
    fn texts_of(&mut self, names: [&'static str; 2]) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for text in names.into_iter().flat_map(|name| self.texts(name)) {
            if !all.contains(&text) {
                all.push(text);
            }
        }
        all
    }

    fn server_users(&mut self) -> Vec<ServerUser> {
        const NAME: &str = "enterprise_server_user_ids";
        let texts = self.texts(NAME);
        let users: Vec<_> = texts.iter().filter_map(|text| ServerUser::parse(text)).collect();
        if users.len() < texts.len() {
            note(self.unread, NAME);
        }
        users
    }

    /// The list, and the one role that the published example has beside it.
    fn enterprise_roles(&mut self) -> Vec<String> {
        let mut roles = self.texts("github_com_enterprise_roles");
        let alone = self.text("github_com_enterprise_role");
        let is_new = |role: &String| !roles.iter().any(|known| known.eq_ignore_ascii_case(role));
        let new = alone.filter(is_new);
        roles.extend(new);
        roles
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::consumed_page::Rows;
    use super::*;

    fn read_all(row: &Value) -> (ConsumedLicense, Unread) {
        let rows: Rows = serde_json::from_value(json!([row])).unwrap();
        let [license] = <[_; 1]>::try_from(rows.licenses).unwrap();
        (license, rows.unread)
    }

    fn nothing() -> ConsumedLicense {
        ConsumedLicense {
            login: None,
            is_cloud_user: false,
            is_server_user: false,
            server_users: Vec::new(),
            server_addresses: Vec::new(),
            verified_addresses: Vec::new(),
            saml_name_id: None,
            kind: LicenseKind::Other,
            member_roles: Vec::new(),
            enterprise_roles: Vec::new(),
            pending_invitations: Vec::new(),
            visual_studio_address: None,
            visual_studio_status: None,
            accounts: 0,
        }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_row_is_read_by_the_names_of_recorded_answers_in_any_letter_case() {
        let (license, unread) = read_all(&json!({
            "GitHub_com_login": " mona ",
            "github_com_user": true,
            "enterprise_server_user": true,
            "enterprise_server_user_ids": ["ghes.example.com:7", "other.example.com:8"],
            "enterprise_server_primary_emails": ["mona@example.com"],
            "github_com_verified_domain_emails": ["mona@octo.example"],
            "github_com_saml_name_id": "mona@idp.example",
            "license_type": "Visual Studio subscription",
            "github_com_member_roles": ["octo:Owner"],
            "github_com_enterprise_roles": ["Owner", "Member"],
            "github_com_orgs_with_pending_invites": ["octo"],
            "visual_studio_subscription_email": "upn@example.com",
            "visual_studio_license_status": "Matched to Cloud",
            "total_user_accounts": 3,
            "github_com_cost_center": {"unknown": 1},
        }));
        let user = |host: &str, id| ServerUser {
            host: host.to_owned(),
            id,
        };
        let wanted = ConsumedLicense {
            login: Some("mona".to_owned()),
            is_cloud_user: true,
            is_server_user: true,
            server_users: vec![user("ghes.example.com", 7), user("other.example.com", 8)],
            server_addresses: texts(&["mona@example.com"]),
            verified_addresses: texts(&["mona@octo.example"]),
            saml_name_id: Some("mona@idp.example".to_owned()),
            kind: LicenseKind::VisualStudio,
            member_roles: texts(&["octo:Owner"]),
            enterprise_roles: texts(&["Owner", "Member"]),
            pending_invitations: texts(&["octo"]),
            visual_studio_address: Some("upn@example.com".to_owned()),
            visual_studio_status: Some("Matched to Cloud".to_owned()),
            accounts: 3,
        };
        assert!(license == wanted && unread.is_empty());
    }

    #[test]
    fn the_names_of_the_published_schema_are_read_as_well() {
        let (license, unread) = read_all(&json!({
            "license_type": "enterprise",
            "enterprise_server_emails": ["mona@example.com"],
            "enterprise_server_primary_emails": ["mona@example.com"],
            "github_com_enterprise_roles": ["owner"],
            "github_com_enterprise_role": "Owner",
        }));
        assert!(license.server_addresses == texts(&["mona@example.com"]) && unread.is_empty());
        assert_eq!(
            (license.kind, license.enterprise_roles.len()),
            (LicenseKind::Enterprise, 1)
        );
    }

    #[test]
    fn null_an_empty_text_and_an_absent_member_are_the_same() {
        let names = [
            "github_com_login",
            "github_com_user",
            "enterprise_server_user",
            "enterprise_server_user_ids",
            "enterprise_server_emails",
            "license_type",
            "github_com_enterprise_role",
            "total_user_accounts",
        ];
        for value in [Value::Null, json!(""), json!(" ")] {
            let row = names.iter().map(|name| ((*name).to_owned(), value.clone()));
            let (license, unread) = read_all(&Value::Object(row.collect()));
            assert!(license == nothing() && unread.is_empty(), "{value}");
        }
    }

    #[test]
    fn a_member_of_another_kind_is_named_and_the_rest_is_read() {
        let (license, unread) = read_all(&json!({
            "github_com_login": 7,
            "github_com_user": "yes",
            "enterprise_server_user_ids": ["ghes:7", "ghes", 8, null],
            "enterprise_server_emails": "mona@example.com",
            "github_com_member_roles": [["octo:Owner"]],
            "license_type": {"name": "Enterprise"},
            "github_com_saml_name_id": "mona",
            "total_user_accounts": "3",
        }));
        assert_eq!(
            (license.saml_name_id.as_deref(), license.server_users.len()),
            (Some("mona"), 1)
        );
        let named: Vec<_> = unread.into_iter().collect();
        assert_eq!(
            named,
            [
                ("enterprise_server_emails", 1),
                ("enterprise_server_user_ids", 2),
                ("github_com_login", 1),
                ("github_com_member_roles", 1),
                ("github_com_user", 1),
                ("license_type", 1),
                ("total_user_accounts", 1),
            ]
        );
    }
}
