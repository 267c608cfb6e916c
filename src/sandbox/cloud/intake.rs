//! Takes uploads (`POST /enterprises/{enterprise}/license-usage`, and the same of an organization) as
//! `docs/connect-api.yaml` describes it.
//!
//! The body goes to a file as it arrives; it is inspected only once it is complete and undamaged.

use std::fs::File;
use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;

use super::cloud_state::CloudState;
use super::count::{MatchCount, ServerUsage};
use super::inspection::{self, Inspected};
use super::ledger::{Arrival, Before};
use crate::sandbox::fault::HostTime;
use crate::sandbox::request_error::RequestError;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const CONTENT_DIGEST: &str = "content-digest";

/// The largest body, in bytes as sent.
const BODY_LIMIT: u64 = 256 * 1024 * 1024;

/// What the headers of an upload say.
struct Envelope {
    key: String,
    length: u64,
    sha256: Vec<u8>,
}

/// Counts every request with an idempotency key, including those that a fault keeps from [`receive`].
pub(super) async fn note_attempt(State(cloud): State<Arc<CloudState>>, request: Request, next: Next) -> Response {
    if let Ok(key) = idempotency_key(request.headers()) {
        cloud.ledger().attempt(&key);
    }
    next.run(request).await
}

/// Takes an upload in, processes it and answers that it was accepted.
pub(super) async fn receive(
    State(cloud): State<Arc<CloudState>>,
    Extension(HostTime(now)): Extension<HostTime>,
    uri: Uri,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, RequestError> {
    cloud.require_installation(&headers)?;
    CloudState::require_account(uri.path())?;
    let envelope = Envelope::read(&headers)?;
    let file = NamedTempFile::new_in(&cloud.uploads_directory).map_err(RequestError::Storage)?;
    store(
        &envelope,
        body,
        file.as_file().try_clone().map_err(RequestError::Storage)?,
    )
    .await?;
    let working_cloud = Arc::clone(&cloud);
    let id = tokio::task::spawn_blocking(move || process(&working_cloud, envelope, file, now))
        .await
        .map_err(|error| RequestError::Storage(io::Error::other(error)))??;
    let location = format!("{}{}/{id}", cloud.url, uri.path().trim_start_matches('/'));
    let body = json!({ "id": id, "sync_state": "pending" });
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], Json(body)).into_response())
}

impl Envelope {
    fn read(headers: &HeaderMap) -> Result<Self, RequestError> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let media_type = text(CONTENT_TYPE.as_str()).and_then(|value| value.split(';').next());
        if media_type.map(str::trim) != Some("application/json") || text(CONTENT_ENCODING.as_str()) != Some("gzip") {
            return Err(RequestError::MediaType);
        }
        let length = text(CONTENT_LENGTH.as_str())
            .and_then(|value| value.parse().ok())
            .ok_or(RequestError::NoLength)?;
        if length > BODY_LIMIT {
            return Err(RequestError::TooLarge);
        }
        let key = idempotency_key(headers)?;
        let sha256 = text(CONTENT_DIGEST)
            .and_then(|value| value.strip_prefix("sha-256=:")?.strip_suffix(':'))
            .and_then(|value| STANDARD.decode(value).ok())
            .ok_or(RequestError::ContentDigest)?;
        Ok(Self { key, length, sha256 })
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, RequestError> {
    headers
        .get(IDEMPOTENCY_KEY)
        .and_then(|value| value.to_str().ok())
        .filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(str::to_owned)
        .ok_or(RequestError::IdempotencyKey)
}

async fn store(envelope: &Envelope, body: Body, file: File) -> Result<(), RequestError> {
    let mut file = tokio::fs::File::from_std(file);
    let mut hasher = Sha256::new();
    let mut received = 0;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| RequestError::Incomplete)?;
        received += piece.len() as u64;
        hasher.update(&piece);
        file.write_all(&piece).await.map_err(RequestError::Storage)?;
    }
    file.flush().await.map_err(RequestError::Storage)?;
    if received != envelope.length {
        Err(RequestError::Incomplete)
    } else if envelope.sha256 != hasher.finalize()[..] {
        Err(RequestError::DigestMismatch)
    } else {
        Ok(())
    }
}

/// Takes what a person uploaded on the account's page. Each time is an upload of its own.
pub(super) fn take_file(
    cloud: &CloudState,
    file: NamedTempFile,
    length: u64,
    now: DateTime<Utc>,
) -> Result<(), RequestError> {
    let key = format!("by-hand-{}", cloud.ledger().next_id());
    let envelope = Envelope {
        key,
        length,
        sha256: Vec::new(),
    };
    process(cloud, envelope, file, now).map(drop)
}

/// Accepts the upload in `file`, unless its key was used before; returns the upload's ID.
fn process(
    cloud: &CloudState,
    envelope: Envelope,
    file: NamedTempFile,
    now: DateTime<Utc>,
) -> Result<String, RequestError> {
    let Inspected {
        server_id,
        hostname,
        reported,
        digest,
    } = inspection::inspect_either(|| file.reopen())?;
    let usage = Arc::new(ServerUsage { hostname, reported });
    // Whatever another server uploads meanwhile is counted with this one.
    let _alone = cloud.count_alone();
    let usages = cloud.ledger().usages_with(server_id, &usage);
    let count = MatchCount::of(usages, &cloud.members);
    let mut ledger = cloud.ledger();
    match ledger.before(&envelope.key, digest) {
        Before::Same(id) => return Ok(id),
        Before::Another => return Err(RequestError::KeyReused),
        Before::Nothing => {}
    }
    let id = ledger.next_id();
    file.persist(cloud.body_path(&id))
        .map_err(|error| RequestError::Storage(error.error))?;
    ledger.accept(Arrival {
        key: envelope.key,
        digest,
        body_bytes: envelope.length,
        server_id,
        received_at: now,
        usage,
        count,
    });
    Ok(id)
}
