//! The upload of a frozen document, as `docs/connect-api.yaml` describes it.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::Stream;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;

use super::api_call::ApiCall;
use super::client::Client;
use super::error::ConnectError;
use super::outcome::About;
use super::token::Authorization;
use super::wire_text;
use crate::license::Digest;
use crate::transport::{Handed, below};

pub(super) const STEP: ApiCall = ApiCall {
    name: "the upload",
    method: "POST",
    about: About::Document,
};

/// The longest `Location`, in bytes; it is stored and shown.
const LONGEST_LOCATION: usize = 2048;

/// What is uploaded, but for the bytes.
#[derive(Debug, Clone)]
pub struct Upload {
    pub idempotency_key: String,
    /// SHA-256 of the bytes.
    pub content_digest: Digest,
    /// Number of bytes.
    pub size: u64,
}

/// The cloud took the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    pub id: String,
    /// Where the cloud says whether it processed this upload.
    pub location: Url,
    /// When the upload began, by the cloud's clock.
    pub sent_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct UploadResponse {
    #[serde(deserialize_with = "wire_text::upload_id")]
    id: String,
}

impl Client {
    /// Sends the document once. `alive` hears several times a minute that the upload has not ended: it may take as long as
    /// its bytes move.
    ///
    /// # Errors
    /// [`ConnectError`]; its [`tier`](ConnectError::tier) decides what to do.
    pub async fn upload<S, E>(
        &self,
        authorization: &Authorization,
        upload: &Upload,
        bytes: S,
        alive: &(dyn Fn() + Sync),
    ) -> Result<Accepted, ConnectError>
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        let url = below(&self.cloud.uploads_url, &self.cloud.upload_path);
        let digest = format!("sha-256=:{}:", STANDARD.encode(upload.content_digest.0));
        let start = Instant::now();
        let handed = Handed::of(upload.size);
        let request = self
            .uploads
            .post(&url)
            .bearer_auth(authorization.0.expose_secret())
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_ENCODING, "gzip")
            .header(CONTENT_LENGTH, upload.size)
            .header("content-digest", &digest)
            .header("idempotency-key", &upload.idempotency_key)
            .body(handed.body(bytes));
        let response = self.send_document(STEP, request, &handed, alive).await?;
        self.forget_if_refused(&response).await;
        let answered_at = self.told_at(&response);
        let sent_at = answered_at - TimeDelta::from_std(start.elapsed()).unwrap_or_default();
        let location = response.headers().get(LOCATION).cloned();
        let UploadResponse { id } = self.api.expect(STEP, 202, response).await?;
        let location = location.as_ref().and_then(|value| value.to_str().ok());
        let location = location.filter(|text| text.len() <= LONGEST_LOCATION);
        let location = self.own_location(location.ok_or(ConnectError::NoLocation)?)?;
        // It is kept, and must not hold an email address.
        if location.as_str().contains('@') || location.as_str().contains("%40") {
            return Err(ConnectError::NoLocation);
        }
        Ok(Accepted { id, location, sent_at })
    }
}
