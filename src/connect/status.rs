//! Whether the cloud processed an upload, and which servers it lists.
//!
//! The upload's own `Location` decides; accepted is not processed. `license-sync-status` names servers and dates, no
//! upload, so it is evidence of who reports and confirms nothing.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::client::{Client, Step};
use super::error::ConnectError;
use super::outcome::About;
use super::token::Authorization;
use crate::plain;
use crate::settings::Account;
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

/// One server as the cloud lists it. Read leniently: the published schema requires nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedServer {
    /// A UUID as a rule, but any word is possible.
    pub id: String,
    pub hostname: Option<String>,
    /// When the cloud last processed a sync of it.
    pub synced_at: Option<DateTime<Utc>>,
    /// The last sync failed.
    pub failed: bool,
}

/// What the cloud lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// When it said so, by its own clock.
    pub at: DateTime<Utc>,
    pub servers: Vec<ListedServer>,
}

/// `GET /enterprises/{enterprise}/license-sync-status`.
#[derive(Deserialize)]
struct SyncStatus {
    #[serde(default)]
    server_instances: Vec<ServerInstance>,
}

#[derive(Deserialize)]
struct ServerInstance {
    server_id: Option<String>,
    hostname: Option<String>,
    last_sync: Option<LastSync>,
}

#[derive(Default, Deserialize)]
struct LastSync {
    date: Option<String>,
    status: Option<String>,
}

/// No host has a longer name, and no ID is longer.
const LONGEST_HOSTNAME: usize = 253;

/// The upload's own state, `docs/connect-api.yaml`.
#[derive(Deserialize)]
struct UploadState {
    sync_state: String,
}

impl Client {
    /// The servers that the cloud lists; nothing when there is no token that may read them.
    ///
    /// # Errors
    /// [`ConnectError`] when they could not be read.
    pub async fn listing(&self) -> Result<Option<Listing>, ConnectError> {
        const STEP: Step = Step {
            name: "reading the license sync status",
            method: "GET",
            about: About::Question,
        };
        let (Some(token), Account::Enterprise(enterprise)) = (&self.read_token, &self.cloud.account) else {
            return Ok(None);
        };
        let path = format!("enterprises/{enterprise}/license-sync-status");
        let url = below(&self.cloud.api_url, &path);
        let response = self
            .send(STEP, self.api.get(url).bearer_auth(token.expose_secret()))
            .await?;
        let at = self.told_at(&response);
        let status: SyncStatus = self.expect(STEP, 200, response).await?;
        let servers = status.listed();
        Ok(Some(Listing { at, servers }))
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
        const STEP: Step = Step {
            name: "reading the state of the upload",
            method: "GET",
            about: About::Question,
        };
        let location = self.own_location(location)?;
        let request = self.api.get(location).bearer_auth(authorization.0.expose_secret());
        let response = self.send(STEP, request).await?;
        self.forget_if_refused(&response).await;
        let at = self.told_at(&response);
        let UploadState { sync_state } = self.expect(STEP, 200, response).await?;
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
                host: url.host_str().unwrap_or_default().to_owned(),
            })
        }
    }
}

impl Listing {
    /// The server with this ID, if it is listed.
    #[must_use]
    pub fn of(&self, id: Uuid) -> Option<&ListedServer> {
        self.servers.iter().find(|server| server.is(id))
    }
}

impl ListedServer {
    /// Whether it has this ID.
    #[must_use]
    pub fn is(&self, id: Uuid) -> bool {
        Uuid::try_parse(&self.id).is_ok_and(|listed| listed == id)
    }
}

impl SyncStatus {
    fn listed(self) -> Vec<ListedServer> {
        let listed = |instance: ServerInstance| {
            let last = instance.last_sync.unwrap_or_default();
            Some(ListedServer {
                id: name(instance.server_id?)?,
                hostname: instance.hostname.and_then(name),
                synced_at: last.date.and_then(|date| date.parse().ok()),
                failed: last.status.is_some_and(|status| status.eq_ignore_ascii_case("failure")),
            })
        };
        self.server_instances.into_iter().filter_map(listed).collect()
    }
}

/// A name, as far as it can be one: it is shown to people and comes from elsewhere.
#[expect(clippy::needless_pass_by_value, reason = "it is taken out of an answer")]
fn name(text: String) -> Option<String> {
    let name = plain::masked(&text, LONGEST_HOSTNAME);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(json: &str) -> Vec<ListedServer> {
        serde_json::from_str::<SyncStatus>(json).unwrap().listed()
    }

    #[test]
    fn whatever_is_missing_is_left_out() {
        assert_eq!(listed("{}"), []);
        let odd = r#"{"server_instances":[{"hostname":"x"},{"server_id":"deadbeef1","hostname":"","last_sync":{"date":"yesterday"}}]}"#;
        let expected = ListedServer {
            id: "deadbeef1".to_owned(),
            hostname: None,
            synced_at: None,
            failed: false,
        };
        assert_eq!(listed(odd), [expected]);
    }

    #[test]
    fn a_name_steers_no_terminal_and_is_cut_off() {
        let long = format!(r#"{{"server_instances":[{{"server_id":"a\n{}"}}]}}"#, "b".repeat(1000));
        let id = listed(&long).remove(0).id;
        assert_eq!(
            (id.len(), id.contains('\n')),
            (LONGEST_HOSTNAME + '…'.len_utf8(), false)
        );
    }
}
