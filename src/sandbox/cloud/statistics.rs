//! What servers report about themselves (`GET /enterprise-installation/{enterprise}/server-statistics`): those that reported.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::cloud_state::CloudState;
use crate::sandbox::connection::require_enterprise;
use crate::sandbox::request_error::RequestError;

/// A row a server. The built-in license sync is off where this program took its place.
pub(super) async fn of_servers(
    State(cloud): State<Arc<CloudState>>,
    Path(enterprise): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, RequestError> {
    cloud.require_reader(&headers)?;
    require_enterprise(&enterprise)?;
    let time = cloud.clock.now();
    let now = time.to_rfc3339_opts(SecondsFormat::Secs, true);
    let ledger = cloud.ledger();
    let row = |(id, hostname)| {
        json!({
            "server_id": id,
            "host_name": hostname,
            "collection_date": now,
            "schema_version": "20230306",
            "github_connect": { "features_enabled": ["content_analysis"] },
        })
    };
    let rows = ledger.servers().map(|(id, hostname, _)| row((id, hostname)));
    let rows: Vec<_> = rows
        .chain(ledger.others.values().filter_map(|other| other.row(time)))
        .collect();
    Ok(Json(rows.into()))
}
