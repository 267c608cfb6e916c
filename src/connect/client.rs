//! The Connect client: what it holds, and how it sends a document.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::{RequestBuilder, Response};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::api::{Api, answered_at, described};
use super::api_call::ApiCall;
use super::app_key::AppKey;
use super::error::ConnectError;
use crate::clock::Clock;
use crate::settings::secret::SecretError;
use crate::settings::{App, Cloud, Environment, LicenseOwner};
use crate::transport::{Handed, Pace, Peer, Redirects, Uploads, build};

/// Talks to one cloud account. Requests follow no redirect.
pub struct Client {
    pub(super) api: Api,
    pub(super) uploads: Uploads,
    pub(super) cloud: Cloud,
    pub(super) app: App,
    pub(super) app_key: AppKey,
    pub(super) read_token: Option<SecretString>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) token: Mutex<Option<InstallationToken>>,
}

/// A token and how long it is good for.
pub(super) struct InstallationToken {
    pub(super) secret: SecretString,
    pub(super) expires_at: DateTime<Utc>,
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
        let app = cloud.app.as_ref().ok_or(ConnectError::NoApp)?;
        let (private_key, _) = app.private_key.read(environment)?;
        let read_token = match (&cloud.account, cloud.read_token.read_token(environment)) {
            // Nothing that it could read is there.
            (LicenseOwner::Organization(_), _) | (_, Err(SecretError::Missing(_))) => None,
            (_, Ok((token, _))) => Some(token),
            (_, Err(error)) => return Err(error.into()),
        };
        Ok(Self {
            api: Api::of(
                build(&cloud.api_url, &cloud.network, Redirects::Never, environment)?,
                &cloud.api_url,
                [cloud.api_url_key, cloud.uploads_url_key],
                pace,
            ),
            uploads: Uploads::build(&cloud.uploads_url, &cloud.network, pace, environment)?,
            app_key: AppKey::from_pem(&private_key, &app.client_id)?,
            app: app.clone(),
            cloud: cloud.clone(),
            read_token,
            clock,
            token: Mutex::default(),
        })
    }

    /// Sends a request with a document. It may take as long as the bytes of the document move.
    pub(super) async fn send_document(
        &self,
        step: ApiCall,
        request: RequestBuilder,
        handed: &Handed,
        alive: &(dyn Fn() + Sync),
    ) -> Result<Response, ConnectError> {
        let sent = self.uploads.send(Peer::Cloud, described(request), handed, alive).await;
        self.api.heard(step, sent)
    }

    /// When the cloud answered, by its own clock if it reports that.
    pub(super) fn told_at(&self, response: &Response) -> DateTime<Utc> {
        answered_at(response, &*self.clock)
    }
}
