//! Managed users as SCIM provisions them (`GET /scim/v2/enterprises/{enterprise}/Users`), and which logins they have.
//!
//! SCIM does not name the login on the cloud. It is that of the identity with the same `userName`; a user whose identity was not
//! read is nobody, and so is one whose name fits two.

use std::collections::HashMap;

use super::super::api_call::ApiCall;
use super::super::outcome::About;
use crate::license::explain::CloudIdentity;
use crate::transport::scim::ScimPage;

pub(super) const STEP: ApiCall = ApiCall {
    name: "reading the managed users",
    method: "GET",
    about: About::ReadToken,
};

/// The users that were read, with what they are known by; the first is the `userName`.
#[derive(Default)]
pub(super) struct ManagedUsers(Vec<Vec<String>>);

impl ManagedUsers {
    pub(super) fn add(&mut self, page: &ScimPage) {
        for user in &page.users {
            let emails = user["emails"].as_array().into_iter().flatten();
            let emails = emails.filter_map(|email| email["value"].as_str());
            let known: Vec<_> = user["userName"].as_str().into_iter().chain(emails).collect();
            if user["userName"].is_string() {
                self.0.push(known.into_iter().map(str::to_owned).collect());
            }
        }
    }

    /// What they are known by, with the login of the identity that has their `userName`.
    pub(super) fn join(self, identities: &[CloudIdentity]) -> Vec<CloudIdentity> {
        let mut owners = Owners::default();
        for identity in identities {
            for attribute in &identity.attributes {
                owners.add(attribute.to_ascii_lowercase(), &identity.user);
            }
        }
        let joined = self.0.into_iter().filter_map(|known| {
            let user = owners.find(&known[0].to_ascii_lowercase())?.to_owned();
            Some(CloudIdentity {
                user,
                attributes: known,
            })
        });
        joined.collect()
    }
}

/// Adds what users are known by to their identities; one without an identity gets one.
pub(super) fn merge(identities: &mut Vec<CloudIdentity>, users: Vec<CloudIdentity>) {
    let places = identities.iter().enumerate();
    let mut places: HashMap<_, _> = places.map(|(place, known)| (known.user.clone(), place)).collect();
    for user in users {
        let place = *places.entry(user.user.clone()).or_insert(identities.len());
        let Some(known) = identities.get_mut(place) else {
            identities.push(user);
            continue;
        };
        for attribute in user.attributes {
            if !known.attributes.contains(&attribute) {
                known.attributes.push(attribute);
            }
        }
    }
}

/// What leads to one login, or to several and so to none.
#[derive(Default)]
struct Owners(HashMap<String, Option<String>>);

impl Owners {
    fn add(&mut self, key: String, login: &str) {
        let owner = self.0.entry(key).or_insert_with(|| Some(login.to_owned()));
        if owner.as_deref() != Some(login) {
            *owner = None;
        }
    }

    fn find(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn joined(users: &Value, identities: &[(&str, &str)]) -> Vec<(String, Vec<String>)> {
        let page: ScimPage = serde_json::from_value(json!({"totalResults": 3, "Resources": users})).unwrap();
        let mut read = ManagedUsers::default();
        read.add(&page);
        let identity = |(user, name): &(&str, &str)| CloudIdentity {
            user: (*user).to_owned(),
            attributes: vec![(*name).to_owned()],
        };
        let all: Vec<_> = identities.iter().map(identity).collect();
        let new = read.join(&all).into_iter();
        new.map(|identity| (identity.user, identity.attributes)).collect()
    }

    #[test]
    fn a_user_has_the_login_of_the_identity_with_its_name() {
        let users = json!([
            {"userName": "UPN-7", "emails": [{"value": "mona@corp.example", "primary": true}]},
            {"userName": "hubot.b@corp.example"},
        ]);
        let mona = (
            "mona_octo".to_owned(),
            vec!["UPN-7".to_owned(), "mona@corp.example".to_owned()],
        );
        assert_eq!(joined(&users, &[("mona_octo", "upn-7")]), [mona]);
    }

    #[test]
    fn a_user_with_an_identity_adds_to_it_what_is_new() {
        let identity = |user: &str, attributes: &[&str]| CloudIdentity {
            user: user.to_owned(),
            attributes: attributes.iter().map(ToString::to_string).collect(),
        };
        let mut identities = vec![identity("mona_octo", &["upn-7", "m@idp.example"])];
        let users = vec![
            identity("mona_octo", &["upn-7", "mona@corp.example"]),
            identity("hubot_octo", &["hubot"]),
        ];
        merge(&mut identities, users);
        let merged: Vec<_> = identities.iter().map(|it| it.attributes.join(" ")).collect();
        assert_eq!(merged, ["upn-7 m@idp.example mona@corp.example", "hubot"]);
    }

    #[test]
    fn a_name_that_fits_two_users_is_of_neither() {
        let users = json!([{"userName": "a"}, {"userName": "b"}]);
        assert_eq!(
            joined(&users, &[("a_octo", "a"), ("a_corp", "a"), ("b_octo", "b")]),
            [("b_octo".to_owned(), vec!["b".to_owned()])]
        );
    }

    #[test]
    fn a_user_that_cannot_be_read_hides_no_other() {
        let users = json!([7, null, {"userName": 7}, {"emails": [{"value": "x@y"}]}, {"userName": "a", "emails": [7, {"value": null}]}]);
        assert_eq!(
            joined(&users, &[("a_octo", "a")]),
            [("a_octo".to_owned(), vec!["a".to_owned()])]
        );
    }
}
