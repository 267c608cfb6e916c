//! The accounts of the enterprise server as its REST API has them: all (`GET /users`), and one of them.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::LINK;
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::appliance::EnterpriseServer;
use crate::sandbox::population::AccountKind;
use crate::sandbox::query_string::number;
use crate::sandbox::request_error::RequestError;

const DEFAULT_PER_PAGE: u64 = 30;
const MAX_PER_PAGE: u64 = 100;

/// The accounts with greater IDs than `since`.
pub(super) async fn list(State(server): State<Arc<EnterpriseServer>>, uri: Uri) -> Response {
    let population = server.population;
    let per_page = number(&uri, "per_page", &(1..=MAX_PER_PAGE)).unwrap_or(DEFAULT_PER_PAGE);
    let first = population.first_after(number(&uri, "since", &(1..=u64::MAX)).unwrap_or(0));
    let size = usize::try_from(per_page).unwrap_or(usize::MAX);
    let page: Vec<_> = (first..population.users).take(size).collect();
    let accounts: Vec<_> = page.iter().map(|index| simple(&server, *index)).collect();
    let mut response = Json(accounts).into_response();
    let last = page.last().copied().filter(|last| last + 1 < population.users);
    let next = last.map(|last| {
        let since = population.id(last);
        format!(
            "<{}api/v3/users?per_page={per_page}&since={since}>; rel=\"next\"",
            server.url
        )
    });
    if let Some(Ok(next)) = next.map(HeaderValue::try_from) {
        response.headers_mut().insert(LINK, next);
    }
    response
}

/// One account, as a site administrator is shown it.
pub(super) async fn one(
    State(server): State<Arc<EnterpriseServer>>,
    Path(login): Path<String>,
) -> Result<Json<Value>, RequestError> {
    let population = server.population;
    let index = population.index_of_login(&login).ok_or(RequestError::NotFound)?;
    let person = population.person(index);
    let created_at = person.created_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let mut account = profile(&server, index, person.repositories, &created_at);
    account["suspended_at"] = json!(person.suspended.then_some(&created_at));
    Ok(Json(account))
}

/// The account behind the token.
pub(super) async fn own(State(server): State<Arc<EnterpriseServer>>) -> Json<Value> {
    let mut account = profile(&server, 0, 0, "2020-01-01T00:00:00Z");
    for count in [
        "private_gists",
        "total_private_repos",
        "owned_private_repos",
        "disk_usage",
        "collaborators",
    ] {
        account[count] = json!(0);
    }
    account["two_factor_authentication"] = json!(true);
    Json(account)
}

/// What everybody is shown of an account.
fn profile(server: &EnterpriseServer, index: u32, repositories: u64, created_at: &str) -> Value {
    let mut account = simple(server, index);
    for absent in ["name", "company", "blog", "location", "email", "hireable", "bio"] {
        account[absent] = Value::Null;
    }
    for count in ["public_gists", "followers", "following"] {
        account[count] = json!(0);
    }
    account["public_repos"] = json!(repositories);
    account["created_at"] = json!(created_at);
    account["updated_at"] = json!(created_at);
    account
}

/// An account as a list shows it.
fn simple(server: &EnterpriseServer, index: u32) -> Value {
    let population = server.population;
    let (id, login) = (population.id(index), population.login(index));
    let name = login.replace('[', "%5B").replace(']', "%5D");
    let api = format!("{}api/v3/users/{name}", server.url);
    let at = |path: &str| format!("{api}/{path}");
    json!({
        "login": login,
        "id": id,
        "node_id": STANDARD.encode(format!("04:User{id}")),
        "avatar_url": format!("{}avatars/u/{id}", server.url),
        "gravatar_id": "",
        "url": api,
        "html_url": format!("{}{name}", server.url),
        "followers_url": at("followers"),
        "following_url": at("following{/other_user}"),
        "gists_url": at("gists{/gist_id}"),
        "starred_url": at("starred{/owner}{/repo}"),
        "subscriptions_url": at("subscriptions"),
        "organizations_url": at("orgs"),
        "repos_url": at("repos"),
        "events_url": at("events{/privacy}"),
        "received_events_url": at("received_events"),
        "type": if population.kind(index) == AccountKind::Bot { "Bot" } else { "User" },
        "site_admin": population.person(index).role == "admin",
    })
}
