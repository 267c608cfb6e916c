//! One collection's way to the server: the HTTP client and the token. It knows no endpoint.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, DATE, HeaderMap, HeaderValue};
use reqwest::{Client, RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::CollectError;
use crate::plain;
use crate::settings::{Environment, Server, Source};
use crate::transport::{self, API_VERSION, Announcements, Pace, Peer, Redirects, TransportError, header_date};

/// What every request of a collection has in common.
pub(super) struct Session {
    client: Client,
    base: Url,
    token: SecretString,
    /// The most work that the server may cause before it answers.
    longest_effort: Duration,
    /// The latest time that the server reported.
    told: Mutex<Option<DateTime<Utc>>>,
    announcements: Announcements,
}

impl Session {
    /// Reads the token and builds the client; nothing is connected to yet.
    pub(super) fn open(server: &Server, pace: Pace, environment: &Environment) -> Result<Self, CollectError> {
        let (token, _) = server
            .token
            .read_classic_token(environment)
            .map_err(CollectError::Token)?;
        let (url, network) = (&server.url, &server.network);
        let client = match &server.source {
            // Thousands of pages, one after the other.
            Source::Scim(_) => transport::build_kept(url, network, environment),
            Source::Report(_) | Source::File(_) | Source::Input | Source::Command(_) | Source::LicenseFile(_) => {
                transport::build(url, network, Redirects::SameOrigin, environment)
            }
        };
        let client = client.map_err(|source| CollectError::Client {
            url: plain::url(url),
            source,
        })?;
        Ok(Self {
            client,
            base: server.url.clone(),
            token,
            longest_effort: pace.longest_effort,
            told: Mutex::default(),
            announcements: Announcements::of(Peer::Server),
        })
    }

    /// The address of `path` (without a leading slash) on the server.
    pub(super) fn url(&self, path: &str) -> Url {
        transport::below(&self.base, path)
    }

    /// A request to the REST API.
    pub(super) fn get_from_api(&self, url: &Url) -> RequestBuilder {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        headers.insert("x-github-api-version", HeaderValue::from_static(API_VERSION));
        self.client
            .get(url.clone())
            .headers(headers)
            .bearer_auth(self.token.expose_secret())
    }

    /// A request to a page that takes a user name and the token instead of a password.
    pub(super) fn get_as_user(&self, url: &Url, username: &str) -> RequestBuilder {
        self.client
            .get(url.clone())
            .header(ACCEPT, HeaderValue::from_static("text/csv"))
            .basic_auth(username, Some(self.token.expose_secret()))
    }

    /// Sends a request to `url` and waits for the head of the answer.
    pub(super) async fn send(&self, url: &Url, request: RequestBuilder) -> Result<Response, TransportError> {
        let head = request.send();
        let answer = transport::receive_head(Peer::Server, "GET", url, self.longest_effort, head).await?;
        self.announcements.hear(answer.headers());
        let mut told = self.told();
        *told = (*told).max(header_date(answer.headers(), DATE));
        Ok(answer)
    }

    /// The latest time that the server reported, by its own clock.
    pub(super) fn now(&self) -> Option<DateTime<Utc>> {
        *self.told()
    }

    fn told(&self) -> MutexGuard<'_, Option<DateTime<Utc>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
