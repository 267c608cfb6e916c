//! Lists of users as SCIM has them: those of the enterprise server (`GET /api/v3/scim/v2/Users`), and how any such list is written.
//!
//! The server's are the humans and the account behind the token, active or suspended. A few of the first have no user in SCIM: they
//! were made on the server. Some names are written as an identity provider may write them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::connection::ENTERPRISE;
use super::population::{Kind, Population};
use super::query::number;
use super::refusal::Refusal;
use super::server::EnterpriseServer;

const DEFAULT_COUNT: u64 = 30;
const MAX_COUNT: u64 = 100;

/// Only among so many there are humans whom SCIM does not have.
const WITH_OTHERS: u32 = 1000;

/// A list of `total` users, from `startIndex` on, which counts from 1.
pub(super) fn listed(uri: &Uri, total: usize, user: impl Fn(usize) -> Option<Value>) -> Response {
    let start = number(uri, "startIndex", &(1..=u64::MAX)).unwrap_or(1);
    let count = number(uri, "count", &(1..=MAX_COUNT)).unwrap_or(DEFAULT_COUNT);
    let users: Vec<_> = (0..total)
        .skip(usize::try_from(start - 1).unwrap_or(total))
        .take(usize::try_from(count).unwrap_or(total))
        .filter_map(user)
        .collect();
    let kind = [(CONTENT_TYPE, "application/scim+json")];
    let list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": users.len(),
        "Resources": users,
    });
    (kind, list.to_string()).into_response()
}

/// The places of the population that SCIM has.
pub(super) fn provisioned(population: &Population) -> Vec<u32> {
    let is_provisioned = |index: &u32| match population.kind(*index) {
        Kind::Reporter => true,
        Kind::Human => *index >= WITH_OTHERS || !population.email(*index).is_empty(),
        Kind::SetupUser | Kind::Bot => false,
    };
    (0..population.users).filter(is_provisioned).collect()
}

/// The users of the server, whose own address has no enterprise in it.
pub(super) async fn of_server(State(server): State<Arc<EnterpriseServer>>, uri: Uri) -> Response {
    let places = &server.provisioned;
    listed(&uri, places.len(), |nth| {
        Some(user(&server.population, *places.get(nth)?))
    })
}

/// The same at the address that GitHub's description has for every product.
pub(super) async fn of_enterprise(
    server: State<Arc<EnterpriseServer>>,
    Path(enterprise): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    match enterprise == ENTERPRISE {
        true => Ok(of_server(server, uri).await),
        false => Err(Refusal::NotFound),
    }
}

fn user(population: &Population, index: u32) -> Value {
    let person = population.person(index);
    // An identity provider's name becomes the login without its domain, and with `-` for a `.`.
    let name = match index % 5 {
        1 => person.login.to_ascii_uppercase(),
        3 => format!("{}@octo-corp.example", person.login.replace('-', ".")),
        _ => person.login.clone(),
    };
    let email = json!({ "value": person.email, "type": "work", "primary": true });
    let emails: Vec<_> = Some(email).filter(|_| !person.email.is_empty()).into_iter().collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": format!("{index:08x}-0000-4000-8000-000000000000"),
        "externalId": format!("E{index:06}"),
        "active": !person.suspended,
        "userName": name,
        "displayName": person.login,
        "emails": emails,
        "roles": [{ "value": "user", "primary": false }],
        "meta": { "resourceType": "User" },
    })
}
