//! Reads the license sync status of every server of the account, and which of them is ours. It needs only Connect,
//! sends nothing and changes nothing.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use super::cloud_servers::{CloudAnswers, CloudServers, OwnServer};
use super::destination::{hostname, server_id};
use super::timetable::timetable_of;
use crate::connect::{ConnectError, ServerReader};
use crate::explain::chain;
use crate::settings::Settings;
use crate::store::{Installation, Store, StoreError};

/// The statistics are waited for no longer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the cloud for its list and for what the servers report about themselves. Without the latter the list stands alone.
pub async fn ask_cloud(reader: &ServerReader) -> Result<CloudAnswers, ConnectError> {
    let listing = reader.listing().await?;
    let statistics = match timeout(PATIENCE, reader.statistics()).await {
        Ok(answer) => answer.map_err(|error| chain(&error)),
        Err(_) => Err("no answer came in time".to_owned()),
    };
    Ok(CloudAnswers { listing, statistics })
}

/// Judges what the cloud lists, with what the store of these settings knows of this server, if there is one.
pub async fn cloud_servers(settings: &Settings, answers: &CloudAnswers) -> Result<CloudServers, StoreError> {
    let store = Store::open_existing(&settings.state_directory).await?;
    let known = match &store {
        Some(store) => store.known_installation().await,
        None => Ok(None),
    };
    if let Some(store) = store {
        store.close().await;
    }
    Ok(judge(settings, answers, known?))
}

/// The same with what is known of this server.
pub(super) fn judge(settings: &Settings, answers: &CloudAnswers, known: Option<Installation>) -> CloudServers {
    CloudServers::of(answers, &us(settings, known, answers.listing.at))
}

/// This server by its settings and its store. While license sync is off it reports by no timetable of ours.
fn us(settings: &Settings, known: Option<Installation>, now: DateTime<Utc>) -> OwnServer {
    let Ok(link) = settings.gate.pass() else {
        return OwnServer {
            id: settings.server_id().or(known.and_then(|known| known.frozen_under)),
            hostname: settings.server_hostname(),
            timetable: None,
        };
    };
    let installation = known.unwrap_or(Installation {
        frozen_under: None,
        bound_to: None,
        enabled_at: now,
    });
    OwnServer {
        id: Some(server_id(link, known)),
        hostname: Some(hostname(link).to_owned()),
        timetable: Some(timetable_of(link, installation)),
    }
}
