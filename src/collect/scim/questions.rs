//! One question after the other, over one connection. After the first answer a limit or a failure is waited out, as far as there
//! is patience; every other failure ends the collection.

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use url::Url;

use super::super::error::CollectError;
use super::super::progress::CollectProgress;
use super::super::refusal::{Endpoint, ServerRefusal};
use super::super::session::Session;
use crate::explain::Explain;
use crate::plain;
use crate::transport::json;
use crate::transport::{
    BodyError, FailedRequest, Patience, Peer, RetryBudget, RetryDecision, TransportError, read_capped,
};

/// A whole answer has to be there within this time.
const TIMEOUT: Duration = Duration::from_secs(60);

/// No answer is larger than this, in bytes: a page of a hundred users has some hundred thousand.
const CAP: u64 = 16 * 1024 * 1024;

/// Asks the server, and counts.
pub(super) struct PageReader<'a> {
    session: &'a Session,
    progress: &'a dyn CollectProgress,
    waits: RetryBudget,
    /// There was an answer.
    is_begun: bool,
    bytes: u64,
}

/// An answer with the status 200.
pub(super) struct PageResponse {
    pub(super) headers: HeaderMap,
    pub(super) bytes: Vec<u8>,
}

impl<'a> PageReader<'a> {
    pub(super) fn of(session: &'a Session, progress: &'a dyn CollectProgress) -> Self {
        Self {
            session,
            progress,
            waits: RetryBudget::of(Patience::default()),
            is_begun: false,
            bytes: 0,
        }
    }

    /// The address of `path` (without a leading slash) on the server.
    pub(super) fn url(&self, path: &str) -> Url {
        self.session.url(path)
    }

    /// So many accounts were read.
    pub(super) fn heard(&self, accounts: u64) {
        self.progress.read(accounts, self.bytes);
    }

    /// The answer from `url`, which is called `shown` in errors: it can name a person.
    pub(super) async fn ask(
        &mut self,
        endpoint: Endpoint,
        url: &Url,
        shown: &Url,
    ) -> Result<PageResponse, CollectError> {
        let mut before = 0;
        loop {
            self.progress.asking(TIMEOUT);
            let error = match self.attempt(endpoint, url).await {
                Ok(answer) => {
                    self.is_begun = true;
                    self.bytes += answer.bytes.len() as u64;
                    return Ok(answer);
                }
                Err(error) => shown_as(error, shown),
            };
            let failure = FailedRequest {
                tier: error.tier(),
                reason: error.reason(),
                retry_after: error.retry_after(),
                is_begun: self.is_begun,
                before,
            };
            let RetryDecision::Wait(wait) = self.waits.after(failure) else {
                return Err(error);
            };
            self.progress.put_off(wait, failure.reason);
            tokio::time::sleep(wait).await;
            before += 1;
        }
    }

    async fn attempt(&self, endpoint: Endpoint, url: &Url) -> Result<PageResponse, CollectError> {
        let request = self.session.get_from_api(url).timeout(TIMEOUT);
        let answer = self.session.send(url, request).await?;
        if answer.status() != StatusCode::OK {
            return Err(ServerRefusal::of(endpoint, &answer).into());
        }
        let headers = answer.headers().clone();
        let bytes = read_capped(answer, Peer::Server, "GET", CAP).await?;
        Ok(PageResponse { headers, bytes })
    }
}

/// What an answer of JSON says.
pub(super) fn decoded<T: DeserializeOwned>(shown: &Url, bytes: &[u8]) -> Result<T, CollectError> {
    json::parse(bytes).map_err(|source| CollectError::Answer {
        url: plain::url(shown),
        source: source.into(),
    })
}

/// The same error of another address.
fn shown_as(error: CollectError, shown: &Url) -> CollectError {
    let url = plain::url(shown);
    let of_transport = |error| TransportError {
        url: url.clone(),
        ..error
    };
    match error {
        CollectError::Transport(error) => of_transport(error).into(),
        CollectError::Body(BodyError::Transport(error)) => of_transport(error).into(),
        CollectError::Body(BodyError::TooLarge { peer, cap, .. }) => BodyError::TooLarge { peer, url, cap }.into(),
        CollectError::Refused(refusal) => ServerRefusal { url, ..refusal }.into(),
        other => other,
    }
}
