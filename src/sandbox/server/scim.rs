//! The users of the enterprise server as SCIM has them (`GET /api/v3/scim/v2/Users`).
//!
//! They are the humans and the account behind the token, active or suspended. A few of the first have no user in SCIM: they
//! were made on the server. Some names are written as an identity provider may write them.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::Response;
use serde_json::{Value, json};

use super::appliance::EnterpriseServer;
use crate::sandbox::connection::ENTERPRISE;
use crate::sandbox::population::{AccountKind, Population};
use crate::sandbox::request_error::RequestError;
use crate::sandbox::scim_list::listed;

/// Only among so many there are humans whom SCIM does not have.
const WITH_OTHERS: u32 = 1000;

/// The places of the population that SCIM has.
pub(crate) fn provisioned(population: &Population) -> Vec<u32> {
    let is_provisioned = |index: &u32| match population.kind(*index) {
        AccountKind::Reporter => true,
        AccountKind::Human => *index >= WITH_OTHERS || !population.email(*index).is_empty(),
        AccountKind::SetupUser | AccountKind::Bot => false,
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
) -> Result<Response, RequestError> {
    match enterprise == ENTERPRISE {
        true => Ok(of_server(server, uri).await),
        false => Err(RequestError::NotFound),
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
