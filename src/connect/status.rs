//! Whether the cloud processed a document that it took. Accepted is not processed.
//!
//! Asked of `license-sync-status` when there is a token that may read it, else of the upload's own `Location`.

use chrono::{DateTime, SubsecRound, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::client::{Client, REQUEST_TIMEOUT};
use super::error::ConnectError;
use super::outcome::Verdict;
use super::upload::Accepted;
use crate::settings::Account;
use crate::transport::below;

/// How far the cloud is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// Nothing final yet.
    Pending,
    /// Processed.
    Success,
    /// Not processed, and it will not be.
    Failure,
    /// There is no way to ask: no token that may read the status, and no `Location`.
    CannotAsk,
}

/// `GET /enterprises/{enterprise}/license-sync-status`. Read leniently: the published schema requires nothing.
#[derive(Deserialize)]
struct SyncStatus {
    #[serde(default)]
    server_instances: Vec<ServerInstance>,
}

#[derive(Deserialize)]
struct ServerInstance {
    server_id: Option<String>,
    last_sync: Option<LastSync>,
}

#[derive(Deserialize)]
struct LastSync {
    date: Option<String>,
    status: Option<String>,
}

/// The upload's own state, `docs/connect-api.yaml`.
#[derive(Deserialize)]
struct UploadState {
    sync_state: String,
}

impl Client {
    /// Asks once how far the cloud is with what it `accepted` from the server `server_id`.
    ///
    /// # Errors
    /// [`ConnectError`] when the question could not be asked or the answer not be understood.
    pub async fn confirmation(&self, server_id: Uuid, accepted: &Accepted) -> Result<Confirmation, ConnectError> {
        let by_status = match (&self.read_token, &self.cloud.account) {
            (Some(token), Account::Enterprise(enterprise)) => self.sync_status(token, enterprise).await.map(Some),
            _ => Ok(None),
        };
        match (by_status, &accepted.location) {
            (Ok(Some(status)), _) => Ok(status.confirmation(server_id, accepted.sent_at)),
            (Ok(None), None) => Ok(Confirmation::CannotAsk),
            // The status may not be read, now or ever: the upload itself can be asked.
            (Err(ConnectError::Refused(refusal)), Some(location)) if refusal.verdict == Verdict::Stop => {
                tracing::warn!(reason = %refusal.reason, "{refusal}; asking the upload itself instead");
                self.upload_state(location).await
            }
            (Err(error), _) => Err(error),
            (Ok(None), Some(location)) => self.upload_state(location).await,
        }
    }

    async fn sync_status(&self, token: &SecretString, enterprise: &str) -> Result<SyncStatus, ConnectError> {
        const STEP: &str = "reading the license sync status";
        let path = format!("enterprises/{enterprise}/license-sync-status");
        let url = below(&self.cloud.api_url, &path);
        let response = self
            .send(STEP, self.api.get(url).bearer_auth(token.expose_secret()))
            .await?;
        self.expect(STEP, 200, response).await
    }

    async fn upload_state(&self, location: &Url) -> Result<Confirmation, ConnectError> {
        const STEP: &str = "reading the state of the upload";
        let request = |token: &str| self.api.get(location.clone()).bearer_auth(token);
        let response = self.send_with_token(REQUEST_TIMEOUT, STEP, request).await?;
        let UploadState { sync_state } = self.expect(STEP, 200, response).await?;
        Ok(of_word(&sync_state))
    }
}

impl SyncStatus {
    fn confirmation(&self, server_id: Uuid, sent_at: DateTime<Utc>) -> Confirmation {
        let ours = |instance: &&ServerInstance| {
            instance
                .server_id
                .as_deref()
                .is_some_and(|id| Uuid::try_parse(id).is_ok_and(|id| id == server_id))
        };
        let Some(last) = self
            .server_instances
            .iter()
            .find(ours)
            .and_then(|instance| instance.last_sync.as_ref())
        else {
            return Confirmation::Pending;
        };
        let date = last.date.as_deref().and_then(|date| date.parse::<DateTime<Utc>>().ok());
        match date {
            // The status may be told in whole seconds.
            Some(date) if date >= sent_at.trunc_subsecs(0) => of_word(last.status.as_deref().unwrap_or_default()),
            _ => Confirmation::Pending,
        }
    }
}

fn of_word(word: &str) -> Confirmation {
    match word.to_ascii_lowercase().as_str() {
        "success" => Confirmation::Success,
        "failure" | "failed" | "error" => Confirmation::Failure,
        _ => Confirmation::Pending,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confirmation(status: &str) -> Confirmation {
        let status: SyncStatus = serde_json::from_str(status).unwrap();
        status.confirmation(Uuid::from_u128(0xABC), "2026-11-24T03:00:00.700Z".parse().unwrap())
    }

    fn ours(date: &str, status: &str) -> String {
        format!(
            r#"{{"server_instances":[
                {{"server_id":"deadbeef1","last_sync":{{"date":"2030-01-01T00:00:00Z","status":"success"}}}},
                {{"server_id":"00000000-0000-0000-0000-000000000ABC","last_sync":{{"date":"{date}","status":"{status}"}}}}]}}"#
        )
    }

    #[test]
    fn a_success_counts_only_for_our_server_and_from_the_upload_on() {
        assert_eq!(
            confirmation(&ours("2026-11-24T03:00:00Z", "success")),
            Confirmation::Success
        );
        assert_eq!(
            confirmation(&ours("2026-11-24T02:59:59Z", "success")),
            Confirmation::Pending
        );
        assert_eq!(
            confirmation(&ours("2026-11-24T03:00:09Z", "Failure")),
            Confirmation::Failure
        );
        assert_eq!(
            confirmation(&ours("2026-11-24T03:00:09Z", "pending")),
            Confirmation::Pending
        );
        assert_eq!(confirmation(&ours("yesterday", "success")), Confirmation::Pending);
    }

    #[test]
    fn a_status_that_does_not_name_us_yet_is_pending() {
        assert_eq!(confirmation("{}"), Confirmation::Pending);
        assert_eq!(
            confirmation(r#"{"server_instances":[{"hostname":"x"}]}"#),
            Confirmation::Pending
        );
    }
}
