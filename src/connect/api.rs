//! What all requests to the cloud have in common: headers, time limits and the judgement of answers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE};
use reqwest::{Client, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::api_call::{ApiCall, REQUEST_TIMEOUT};
use super::error::{CloudRefusal, ConnectError};
use super::objection::objections;
use super::outcome::{About, judge};
use super::wire_text;
use crate::clock::Clock;
use crate::plain;
use crate::settings::AddressKey;
use crate::transport::json;
use crate::transport::{
    API_VERSION, Announcements, Body, BodyError, Pace, Peer, TransportError, header_date, receive_head, retry_after,
};

/// No small answer has more bytes.
const ANSWER_CAP: u64 = 4 * 1024 * 1024;

/// The API of one cloud account. Requests follow no redirect.
pub(super) struct Api {
    client: Client,
    url: Url,
    url_key: AddressKey,
    /// The setting that other addresses come from.
    uploads_url_key: AddressKey,
    longest_effort: Duration,
    announcements: Announcements,
}

impl Api {
    /// The API at `url` with these settings behind it and behind the uploads. `pace` limits the work before a response.
    pub(super) fn of(client: Client, url: &Url, keys: [AddressKey; 2], pace: Pace) -> Self {
        let [url_key, uploads_url_key] = keys;
        Self {
            client,
            url: url.clone(),
            url_key,
            uploads_url_key,
            longest_effort: pace.longest_effort,
            announcements: Announcements::of(Peer::Cloud),
        }
    }

    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        self.client.get(url)
    }

    pub(super) fn post(&self, url: Url) -> RequestBuilder {
        self.client.post(url)
    }

    /// Sends a request whose answer is small.
    pub(super) async fn send(&self, step: ApiCall, request: RequestBuilder) -> Result<Response, ConnectError> {
        let (client, request) = described(request).timeout(REQUEST_TIMEOUT).build_split();
        let sent = match request {
            Ok(request) => {
                let url = request.url().clone();
                let head = client.execute(request);
                receive_head(Peer::Cloud, step.method, &url, self.longest_effort, head).await
            }
            Err(error) => Err(TransportError::new(Peer::Cloud, step.method, &self.url, &error)),
        };
        self.heard(step, sent)
    }

    /// Reports what the headers of an answer announce.
    pub(super) fn heard(
        &self,
        step: ApiCall,
        sent: Result<Response, TransportError>,
    ) -> Result<Response, ConnectError> {
        let answer = sent.map_err(|source| self.unanswered(step, source.into()))?;
        self.announcements.hear(answer.headers());
        Ok(answer)
    }

    /// A request without a whole answer; it names the setting that led there.
    pub(super) fn unanswered(&self, step: ApiCall, mut source: BodyError) -> ConnectError {
        if let BodyError::Transport(error) = &mut source {
            let api = format!("{}/", self.url.origin().ascii_serialization());
            let is_of_api = step.about != About::Document && error.url.starts_with(&api);
            error.url_key = if is_of_api { self.url_key } else { self.uploads_url_key };
        }
        ConnectError::Transport { step, source }
    }

    /// The answer as `T` if it has the wanted status.
    pub(super) async fn expect<T: DeserializeOwned>(
        &self,
        step: ApiCall,
        status: u16,
        response: Response,
    ) -> Result<T, ConnectError> {
        self.expect_within(ANSWER_CAP, step, status, response).await
    }

    /// The same for an answer of at most `cap` bytes.
    pub(super) async fn expect_within<T: DeserializeOwned>(
        &self,
        cap: u64,
        step: ApiCall,
        status: u16,
        response: Response,
    ) -> Result<T, ConnectError> {
        let body = self.body_within(cap, step, status, response).await?;
        decoded(step, &body)
    }

    /// The same, not decoded yet.
    pub(super) async fn body_within(
        &self,
        cap: u64,
        step: ApiCall,
        status: u16,
        response: Response,
    ) -> Result<Vec<u8>, ConnectError> {
        if response.status().as_u16() != status {
            let refusal = self.refusal(step, &response);
            let objections = objections(step, response).await;
            return Err(ConnectError::Refused(Box::new(CloudRefusal { objections, ..refusal })));
        }
        // The answer to an upload has no other limit of its own.
        let body = Body::new(response, Peer::Cloud, step.method, cap).until(Instant::now() + REQUEST_TIMEOUT);
        body.whole().await.map_err(|source| self.unanswered(step, source))
    }

    pub(super) fn refusal(&self, step: ApiCall, response: &Response) -> CloudRefusal {
        let status = response.status().as_u16();
        let (tier, reason) = judge(step.about, status, response.headers());
        let request_id = response
            .headers()
            .get("x-github-request-id")
            .and_then(|id| wire_text::request_id(id.to_str().ok()?));
        CloudRefusal {
            step,
            url: plain::url(response.url()),
            status,
            tier,
            reason,
            retry_after: retry_after(response.headers()),
            request_id,
            objections: Vec::new(),
        }
    }
}

/// The answer as `T`.
pub(super) fn decoded<T: DeserializeOwned>(step: ApiCall, body: &[u8]) -> Result<T, ConnectError> {
    json::parse(body).map_err(|source| ConnectError::Malformed { step, source })
}

/// When the cloud answered, by its own clock if it says.
pub(super) fn answered_at(response: &Response, clock: &dyn Clock) -> DateTime<Utc> {
    header_date(response.headers(), DATE).unwrap_or_else(|| clock.now())
}

/// The request with what every request to the cloud says.
pub(super) fn described(request: RequestBuilder) -> RequestBuilder {
    request
        .header(ACCEPT, "application/vnd.github+json")
        .header("x-github-api-version", API_VERSION)
}
