//! Lists managed users, as SCIM has them (`GET /scim/v2/enterprises/{enterprise}/Users`).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use super::cloud_state::CloudState;
use super::directory::user_name;
use crate::sandbox::connection::require_enterprise;
use crate::sandbox::request_error::RequestError;
use crate::sandbox::scim_list::listed;

/// Answers with the users from `startIndex` on.
pub(super) async fn list(
    State(cloud): State<Arc<CloudState>>,
    Path(enterprise): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    cloud.require_reader(&headers)?;
    require_enterprise(&enterprise)?;
    match cloud.identity_count() {
        // An enterprise whose users are not managed.
        0 => Err(RequestError::NotFound),
        total => Ok(listed(&uri, total, |place| user(&cloud, place))),
    }
}

fn user(cloud: &CloudState, place: usize) -> Option<Value> {
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
