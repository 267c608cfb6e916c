//! Whether the cloud processed an upload, and which servers it lists.
//!
//! The upload's own `Location` decides; accepted is not processed. `license-sync-status` names servers and dates, no
//! upload, so it is evidence of who reports and confirms nothing.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;

use super::api_call::ApiCall;
use super::client::Client;
use super::error::ConnectError;
use super::listing::Listing;
use super::outcome::About;
use super::servers;
use super::token::Authorization;
use crate::plain;
use crate::settings::LicenseOwner;
use crate::transport::below;

/// How far the cloud is with one upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// Nothing final yet.
    Pending,
    /// Processed; the time is that of the cloud's clock when it said so.
    Success(DateTime<Utc>),
    /// Not processed, and it will not be.
    Failure,
}

/// The upload's own state, `docs/connect-api.yaml`.
#[derive(Deserialize)]
struct UploadState {
    sync_state: String,
}

impl Client {
    /// The servers that the cloud lists; nothing when there is no token that may read them.
    pub async fn listing(&self) -> Result<Option<Listing>, ConnectError> {
        let (Some(token), LicenseOwner::Enterprise(enterprise)) = (&self.read_token, &self.cloud.account) else {
            return Ok(None);
        };
        let url = servers::address(&self.cloud.api_url, enterprise);
        let listing = servers::list(&self.api, About::Question, url, token, &*self.clock).await?;
        Ok(Some(listing))
    }

    /// Asks once how far the cloud is with the upload at `location`.
    ///
    /// # Errors
    /// [`ConnectError`] when the question could not be asked or the answer not be understood.
    pub async fn confirmation(
        &self,
        authorization: &Authorization,
        location: &str,
    ) -> Result<Confirmation, ConnectError> {
        const STEP: ApiCall = ApiCall {
            name: "reading the state of the upload",
            method: "GET",
            about: About::Question,
        };
        let location = self.own_location(location)?;
        let request = self.api.get(location).bearer_auth(authorization.0.expose_secret());
        let response = self.api.send(STEP, request).await?;
        self.forget_if_refused(&response).await;
        let at = self.told_at(&response);
        let UploadState { sync_state } = self.api.expect(STEP, 200, response).await?;
        Ok(match sync_state.to_ascii_lowercase().as_str() {
            "success" => Confirmation::Success(at),
            "failure" => Confirmation::Failure,
            _ => Confirmation::Pending,
        })
    }

    /// A `Location`, if our token has any business there: it is at one of the two origins of this account, and brings no
    /// credentials of its own, which would be stored.
    pub(super) fn own_location(&self, text: &str) -> Result<Url, ConnectError> {
        let base = below(&self.cloud.uploads_url, &self.cloud.upload_path);
        let url = base.join(text).map_err(|_| ConnectError::NoLocation)?;
        let ours = [self.cloud.api_url.origin(), self.cloud.uploads_url.origin()].contains(&url.origin());
        let bare = url.username().is_empty() && url.password().is_none();
        if ours && bare {
            Ok(url)
        } else {
            Err(ConnectError::ForeignLocation {
                origin: plain::shortened(&url.origin().ascii_serialization(), plain::LONGEST_URL),
            })
        }
    }
}
