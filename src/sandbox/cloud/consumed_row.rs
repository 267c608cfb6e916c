//! One row of the list of consumed licenses, in either of two schemas.
//!
//! Sources: the answers recorded in public clients (`PyGithub`, July 2023), and GitHub's published schema with its example.
//! They differ in a name, in the words for the kind of license, and in what stands for nothing.

use serde_json::{Map, Value, json};

use super::cloud_state::CloudState;
use super::count::{MatchCount, ServerAccount};
use super::license_schema::LicenseSchema;
use crate::license::Product;
use crate::sandbox::address::is_of_verified_domain;
use crate::sandbox::members::Member;

/// The addresses on the servers, as recorded and as published.
const RECORDED_ADDRESSES: &str = "enterprise_server_primary_emails";
const PUBLISHED_ADDRESSES: &str = "enterprise_server_emails";

/// Members that are text; the published example has an empty one for nothing.
const TEXTS: [&str; 6] = [
    "github_com_login",
    "github_com_name",
    "github_com_profile",
    "github_com_saml_name_id",
    "visual_studio_license_status",
    "visual_studio_subscription_email",
];

/// The row at this place: first every member of the cloud account, then everybody else of the servers.
pub(super) fn row(cloud: &CloudState, count: &MatchCount, at: u64) -> Option<Value> {
    let at = u32::try_from(at).ok()?;
    let (row, accounts) = match at.checked_sub(cloud.members.count()) {
        None => {
            let accounts = count.of_member(at);
            (of_member(&cloud.members.member(at), &accounts), accounts)
        }
        Some(person) => {
            let accounts = count.of_stranger(person);
            (of_stranger(&accounts), accounts)
        }
    };
    let row = with_products(row, &accounts);
    Some(match (cloud.schema, row) {
        (LicenseSchema::Published, Value::Object(row)) => Value::Object(as_published(row)),
        (_, row) => row,
    })
}

fn of_member(member: &Member, accounts: &[ServerAccount<'_>]) -> Value {
    let is_subscriber = member.subscription.is_some();
    let role = if member.is_invited {
        "Pending invitation"
    } else {
        "Member"
    };
    let organizations = |roles: &[&str], is_wanted: bool| if is_wanted { json!(roles) } else { json!([]) };
    let visible = member.verified_emails.iter().filter(|it| is_of_verified_domain(it));
    json!({
        "github_com_login": member.login,
        "github_com_name": member.name,
        "enterprise_server_user_ids": ids(accounts),
        "github_com_user": true,
        "enterprise_server_user": !accounts.is_empty(),
        "visual_studio_subscription_user": is_subscriber,
        "license_type": if is_subscriber { "Visual Studio subscription" } else { "Enterprise" },
        "github_com_profile": format!("https://github.com/{}", member.login),
        "github_com_member_roles": organizations(&["octo-org:Member"], !member.is_invited),
        "github_com_enterprise_roles": [role],
        "github_com_verified_domain_emails": visible.collect::<Vec<_>>(),
        "github_com_saml_name_id": member.saml_name_id,
        "github_com_orgs_with_pending_invites": organizations(&["octo-org"], member.is_invited),
        "github_com_two_factor_auth": (!member.is_invited).then_some(true),
        RECORDED_ADDRESSES: addresses(accounts),
        "visual_studio_license_status": is_subscriber.then_some("Matched to Cloud"),
        "visual_studio_subscription_email": member.subscription,
        "total_user_accounts": 1 + accounts.len(),
    })
}

fn of_stranger(accounts: &[ServerAccount<'_>]) -> Value {
    json!({
        "github_com_login": null,
        "github_com_name": null,
        "enterprise_server_user_ids": ids(accounts),
        "github_com_user": false,
        "enterprise_server_user": true,
        "visual_studio_subscription_user": false,
        "license_type": "Enterprise",
        "github_com_profile": null,
        "github_com_member_roles": [],
        "github_com_enterprise_roles": [],
        "github_com_verified_domain_emails": [],
        "github_com_saml_name_id": null,
        "github_com_orgs_with_pending_invites": [],
        "github_com_two_factor_auth": null,
        RECORDED_ADDRESSES: addresses(accounts),
        "visual_studio_license_status": null,
        "visual_studio_subscription_email": null,
        "total_user_accounts": accounts.len(),
    })
}

/// The row with the accounts that use a product, under the names that the columns of the CSV have. A user of none has no
/// such member, as in the answers that were recorded.
fn with_products(mut row: Value, accounts: &[ServerAccount<'_>]) -> Value {
    for (product, name) in [
        (
            Product::AdvancedSecurity,
            "enterprise_server_advanced_security_user_ids",
        ),
        (Product::CodeSecurity, "enterprise_server_code_security_user_ids"),
        (
            Product::SecretProtection,
            "enterprise_server_secret_protection_user_ids",
        ),
    ] {
        let users: Vec<_> = accounts
            .iter()
            .filter(|account| account.products.has(product))
            .collect();
        if let (Value::Object(row), false) = (&mut row, users.is_empty()) {
            row.insert(name.to_owned(), json!(ids(users)));
        }
    }
    row
}

fn ids<'a>(accounts: impl IntoIterator<Item = &'a ServerAccount<'a>>) -> Vec<String> {
    let ids = accounts
        .into_iter()
        .map(|account| format!("{}:{}", account.hostname, account.id));
    ids.collect()
}

/// The primary addresses, each once.
fn addresses<'a>(accounts: &[ServerAccount<'a>]) -> Vec<&'a str> {
    let mut addresses: Vec<&str> = Vec::new();
    for account in accounts {
        let is_known = addresses
            .iter()
            .any(|known| known.eq_ignore_ascii_case(account.address));
        if !account.address.is_empty() && !is_known {
            addresses.push(account.address);
        }
    }
    addresses
}

/// The row as GitHub's published schema and its example have it.
fn as_published(mut row: Map<String, Value>) -> Map<String, Value> {
    if let Some(addresses) = row.remove(RECORDED_ADDRESSES) {
        row.insert(PUBLISHED_ADDRESSES.to_owned(), addresses);
    }
    for (name, value) in &mut row {
        match value {
            Value::Null if TEXTS.contains(&name.as_str()) => *value = json!(""),
            Value::String(kind) if name == "license_type" => kind.make_ascii_lowercase(),
            _ => {}
        }
    }
    row
}
