//! Whether the cloud processed a document that it took. Accepted is not processed.
//!
//! Asked of `license-sync-status` when there is a token that may read it, else of the upload's own `Location`.

use chrono::{DateTime, SubsecRound, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;
use uuid::Uuid;

use super::client::{Client, REQUEST_TIMEOUT, Step};
use super::error::ConnectError;
use super::outcome::{About, Verdict};
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
    /// Another host, so called, reported under our server ID since.
    OtherHost(String),
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
    hostname: Option<String>,
    last_sync: Option<LastSync>,
}

#[derive(Deserialize)]
struct LastSync {
    date: Option<String>,
    status: Option<String>,
}

/// No host has a longer name.
const LONGEST_HOSTNAME: usize = 253;

/// The upload's own state, `docs/connect-api.yaml`.
#[derive(Deserialize)]
struct UploadState {
    sync_state: String,
}

/// What the cloud last heard under our server ID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastHeard {
    pub hostname: Option<String>,
    pub at: DateTime<Utc>,
}

/// This server as the cloud knows it.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    pub server_id: Uuid,
    pub hostname: &'a str,
}

impl Client {
    /// What the cloud last heard under `server_id`; nothing when it never did, or when there is no token to ask with.
    ///
    /// # Errors
    /// [`ConnectError`] when the question could not be asked or the answer not be understood.
    pub async fn last_heard(&self, server_id: Uuid) -> Result<Option<LastHeard>, ConnectError> {
        let (Some(token), Account::Enterprise(enterprise)) = (&self.read_token, &self.cloud.account) else {
            return Ok(None);
        };
        let status = self.sync_status(token, enterprise).await?;
        Ok(status.last_heard(server_id))
    }

    /// Asks once how far the cloud is with what it `accepted` from this server.
    ///
    /// # Errors
    /// [`ConnectError`] when the question could not be asked or the answer not be understood.
    pub async fn confirmation(&self, us: Identity<'_>, accepted: &Accepted) -> Result<Confirmation, ConnectError> {
        let by_status = match (&self.read_token, &self.cloud.account) {
            (Some(token), Account::Enterprise(enterprise)) => self.sync_status(token, enterprise).await.map(Some),
            _ => Ok(None),
        };
        match (by_status, &accepted.location) {
            (Ok(Some(status)), _) => Ok(status.confirmation(us, accepted.sent_at)),
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
        const STEP: Step = Step {
            name: "reading the license sync status",
            method: "GET",
            about: About::Question,
        };
        let path = format!("enterprises/{enterprise}/license-sync-status");
        let url = below(&self.cloud.api_url, &path);
        let response = self
            .send(STEP, self.api.get(url).bearer_auth(token.expose_secret()))
            .await?;
        self.expect(STEP, 200, response).await
    }

    async fn upload_state(&self, location: &Url) -> Result<Confirmation, ConnectError> {
        const STEP: Step = Step {
            name: "reading the state of the upload",
            method: "GET",
            about: About::Question,
        };
        let request = |token: &str| self.api.get(location.clone()).bearer_auth(token);
        let response = self.send_with_token(REQUEST_TIMEOUT, STEP, request).await?;
        let UploadState { sync_state } = self.expect(STEP, 200, response).await?;
        Ok(of_word(&sync_state))
    }
}

impl SyncStatus {
    fn instance(&self, server_id: Uuid) -> Option<&ServerInstance> {
        let is_ours = |id: &str| Uuid::try_parse(id).is_ok_and(|id| id == server_id);
        (self.server_instances.iter()).find(|instance| instance.server_id.as_deref().is_some_and(is_ours))
    }

    fn last_heard(&self, server_id: Uuid) -> Option<LastHeard> {
        let instance = self.instance(server_id)?;
        Some(LastHeard {
            hostname: instance.hostname(),
            at: instance.last_sync.as_ref()?.at()?,
        })
    }

    fn confirmation(&self, us: Identity<'_>, sent_at: DateTime<Utc>) -> Confirmation {
        let instance = self.instance(us.server_id);
        let Some((instance, last)) = instance.and_then(|instance| Some((instance, instance.last_sync.as_ref()?)))
        else {
            return Confirmation::Pending;
        };
        match last.at() {
            // The status may be told in whole seconds.
            Some(at) if at >= sent_at.trunc_subsecs(0) => match instance.hostname() {
                Some(other) if !other.eq_ignore_ascii_case(us.hostname) => Confirmation::OtherHost(other),
                _ => of_word(last.status.as_deref().unwrap_or_default()),
            },
            _ => Confirmation::Pending,
        }
    }
}

impl ServerInstance {
    /// The name, as far as it can be one: it is shown to people and comes from elsewhere.
    fn hostname(&self) -> Option<String> {
        let name: String = self
            .hostname
            .as_deref()?
            .escape_debug()
            .take(LONGEST_HOSTNAME)
            .collect();
        (!name.is_empty()).then_some(name)
    }
}

impl LastSync {
    fn at(&self) -> Option<DateTime<Utc>> {
        self.date.as_deref()?.parse().ok()
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
        let us = Identity {
            server_id: Uuid::from_u128(0xABC),
            hostname: "github.example.com",
        };
        status.confirmation(us, "2026-11-24T03:00:00.700Z".parse().unwrap())
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
    fn a_later_sync_of_another_host_is_no_confirmation() {
        let named = |hostname: &str, date: &str| {
            let status = ours(date, "success");
            confirmation(&status.replacen(
                r#""server_id":"00000000"#,
                &format!(r#""hostname":"{hostname}","server_id":"00000000"#),
                1,
            ))
        };
        let (before, after) = ("2026-11-24T02:00:00Z", "2026-11-24T03:00:09Z");
        assert_eq!(named("GitHub.example.com", after), Confirmation::Success);
        assert_eq!(named("", after), Confirmation::Success, "it does not say");
        assert_eq!(
            named("clone.example.com", after),
            Confirmation::OtherHost("clone.example.com".to_owned())
        );
        assert_eq!(named("clone.example.com", before), Confirmation::Pending);
        let Confirmation::OtherHost(name) = named(&format!("a\\n{}", "b".repeat(1000)), after) else {
            panic!("it is another host")
        };
        assert_eq!((name.len(), name.contains('\n')), (LONGEST_HOSTNAME, false));
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
