//! Reports the state of uploads: per server with the classic token, per upload with the installation token.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::{Extension, Json};
use chrono::SecondsFormat;
use serde_json::{Value, json};

use super::cloud_state::CloudState;
use super::other_server::OtherServer;
use super::upload_record::SyncState;
use crate::sandbox::connection::require_enterprise;
use crate::sandbox::fault::{FaultKind, HostTime};
use crate::sandbox::request_error::RequestError;

/// A copy of the server, when one is pretended.
const OTHER_HOST: &str = "copy.github.example.com";

/// The ID of the appliance itself, by which the built-in sync reports.
const OTHER_ID: &str = "6f3f0d6e-4b1a-4c52-9d0a-7f1f0b8a2c11";

/// `GET /enterprises/{enterprise}/license-sync-status`.
pub(super) async fn of_servers(
    State(cloud): State<Arc<CloudState>>,
    pretended: Option<Extension<FaultKind>>,
    Extension(HostTime(now)): Extension<HostTime>,
    Path(enterprise): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, RequestError> {
    cloud.require_reader(&headers)?;
    require_enterprise(&enterprise)?;
    let ledger = cloud.ledger();
    let mut servers: Vec<_> = ledger
        .servers()
        .map(|(id, hostname, last)| {
            let state = told(last.state, pretended.as_ref());
            let (hostname, at) = match pretended {
                Some(Extension(FaultKind::OtherHost)) => (OTHER_HOST, now),
                _ => (hostname, last.received_at),
            };
            json!({
                "server_id": id,
                "hostname": hostname,
                "last_sync": {
                    "date": at.to_rfc3339_opts(SecondsFormat::Secs, true),
                    "status": state.word(),
                    "error": state.error(),
                },
            })
        })
        .collect();
    servers.extend(ledger.others.values().map(OtherServer::entry));
    if let Some(Extension(FaultKind::OtherId)) = pretended {
        servers.push(json!({
            "server_id": OTHER_ID,
            "hostname": cloud.url.host_str(),
            "last_sync": { "date": now.to_rfc3339_opts(SecondsFormat::Secs, true), "status": "success", "error": "" },
        }));
    }
    Ok(Json(json!({ "server_instances": servers })))
}

/// `GET /enterprises/{enterprise}/license-usage/{id}`, and the same of an organization.
pub(super) async fn of_upload(
    State(cloud): State<Arc<CloudState>>,
    pretended: Option<Extension<FaultKind>>,
    Path((_, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Value>, RequestError> {
    cloud.require_installation(&headers)?;
    CloudState::require_account(uri.path())?;
    let state = cloud.ledger().upload(&id).ok_or(RequestError::NotFound)?.state;
    let state = told(state, pretended.as_ref());
    Ok(Json(
        json!({ "id": id, "sync_state": state.word(), "error": state.error() }),
    ))
}

fn told(state: SyncState, pretended: Option<&Extension<FaultKind>>) -> SyncState {
    match pretended {
        Some(Extension(FaultKind::Pending)) => SyncState::Pending,
        Some(Extension(FaultKind::Failure)) => SyncState::Failure,
        _ => state,
    }
}
