//! Lists managed users, as SCIM has them (`GET /scim/v2/enterprises/{enterprise}/Users`).

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use serde::Deserialize;
use serde_json::{Value, json};

use super::cloud::Cloud;
use super::directory::user_name;
use super::refusal::Refusal;

const DEFAULT_COUNT: usize = 30;
const MAX_COUNT: usize = 100;

#[derive(Deserialize)]
pub(super) struct Paging {
    #[serde(rename = "startIndex")]
    start: Option<usize>,
    count: Option<usize>,
}

/// Answers with the users from `startIndex` on, which counts from 1.
pub(super) async fn list(
    State(cloud): State<Arc<Cloud>>,
    Path(enterprise): Path<String>,
    Query(paging): Query<Paging>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Refusal> {
    cloud.require_reader(&headers)?;
    Cloud::require_enterprise(&enterprise)?;
    let total = cloud.identity_count();
    if total == 0 {
        // An enterprise whose users are not managed.
        return Err(Refusal::NotFound);
    }
    let start = paging.start.unwrap_or(1).max(1);
    let count = paging.count.unwrap_or(DEFAULT_COUNT).min(MAX_COUNT);
    let users: Vec<_> = (start - 1..total)
        .take(count)
        .filter_map(|place| user(&cloud, place))
        .collect();
    let kind = [(CONTENT_TYPE, "application/scim+json")];
    let list = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": users.len(),
        "Resources": users,
    });
    Ok((kind, list.to_string()))
}

fn user(cloud: &Cloud, place: usize) -> Option<Value> {
    let identity = cloud.identity(place)?;
    let emails = identity.attributes.iter().filter(|text| text.contains('@')).enumerate();
    let email = |(nth, value): (usize, &String)| json!({ "value": value, "type": "work", "primary": nth == 0 });
    let name = user_name(&identity.user);
    Some(json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": format!("{place:08x}"),
        "externalId": identity.attributes.first().map_or(name, String::as_str),
        "active": true,
        "userName": name,
        "displayName": name,
        "emails": emails.map(email).collect::<Vec<_>>(),
        "meta": { "resourceType": "User" },
    }))
}
