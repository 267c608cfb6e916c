//! Reads which servers the cloud lists in `license-sync-status`, with the classic token.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::api::{Api, answered_at};
use super::api_call::ApiCall;
use super::error::ConnectError;
use super::listing::{Entries, Listing};
use super::outcome::About;
use crate::clock::Clock;
use crate::settings::{Environment, ReadAccess};
use crate::transport::{Pace, Redirects, below, build};

/// Reads one account's servers, without the App and while license sync may be off.
pub struct ServerReader {
    pub(super) api: Api,
    address: Url,
    pub(super) statistics_address: Url,
    pub(super) token: SecretString,
    clock: Arc<dyn Clock>,
}

/// `GET /enterprises/{enterprise}/license-sync-status`.
#[derive(Deserialize)]
struct SyncStatus {
    server_instances: Option<Entries>,
}

impl ServerReader {
    /// Reads the credentials; nothing is connected to yet.
    ///
    /// # Errors
    /// [`ConnectError`] when the token or a trust root is missing or of no use.
    pub fn new(watch: &ReadAccess, environment: &Environment, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        let (token, _) = watch.read_token.read_token(environment)?;
        let client = build(&watch.api_url, &watch.network, Redirects::Never, environment)?;
        Ok(Self {
            api: Api::of(client, &watch.api_url, [watch.api_url_key; 2], Pace::default()),
            address: address(&watch.api_url, &watch.enterprise),
            statistics_address: below(
                &watch.api_url,
                &format!("enterprise-installation/{}/server-statistics", watch.enterprise),
            ),
            token,
            clock,
        })
    }

    /// The servers that the cloud lists.
    pub async fn listing(&self) -> Result<Listing, ConnectError> {
        let address = self.address.clone();
        list(&self.api, About::ReadToken, address, &self.token, &*self.clock).await
    }
}

/// Where the cloud lists the servers of an enterprise account.
pub(super) fn address(api_url: &Url, enterprise: &str) -> Url {
    below(api_url, &format!("enterprises/{enterprise}/license-sync-status"))
}

/// Asks for the servers; `about` decides what is advised when the answer is a refusal.
pub(super) async fn list(
    api: &Api,
    about: About,
    address: Url,
    token: &SecretString,
    clock: &dyn Clock,
) -> Result<Listing, ConnectError> {
    let step = ApiCall {
        name: "reading the license sync status",
        method: "GET",
        about,
    };
    let request = api.get(address).bearer_auth(token.expose_secret());
    let response = api.send(step, request).await?;
    let at = answered_at(&response, clock);
    let status: SyncStatus = api.expect(step, 200, response).await?;
    Ok(Listing::of_entries(status.server_instances.unwrap_or_default(), at))
}
