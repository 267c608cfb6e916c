//! What answers of the cloud's GraphQL API say, read live or saved: identities, uploaded addresses, verified domains, servers.
//!
//! It holds people, so it does not implement `Debug`. The objects are found by the names of their members wherever they are, since every query nests them in its own way.
//! Source: the public GraphQL schema (`ExternalIdentity`, `EnterpriseServerInstallation`, `VerifiableDomain`).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use super::Part;

use crate::license::explain::{CloudIdentity, ReportingServer};
use crate::transport::read_time;

/// The attributes that the cloud compares, by the last part of their names.
const COMPARED: [&str; 5] = ["name", "emailaddress", "username", "nameid", "emails"];

/// Nothing for what no answer has.
#[derive(Default)]
pub struct CloudEvidence {
    pub identities: Option<Vec<CloudIdentity>>,
    /// By the IDs of this server's accounts.
    pub secondary: Option<HashMap<u64, Vec<String>>>,
    /// When the cloud got the newest of them that it processed.
    pub uploaded_at: Option<DateTime<Utc>>,
    pub verified_domains: Option<Vec<String>>,
    pub servers: Option<Vec<ReportingServer>>,
    /// Pages that another one follows, and last ones.
    pages: (u32, u32),
    /// An account has more addresses than its page of them.
    is_cut: bool,
}

impl CloudEvidence {
    /// Whether there are more pages than were saved.
    pub fn is_partial(&self) -> bool {
        let (followed, last) = self.pages;
        self.is_cut || (followed > 0 && last == 0)
    }

    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        let Self {
            identities,
            secondary,
            verified_domains,
            servers,
            ..
        } = self;
        identities.is_none() && secondary.is_none() && verified_domains.is_none() && servers.is_none()
    }

    /// Whether this part is known already.
    pub(super) fn has(&self, part: Part) -> bool {
        match part {
            Part::Domains => self.verified_domains.is_some(),
            Part::Servers => self.servers.is_some(),
            Part::Accounts => self.secondary.is_some(),
            Part::Identities | Part::OrganizationIdentities | Part::Users => self.identities.is_some(),
        }
    }

    /// Adds what was read to its last page.
    pub(super) fn absorb(&mut self, read: Self) {
        fn add<T: Default + Extend<I::Item>, I: IntoIterator>(known: &mut Option<T>, read: Option<I>) {
            if let Some(read) = read {
                known.get_or_insert_default().extend(read);
            }
        }
        add(&mut self.identities, read.identities);
        add(&mut self.secondary, read.secondary);
        add(&mut self.verified_domains, read.verified_domains);
        add(&mut self.servers, read.servers);
        self.uploaded_at = self.uploaded_at.max(read.uploaded_at);
    }

    /// Adds what an answer says; of accounts only those of the server `host`.
    pub fn add(&mut self, answer: &Value, host: &str) {
        match answer {
            Value::Array(values) => values.iter().for_each(|value| self.add(value, host)),
            Value::Object(members) => {
                let is_of_other_server = self.take(members, host);
                // The page of an account's addresses is none of the list.
                let inner = members
                    .iter()
                    .filter(|(name, _)| *name != "emails" && !is_of_other_server);
                inner.for_each(|(_, value)| self.add(value, host));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// Takes what the object itself says; returns whether what is in it is of another server.
    fn take(&mut self, members: &Map<String, Value>, host: &str) -> bool {
        let text = |name: &str| members.get(name).and_then(Value::as_str);
        match members.get("hasNextPage").and_then(Value::as_bool) {
            Some(true) => self.pages.0 += 1,
            Some(false) => self.pages.1 += 1,
            None => {}
        }
        if members.contains_key("samlIdentity") || members.contains_key("scimIdentity") {
            let user = members
                .get("user")
                .and_then(|user| user.get("login"))
                .and_then(Value::as_str);
            let identities = self.identities.get_or_insert_default();
            identities.extend(user.map(|user| identity(user, members)));
        }
        if let (Some(domain), Some(is_verified)) = (text("domain"), members.get("isVerified").and_then(Value::as_bool))
        {
            let domains = self.verified_domains.get_or_insert_default();
            domains.extend(is_verified.then(|| domain.to_owned()));
        }
        if let Some(id) = members.get("remoteUserId").and_then(Value::as_u64) {
            let addresses = self.secondary.get_or_insert_default().entry(id).or_default();
            if let Some(emails) = members.get("emails") {
                addresses.extend(secondary(emails));
                self.is_cut |= emails["pageInfo"]["hasNextPage"] == true;
            }
        }
        if let (Some(time), Some("SUCCESS")) = (text("createdAt").and_then(read_time), text("syncState")) {
            self.uploaded_at = self.uploaded_at.max(Some(time));
        }
        let Some(name) = text("hostName") else {
            return false;
        };
        if let Some(connected) = members.get("isConnected").and_then(Value::as_bool) {
            self.servers.get_or_insert_default().push(ReportingServer {
                host: name.to_owned(),
                connected: Some(connected),
            });
        }
        !name.eq_ignore_ascii_case(host)
    }
}

fn identity(user: &str, members: &Map<String, Value>) -> CloudIdentity {
    let both = ["samlIdentity", "scimIdentity"]
        .into_iter()
        .filter_map(|name| members.get(name));
    let mut attributes = Vec::new();
    for identity in both {
        let single = ["nameId", "username"].into_iter().filter_map(|name| identity.get(name));
        attributes.extend(single.filter_map(Value::as_str));
        attributes.extend(
            list(identity, "emails")
                .iter()
                .filter_map(|email| email.get("value")?.as_str()),
        );
        attributes.extend(list(identity, "attributes").iter().filter_map(compared));
    }
    CloudIdentity {
        user: user.to_owned(),
        attributes: attributes
            .into_iter()
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
    }
}

fn compared(attribute: &Value) -> Option<&str> {
    let name = attribute.get("name")?.as_str()?.rsplit('/').next()?;
    let is_compared = COMPARED.iter().any(|compared| compared.eq_ignore_ascii_case(name));
    attribute.get("value")?.as_str().filter(|_| is_compared)
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value
        .get(name)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

/// The addresses that are not primary, of a list or of a connection with nodes.
fn secondary(emails: &Value) -> Vec<String> {
    let nodes = emails.as_array().map_or_else(|| list(emails, "nodes"), Vec::as_slice);
    let further = nodes
        .iter()
        .filter(|email| email.get("isPrimary") == Some(&Value::Bool(false)));
    further
        .filter_map(|email| email.get("email")?.as_str())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(answers: &str) -> CloudEvidence {
        let mut evidence = CloudEvidence::default();
        for answer in serde_json::Deserializer::from_str(answers).into_iter::<Value>() {
            evidence.add(&answer.unwrap(), "ghes.example.com");
        }
        evidence
    }

    #[test]
    fn identities_are_read_with_the_attributes_that_the_cloud_compares() {
        let answer = json!({"data": {"enterprise": {"ownerInfo": {"samlIdentityProvider": {"externalIdentities": {"nodes": [
            {
                "user": {"login": "mona"},
                "samlIdentity": {
                    "nameId": "m1", "username": null, "emails": [{"value": "mona@idp.example"}],
                    "attributes": [
                        {"name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress", "value": "m@idp.example"},
                        {"name": "department", "value": "secret"},
                    ],
                },
                "scimIdentity": {"username": "mona.s", "emails": []},
            },
            {"user": null, "samlIdentity": null, "scimIdentity": null},
        ]}}}}}});
        let read = read(&answer.to_string());
        let [mona] = &read.identities.unwrap()[..] else {
            panic!("one with a user")
        };
        assert_eq!(mona.user, "mona");
        assert_eq!(mona.attributes, ["m1", "mona@idp.example", "m@idp.example", "mona.s"]);
        assert!(read.secondary.is_none() && read.verified_domains.is_none() && read.servers.is_none());
    }

    #[test]
    fn uploaded_addresses_of_this_server_alone_are_read() {
        let account = |id: u64| {
            json!({"remoteUserId": id, "emails": {"nodes": [
                {"email": "primary@example.com", "isPrimary": true},
                {"email": "other@example.com", "isPrimary": false},
            ]}})
        };
        let upload =
            |day: u64, state: &str| json!({"createdAt": format!("2026-11-0{day}T00:00:00Z"), "syncState": state});
        let installation = |host: &str, connected: bool, id| {
            json!({"hostName": host, "isConnected": connected,
            "userAccountsUploads": {"nodes": [upload(id, "SUCCESS"), upload(id + 2, "FAILURE")]}, "userAccounts": {"nodes": [account(id)]}})
        };
        // As pages are saved: one answer after the other.
        let pages = format!(
            "{}\n{}",
            installation("GHES.example.com", true, 7),
            installation("old", false, 8)
        );
        let read = read(&pages);
        let secondary = read.secondary.unwrap();
        assert_eq!(secondary[&7], ["other@example.com"]);
        assert!(!secondary.contains_key(&8));
        assert_eq!(read.uploaded_at, Some("2026-11-07T00:00:00Z".parse().unwrap()));
        let servers: Vec<_> = read
            .servers
            .unwrap()
            .into_iter()
            .map(|it| (it.host, it.connected))
            .collect();
        assert_eq!(
            servers,
            [
                ("GHES.example.com".to_owned(), Some(true)),
                ("old".to_owned(), Some(false))
            ]
        );
    }

    #[test]
    fn domains_are_read_that_are_verified() {
        let read =
            read(r#"{"domains":[{"domain":"a.example","isVerified":true},{"domain":"b.example","isVerified":false}]}"#);
        assert_eq!(read.verified_domains.unwrap(), ["a.example"]);
    }

    #[test]
    fn a_page_that_others_follow_is_not_all_there_is() {
        let page = |more: bool| format!(r#"{{"pageInfo":{{"hasNextPage":{more}}}}}"#);
        assert!(read(&page(true)).is_partial());
        assert!(!read(&(page(true) + &page(false))).is_partial());
        assert!(!read("{}").is_partial());
        let account = |more: bool| format!(r#"{{"remoteUserId":7,"emails":{}}}"#, page(more));
        assert!(read(&(account(true) + &page(false))).is_partial());
        assert!(read(&(account(false) + &page(true))).is_partial());
        assert!(!read(&account(false)).is_partial());
    }
}
