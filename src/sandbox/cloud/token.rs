//! Issues installation tokens (`POST /app/installations/{installation_id}/access_tokens`) and identifies an App
//! (`GET /app`).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::json;

use super::app_token;
use super::cloud_state::CloudState;
use crate::sandbox::authorization::Presented;
use crate::sandbox::connection::ENTERPRISE;
use crate::sandbox::fault::HostTime;
use crate::sandbox::request_error::RequestError;

/// How long an installation token is good.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// Judges the App's JSON web token and answers with an installation token.
pub(super) async fn issue(
    State(cloud): State<Arc<CloudState>>,
    Extension(HostTime(now)): Extension<HostTime>,
    Path(installation_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    require_app(&cloud, &headers, now)?;
    if installation_id != cloud.connection.installation_id.to_string() {
        return Err(RequestError::NotFound);
    }
    let expires_at = now + LIFETIME;
    let body = json!({
        "token": cloud.issue_token(expires_at),
        "expires_at": expires_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "permissions": { "metadata": "read" },
        "repository_selection": "all",
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// Answers with the App that signed the JSON web token.
pub(super) async fn identify(
    State(cloud): State<Arc<CloudState>>,
    Extension(HostTime(now)): Extension<HostTime>,
    headers: HeaderMap,
) -> Result<Response, RequestError> {
    require_app(&cloud, &headers, now)?;
    let created_at = "2026-01-05T08:00:00Z";
    let body = json!({
        "id": 1,
        "node_id": "MDM6QXBwMQ==",
        "client_id": cloud.connection.client_id,
        "owner": { "id": 1, "node_id": "MDEwOkVudGVycHJpc2Ux", "name": ENTERPRISE, "slug": ENTERPRISE,
                   "html_url": cloud.url, "created_at": created_at, "updated_at": created_at, "avatar_url": cloud.url },
        "name": "License sync",
        "description": null,
        "external_url": cloud.url,
        "html_url": cloud.url,
        "created_at": created_at,
        "updated_at": created_at,
        "permissions": { "metadata": "read" },
        "events": [],
    });
    Ok(Json(body).into_response())
}

fn require_app(cloud: &CloudState, headers: &HeaderMap, now: DateTime<Utc>) -> Result<(), RequestError> {
    let Presented::Token(token) = Presented::of(headers) else {
        return Err(RequestError::NoCredentials);
    };
    let connection = &cloud.connection;
    app_token::verify(&token, &connection.public_key, &connection.client_id, now)
        .map_err(|wrong| RequestError::AppToken(wrong.to_string()))
}
