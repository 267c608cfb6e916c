//! Installation tokens: valid for one hour, kept in memory only, replaced before they expire.

use chrono::{DateTime, Duration, Utc};
use reqwest::Response;
use reqwest::header::DATE;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::api_call::ApiCall;
use super::client::{Client, InstallationToken};
use super::error::ConnectError;
use super::outcome::About;
use super::wire_text;
use crate::plain;
use crate::transport::{BodyError, Peer, below, header_date, read_capped};

const STEP: ApiCall = ApiCall {
    name: "asking for an installation token",
    method: "POST",
    about: About::Question,
};

/// A token is replaced when less than this is left of it.
const REFRESH_BEFORE: Duration = Duration::minutes(5);

/// A clock that is off by more than this explains a refused token.
const TOLERATED_SKEW: Duration = Duration::seconds(60);

/// No message of an error has more bytes.
const MESSAGE_CAP: u64 = 64 * 1024;

/// At most so many bytes of a message are shown.
const LONGEST_SHOWN: usize = 200;

/// What lets the next request through.
pub struct Authorization(pub(super) SecretString);

#[derive(Deserialize)]
struct TokenResponse {
    #[serde(deserialize_with = "wire_text::token")]
    token: SecretString,
    expires_at: DateTime<Utc>,
}

impl Client {
    /// A token that is good for some minutes more: the one in memory, or a new one.
    ///
    /// # Errors
    /// [`ConnectError`] when the cloud gives none.
    pub async fn authorize(&self) -> Result<Authorization, ConnectError> {
        let mut cached = self.token.lock().await;
        let now = self.clock.now();
        // The cloud may name any time, so nothing is subtracted from it.
        if let Some(token) = cached.as_ref().filter(|token| token.expires_at > now + REFRESH_BEFORE) {
            return Ok(Authorization(token.secret.clone()));
        }
        let TokenResponse { token, expires_at } = self.request_token(now).await?;
        *cached = Some(InstallationToken {
            secret: token.clone(),
            expires_at,
        });
        Ok(Authorization(token))
    }

    /// A token that was refused is not used again: the caller may repeat the request with a fresh one, once it has asked
    /// the gate.
    pub(super) async fn forget_if_refused(&self, response: &Response) {
        if response.status().as_u16() == 401 {
            *self.token.lock().await = None;
        }
    }

    async fn request_token(&self, now: DateTime<Utc>) -> Result<TokenResponse, ConnectError> {
        let path = format!("app/installations/{}/access_tokens", self.app.installation_id);
        let url = below(&self.cloud.api_url, &path);
        let jwt = self.app_key.token(now)?;
        let response = self
            .api
            .send(STEP, self.api.post(url).bearer_auth(jwt.expose_secret()))
            .await?;
        match response.status().as_u16() {
            401 => Err(self.app_refused(response).await),
            404 => Err(self.unknown_app_or_installation().await),
            _ => self.api.expect(STEP, 201, response).await,
        }
    }

    /// A refused App token: because of the clock, if the cloud's differs; else because of what the cloud says.
    async fn app_refused(&self, response: Response) -> ConnectError {
        let ahead = header_date(response.headers(), DATE)
            .map(|theirs| self.clock.now() - theirs)
            .unwrap_or_default();
        if ahead.abs() > TOLERATED_SKEW {
            let off = std::time::Duration::from_secs(ahead.num_seconds().unsigned_abs());
            return ConnectError::ClockSkew {
                step: STEP,
                off,
                ahead: ahead > Duration::zero(),
            };
        }
        let client_id = self.app.client_id.clone();
        match read_capped(response, Peer::Cloud, STEP.method, MESSAGE_CAP).await {
            // A page of somebody else's; that the token was refused is certain all the same.
            Err(BodyError::TooLarge { .. }) => ConnectError::AppRefused {
                client_id,
                said: message_of(&[]),
            },
            Err(source) => self.api.unanswered(STEP, source),
            Ok(body) => match message_of(&body) {
                said if said.contains("'iss'") => ConnectError::UnknownApp { client_id },
                said => ConnectError::AppRefused { client_id, said },
            },
        }
    }

    /// Not found: asks the cloud whether it knows the App at all.
    async fn unknown_app_or_installation(&self) -> ConnectError {
        let client_id = self.app.client_id.clone();
        match self.app_is_known().await {
            Ok(true) => ConnectError::UnknownInstallation {
                client_id,
                installation_id: self.app.installation_id.get(),
            },
            Ok(false) => ConnectError::UnknownApp { client_id },
            Err(error) => error,
        }
    }

    async fn app_is_known(&self) -> Result<bool, ConnectError> {
        const STEP: ApiCall = ApiCall {
            name: "asking which App the key belongs to",
            method: "GET",
            about: About::Question,
        };
        let url = below(&self.cloud.api_url, "app");
        let jwt = self.app_key.token(self.clock.now())?;
        let response = self
            .api
            .send(STEP, self.api.get(url).bearer_auth(jwt.expose_secret()))
            .await?;
        match response.status().as_u16() {
            200 => Ok(true),
            401 | 404 => Ok(false),
            _ => Err(ConnectError::Refused(Box::new(self.api.refusal(STEP, &response)))),
        }
    }
}

/// GitHub's message in an error's body. Nothing about a person was sent with the request; a cloud that remembers what was
/// sent before still shows no address.
fn message_of(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Problem {
        message: String,
    }
    let message =
        serde_json::from_slice(body).map_or_else(|_| "no reason given".to_owned(), |problem: Problem| problem.message);
    plain::masked(&message, LONGEST_SHOWN)
}
