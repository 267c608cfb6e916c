//! What `status --cloud` adds: the servers of the account, as the cloud lists them.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::licenses_failure::ReportFailure;
use super::undone::Undone;
use super::{GlobalOptions, session, words};
use crate::clock::SystemClock;
use crate::connect::{BuiltInSync, ServerReader};
use crate::plain;
use crate::reason::Exit;
use crate::settings::{Settings, Sources};
use crate::store::StoreError;
use crate::sync::{self, CloudAnswers, CloudServer, CloudServers, Freshness, OursBy};

/// The servers of the account, as the cloud lists them.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct CloudStatus {
    enterprise: String,
    /// The address of the cloud's API.
    api_url: String,
    #[serde(flatten)]
    listed: CloudServers,
}

/// The question to the cloud, with all that it takes.
pub(super) struct CloudStatusQuery {
    reader: ServerReader,
    enterprise: String,
    api_url: String,
}

impl CloudStatusQuery {
    /// Reads the credentials; connects to nothing.
    pub(super) fn prepare(settings: &Settings, sources: &Sources) -> Result<Self, ReportFailure> {
        let watch = settings.watch()?;
        Ok(Self {
            reader: ServerReader::new(watch, &sources.environment, Arc::new(SystemClock))?,
            enterprise: watch.enterprise.clone(),
            api_url: watch.api_url.to_string(),
        })
    }

    pub(super) async fn ask(&self) -> Result<CloudAnswers, ReportFailure> {
        Ok(sync::ask_cloud(&self.reader).await?)
    }

    pub(super) async fn judge(&self, settings: &Settings, answers: &CloudAnswers) -> Result<CloudStatus, StoreError> {
        Ok(CloudStatus {
            enterprise: self.enterprise.clone(),
            api_url: self.api_url.clone(),
            listed: sync::cloud_servers(settings, answers).await?,
        })
    }
}

/// Reports why the cloud's list was not read.
pub(super) fn fail(error: ReportFailure, options: &GlobalOptions, sources: &Sources) -> Exit {
    let error = Undone::because("the license sync status of the servers is not known")(error);
    session::fail(&error, options, &sources.environment)
}

impl CloudStatus {
    /// When the cloud answered, by its clock.
    pub(super) fn at(&self) -> DateTime<Utc> {
        self.listed.answered_at
    }

    /// Whether a server is stale or failed.
    pub(super) fn is_alarming(&self) -> bool {
        self.listed.is_alarming()
    }

    /// For people: what was asked, and a line a server.
    pub(super) fn lines(&self) -> Vec<String> {
        let CloudServers {
            answered_at,
            servers,
            unnamed,
            statistics_error,
        } = &self.listed;
        let mut lines = vec![format!(
            "{} of the enterprise {} at {}, {}",
            words::counted(servers.len() as u64, "server", "servers"),
            self.enterprise,
            self.api_url,
            words::time(*answered_at)
        )];
        lines.extend(servers.iter().map(server));
        if *unnamed > 0 {
            let entries = words::counted(*unnamed as u64, "entry names", "entries name");
            lines.push(format!("note: {entries} no server and cannot be read"));
        }
        if let Some(error) = statistics_error {
            lines.push(format!(
                "note: it is not known whether the built-in license sync is on: {error}"
            ));
        }
        lines
    }
}

fn server(server: &CloudServer) -> String {
    let mut text = format!(
        "{:<8} {} ({}), {}",
        server.freshness.word(),
        server.hostname.as_deref().unwrap_or("no host name"),
        server.server_id,
        last_sync(server)
    );
    if let Some(ours) = server.ours_by {
        text.push_str(match ours {
            OursBy::ServerId => "; ours by server ID",
            OursBy::Hostname => "; ours by host name",
        });
    }
    if let Some(BuiltInSync { is_on, as_of }) = &server.built_in_sync {
        let state = if *is_on { "on" } else { "off" };
        text.push_str(&format!(
            "; built-in license sync {state}, as of {}",
            words::time(*as_of)
        ));
    }
    let is_plain = |status: &String| {
        ["success", "failure"]
            .iter()
            .any(|word| status.eq_ignore_ascii_case(word))
    };
    if let Some(status) = server.status.as_ref().filter(|status| !is_plain(status)) {
        text.push_str(&format!("; the cloud calls it `{status}`"));
    }
    if let Some(error) = &server.error {
        text.push_str(&format!("; the cloud says: {error}"));
    }
    if !server.unreadable.is_empty() {
        text.push_str(&format!("; cannot be read: {}", server.unreadable.join(", ")));
    }
    text
}

/// When the last sync was, and how long ago by the cloud's clock.
fn last_sync(server: &CloudServer) -> String {
    match (server.synced_at, server.age_seconds) {
        (Some(at), Some(age)) if server.freshness == Freshness::Unknown && age == 0 => {
            format!("last sync at {}, which is not past at the cloud", words::time(at))
        }
        (Some(at), Some(age)) => {
            let age = plain::duration(Duration::from_secs(age));
            format!("last sync at {}, {age} ago", words::time(at))
        }
        _ if server.freshness == Freshness::Never => "no sync yet".to_owned(),
        _ => "last sync at an unknown time".to_owned(),
    }
}
