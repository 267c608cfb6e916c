//! Issues installation tokens (`POST /app/installations/{installation_id}/access_tokens`).

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::{SecondsFormat, TimeDelta};
use serde_json::json;

use super::app_token;
use super::authorization::Presented;
use super::cloud::Cloud;
use super::interference::HostTime;
use super::refusal::Refusal;

/// How long an installation token is good.
const LIFETIME: TimeDelta = TimeDelta::hours(1);

/// Judges the App's JSON web token and answers with an installation token.
pub(super) async fn issue(
    State(cloud): State<Arc<Cloud>>,
    Extension(HostTime(now)): Extension<HostTime>,
    Path(installation_id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Presented::Token(token) = Presented::of(&headers) else {
        return Err(Refusal::NoCredentials);
    };
    let connection = &cloud.connection;
    app_token::verify(&token, &connection.public_key, &connection.client_id, now).map_err(Refusal::AppToken)?;
    if installation_id != connection.installation_id.to_string() {
        return Err(Refusal::NotFound);
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
