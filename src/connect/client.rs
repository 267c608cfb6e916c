//! The HTTP side that all requests to the cloud share: headers, time limits and the judgement of answers.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE};
use reqwest::{RequestBuilder, Response};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::app_key::AppKey;
use super::error::{ConnectError, Refusal};
use super::objection::objections;
use super::outcome::{About, judge};
use super::token::InstallationToken;
use super::word;
use crate::clock::Clock;
use crate::plain;
use crate::settings::{Cloud, Environment};
use crate::transport::json;
use crate::transport::{
    API_VERSION, Announcements, Body, BodyError, Handed, Pace, Peer, Redirects, TransportError, Uploads, build,
    header_date, receive_head, retry_after,
};

/// For requests whose answer is small.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// No small answer has more bytes.
const ANSWER_CAP: u64 = 4 * 1024 * 1024;

/// A request by what it is for.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    pub(super) name: &'static str,
    pub(super) method: &'static str,
    pub(super) about: About,
}

impl std::fmt::Display for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Talks to one cloud account. Requests follow no redirect.
pub struct Client {
    pub(super) api: reqwest::Client,
    pub(super) uploads: Uploads,
    pub(super) cloud: Cloud,
    pub(super) app: AppKey,
    pub(super) read_token: Option<SecretString>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) token: Mutex<Option<InstallationToken>>,
    longest_effort: Duration,
    announcements: Announcements,
}

impl Client {
    /// Reads the credentials and prepares the client. `pace` limits the uploads, and the work before a response; nothing is connected to yet.
    ///
    /// # Errors
    /// [`ConnectError`] when a credential or a trust root is of no use.
    pub fn new(
        cloud: &Cloud,
        pace: Pace,
        environment: &Environment,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ConnectError> {
        let (private_key, _) = cloud.private_key.read(environment)?;
        let read_token = match cloud.read_token.read_token(environment) {
            Ok((token, _)) => Some(token),
            Err(crate::settings::secret::SecretError::Missing(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            api: build(&cloud.api_url, &cloud.network, Redirects::Never, environment)?,
            uploads: Uploads::build(&cloud.uploads_url, &cloud.network, pace, environment)?,
            app: AppKey::from_pem(&private_key, &cloud.client_id)?,
            cloud: cloud.clone(),
            read_token,
            clock,
            token: Mutex::default(),
            longest_effort: pace.longest_effort,
            announcements: Announcements::of(Peer::Cloud),
        })
    }

    /// Sends a request with a document. It may take as long as the bytes of the document move.
    pub(super) async fn send_document(
        &self,
        step: Step,
        request: RequestBuilder,
        handed: &Handed,
        alive: &(dyn Fn() + Sync),
    ) -> Result<Response, ConnectError> {
        let sent = self.uploads.send(Peer::Cloud, described(request), handed, alive).await;
        self.heard(step, sent)
    }

    /// Sends a request whose answer is small.
    pub(super) async fn send(&self, step: Step, request: RequestBuilder) -> Result<Response, ConnectError> {
        let (client, request) = described(request).timeout(REQUEST_TIMEOUT).build_split();
        let sent = match request {
            Ok(request) => {
                let url = request.url().clone();
                let head = client.execute(request);
                receive_head(Peer::Cloud, step.method, &url, self.longest_effort, head).await
            }
            Err(error) => Err(TransportError::new(
                Peer::Cloud,
                step.method,
                &self.cloud.api_url,
                &error,
            )),
        };
        self.heard(step, sent)
    }

    /// Reports what the headers of an answer announce.
    fn heard(&self, step: Step, sent: Result<Response, TransportError>) -> Result<Response, ConnectError> {
        let answer = sent.map_err(|source| self.unanswered(step, source.into()))?;
        self.announcements.hear(answer.headers());
        Ok(answer)
    }

    /// A request without a whole answer; it names the setting that led there.
    pub(super) fn unanswered(&self, step: Step, mut source: BodyError) -> ConnectError {
        if let BodyError::Transport(error) = &mut source {
            let api = format!("{}/", self.cloud.api_url.origin().ascii_serialization());
            let is_of_api = step.about == About::Question && error.url.starts_with(&api);
            error.url_key = if is_of_api {
                self.cloud.api_url_key
            } else {
                self.cloud.uploads_url_key
            };
        }
        ConnectError::Transport { step, source }
    }

    /// The answer as `T` if it has the wanted status.
    pub(super) async fn expect<T: DeserializeOwned>(
        &self,
        step: Step,
        status: u16,
        response: Response,
    ) -> Result<T, ConnectError> {
        if response.status().as_u16() != status {
            let refusal = self.refusal(step, &response);
            let objections = objections(step, response).await;
            return Err(ConnectError::Refused(Box::new(Refusal { objections, ..refusal })));
        }
        // The answer to an upload has no other limit of its own.
        let body = Body::new(response, Peer::Cloud, step.method, ANSWER_CAP).until(Instant::now() + REQUEST_TIMEOUT);
        let body = body.whole().await.map_err(|source| self.unanswered(step, source))?;
        json::parse(&body).map_err(|source| ConnectError::Malformed { step, source })
    }

    /// When the cloud answered, by its own clock if it tells.
    pub(super) fn told_at(&self, response: &Response) -> DateTime<Utc> {
        header_date(response.headers(), DATE).unwrap_or_else(|| self.clock.now())
    }

    pub(super) fn refusal(&self, step: Step, response: &Response) -> Refusal {
        let status = response.status().as_u16();
        let (tier, reason) = judge(step.about, status, response.headers());
        let request_id = response
            .headers()
            .get("x-github-request-id")
            .and_then(|id| word::request_id(id.to_str().ok()?));
        Refusal {
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

/// The request with what every request to the cloud says.
fn described(request: RequestBuilder) -> RequestBuilder {
    request
        .header(ACCEPT, "application/vnd.github+json")
        .header("x-github-api-version", API_VERSION)
}
