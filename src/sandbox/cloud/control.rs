//! The sandbox's own routes below `/_sandbox`, for tests and curious people; no credentials are asked for.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::cloud_state::CloudState;
use super::other_server::OtherServer;
use crate::sandbox::fault::{FaultQueue, InjectedFault};
use crate::sandbox::request_error::RequestError;

/// The routes.
pub(super) fn router(cloud: Arc<CloudState>, faults: Arc<FaultQueue>) -> Router {
    let of_faults = Router::new()
        .route("/_sandbox/faults", post(add_fault).delete(clear_faults))
        .with_state(faults);
    Router::new()
        .route("/_sandbox/uploads", get(uploads))
        .route("/_sandbox/uploads/{id}/body", get(body))
        .route("/_sandbox/tally", get(tally))
        .route("/_sandbox/servers", post(list_server))
        .with_state(cloud)
        .merge(of_faults)
}

async fn uploads(State(cloud): State<Arc<CloudState>>) -> Json<Value> {
    Json(json!({ "uploads": cloud.ledger().uploads() }))
}

async fn tally(State(cloud): State<Arc<CloudState>>) -> Json<impl Serialize> {
    Json(cloud.ledger().tally())
}

/// Lists another server, or lists it otherwise than before.
async fn list_server(State(cloud): State<Arc<CloudState>>, body: bytes::Bytes) -> Result<StatusCode, RequestError> {
    let server: OtherServer = serde_json::from_slice(&body).map_err(|_| RequestError::Json)?;
    cloud.ledger().others.insert(server.server_id.clone(), server);
    Ok(StatusCode::NO_CONTENT)
}

async fn body(State(cloud): State<Arc<CloudState>>, Path(id): Path<String>) -> Result<Response, RequestError> {
    if cloud.ledger().upload(&id).is_none() {
        return Err(RequestError::NotFound);
    }
    let bytes = tokio::fs::read(cloud.body_path(&id))
        .await
        .map_err(RequestError::Storage)?;
    Ok(([(CONTENT_TYPE, "application/gzip")], bytes).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    fault: String,
}

async fn add_fault(State(faults): State<Arc<FaultQueue>>, body: bytes::Bytes) -> Result<StatusCode, RequestError> {
    let wanted: Wanted = serde_json::from_slice(&body)
        .map_err(|_| RequestError::Fault("send {\"fault\": \"upload:503*2\"}".to_owned()))?;
    let fault = wanted
        .fault
        .parse::<InjectedFault>()
        .map_err(|error| RequestError::Fault(error.to_string()))?;
    faults.add(fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(faults): State<Arc<FaultQueue>>) -> StatusCode {
    faults.clear();
    StatusCode::NO_CONTENT
}
