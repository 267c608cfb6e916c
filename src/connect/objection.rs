//! What the cloud objects to in a document: members and codes that the contract knows, `validation-error` in
//! `docs/connect-api.yaml`.
//!
//! Nothing else of such an answer is kept: the request carried addresses, and the answer can quote them.

use std::fmt;

use reqwest::Response;
use serde_json::Value;
use tokio::time::Instant;

use super::api_call::{ApiCall, REQUEST_TIMEOUT};
use super::outcome::About;
use crate::transport::{Body, Peer};

/// No list of objections is read beyond this, in bytes.
const OBJECTIONS_CAP: u64 = 64 * 1024;

/// At most so many different ones are shown.
const LONGEST_LIST: usize = 8;

/// The status of an answer that lists them.
const UNPROCESSABLE: u16 = 422;

/// The members of a document, on each of its levels.
const MEMBERS: [&str; 31] = [
    "accounts",
    "address",
    "advanced_security",
    "bots",
    "code_security",
    "collected_at",
    "consumed",
    "dormant",
    "emails",
    "enabled_at",
    "expires_at",
    "features",
    "ghosts",
    "hostname",
    "http_only",
    "id",
    "kind",
    "license",
    "name",
    "organizations",
    "primary",
    "products",
    "schema",
    "seats",
    "secret_protection",
    "server",
    "setup_users",
    "suspended",
    "totals",
    "users",
    "version",
];

/// The codes, and what they mean for a member.
const CODES: [(&str, &str); 2] = [("invalid", "is invalid"), ("missing_field", "is missing")];

/// One thing that is wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objection {
    /// With dots between levels; nothing when the answer names none that the contract knows.
    member: Option<String>,
    what: &'static str,
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.member {
            Some(member) => write!(f, "`{member}` {}", self.what),
            None => write!(f, "an unnamed member {}", self.what),
        }
    }
}

/// The reasons of a refusal of the document; nothing when there are none that can be shown. That the document was refused is
/// certain in any case.
pub(super) async fn objections(step: ApiCall, response: Response) -> Vec<Objection> {
    if step.about != About::Document || response.status().as_u16() != UNPROCESSABLE {
        return Vec::new();
    }
    let until = Instant::now() + REQUEST_TIMEOUT;
    let body = Body::new(response, Peer::Cloud, step.method, OBJECTIONS_CAP).until(until);
    body.whole().await.map(|body| read(&body)).unwrap_or_default()
}

/// The objections after the text of a refusal.
pub(super) fn in_words(objections: &[Objection]) -> String {
    let told: Vec<_> = objections.iter().map(ToString::to_string).collect();
    match told[..] {
        [] => String::new(),
        _ => format!(": {}", told.join(", ")),
    }
}

fn read(body: &[u8]) -> Vec<Objection> {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut objections = Vec::new();
    for entry in answer["errors"].as_array().into_iter().flatten() {
        let Some((_, what)) = CODES.into_iter().find(|(code, _)| entry["code"] == *code) else {
            continue;
        };
        let member = entry["field"].as_str().and_then(known_member);
        let objection = Objection { member, what };
        if !objections.contains(&objection) && objections.len() < LONGEST_LIST {
            objections.push(objection);
        }
    }
    objections
}

fn known_member(path: &str) -> Option<String> {
    let is_known = path.split('.').all(|name| MEMBERS.contains(&name));
    // No member is deeper than `users.emails.address`.
    (is_known && path.split('.').count() <= 3).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn contract() -> Value {
        serde_yaml_ng::from_str(include_str!("../../docs/connect-api.yaml")).unwrap()
    }

    /// The names of all members that this schema describes.
    fn names(schema: &Value, found: &mut BTreeSet<String>) {
        for (name, member) in schema["properties"].as_object().into_iter().flatten() {
            found.insert(name.clone());
            names(member, found);
        }
        if schema["items"].is_object() {
            names(&schema["items"], found);
        }
    }

    #[test]
    fn the_members_and_codes_are_those_of_the_contract() {
        let schemas = &contract()["components"]["schemas"];
        let mut described = BTreeSet::new();
        names(&schemas["license-usage"], &mut described);
        let known: BTreeSet<_> = MEMBERS.into_iter().map(str::to_owned).collect();
        assert_eq!(known, described);
        let error = &schemas["validation-error"]["properties"]["errors"]["items"]["properties"];
        assert_eq!(error["code"]["enum"], serde_json::json!(CODES.map(|(code, _)| code)));
    }

    #[test]
    fn only_members_and_codes_of_the_contract_are_shown_each_once() {
        let told = |errors: &str| in_words(&read(format!(r#"{{"errors":[{errors}]}}"#).as_bytes()));
        let entry = |field: &str, code: &str| {
            format!(r#"{{"resource":"LicenseUsage","field":"{field}","code":"{code}","message":"mona@example.com"}}"#)
        };
        let good = [
            entry("totals.consumed", "invalid"),
            entry("hostname", "missing_field"),
            entry("totals.consumed", "invalid"),
        ];
        assert_eq!(
            told(&good.join(",")),
            ": `totals.consumed` is invalid, `hostname` is missing"
        );
        for field in [
            "",
            "mona@example.com",
            "users.mona",
            "users.",
            "a\\nb",
            "users.id.id.id",
        ] {
            assert_eq!(
                told(&entry(field, "invalid")),
                ": an unnamed member is invalid",
                "{field}"
            );
        }
        assert_eq!(told(&entry("users", "mona@example.com")), "");
        assert_eq!(
            told(r#"7,null,"users",["users"],{"field":7,"code":"invalid"},{"code":7}"#),
            ": an unnamed member is invalid"
        );
    }

    #[test]
    fn a_body_that_is_no_list_of_objections_says_nothing() {
        for body in ["", "<html>", "[]", "7", r#"{"errors":"users"}"#, r#"{"message":"no"}"#] {
            assert_eq!(read(body.as_bytes()), [], "{body}");
        }
    }

    #[test]
    fn a_long_list_is_cut_off() {
        let entries: Vec<_> = MEMBERS
            .map(|name| format!(r#"{{"field":"{name}","code":"invalid"}}"#))
            .into();
        let body = format!(r#"{{"errors":[{}]}}"#, entries.join(","));
        assert_eq!(read(body.as_bytes()).len(), LONGEST_LIST);
    }
}
