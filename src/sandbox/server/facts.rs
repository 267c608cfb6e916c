//! The server's own facts: its version, its license, its counts of users.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::DateTime;
use serde_json::{Value, json};

use super::appliance::{EnterpriseServer, VERSION};

/// When the license ends. Fixed, so that unchanged data gives an unchanged document.
const EXPIRY: &str = "2036/02/06 12:41:52 -0600";

/// Its version.
pub(super) async fn meta() -> Json<Value> {
    Json(json!({
        "verifiable_password_authentication": true,
        "installed_version": VERSION.to_str().unwrap_or_default(),
    }))
}

/// Its license.
pub(super) async fn license(State(server): State<Arc<EnterpriseServer>>) -> Json<Value> {
    let used = server.census.consumed;
    let seats = used + used / 10 + 10;
    let days = DateTime::parse_from_str(EXPIRY, "%Y/%m/%d %H:%M:%S %z")
        .map(|expiry| (expiry.to_utc() - server.clock.now()).num_days())
        .unwrap_or_default();
    Json(json!({
        "seats": seats,
        "seats_used": used,
        "seats_available": seats - used,
        "kind": "standard",
        "days_until_expiration": days,
        "expire_at": EXPIRY,
    }))
}

/// Its counts of users.
pub(super) async fn users(State(server): State<Arc<EnterpriseServer>>) -> Json<Value> {
    Json(json!({
        "total_users": server.census.accounts,
        "admin_users": server.census.administrators,
        "suspended_users": server.census.suspended,
    }))
}
