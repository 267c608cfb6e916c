//! Writes a list of users as SCIM has it, for both hosts.

use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::query_string::number;

const DEFAULT_COUNT: u64 = 30;
const MAX_COUNT: u64 = 100;

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
