//! The numbers for the monitoring, read from the store, so that they survive a restart.
//!
//! It does not know their format: that is `observe::metrics`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::cloud_servers::Freshness;
use super::health::{Health, good_until, health};
use super::plan::{look_ahead, recorded};
use super::summary::SyncSummary;
use crate::license::ProductTotals;
use crate::observe::metrics::{self, Choice, CloudSnapshot, MetricsError, MetricsSnapshot, ServerSample};
use crate::settings::Settings;
use crate::store::{CloudRecord, Run, RunTally, State, Store, StoreError};

/// What the cloud said is left out when nobody has asked for so long, so that no alert is about servers that are watched no
/// more. A daemon that runs asks within a day, also if the cloud asks for the longest wait.
const CLOUD_LEFT_OUT_AFTER: TimeDelta = TimeDelta::hours(25);

/// Why the metrics are as they were. A reason to tell, and none to stop: the sync does not depend on being watched.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error("the metrics are stale")]
    Unknown(#[from] StoreError),
    #[error("the metrics are stale")]
    Unwritten(#[from] MetricsError),
}

/// Writes the metrics, if the settings name a file for them.
///
/// # Errors
/// [`MeasureError`]; the old file is as it was.
pub async fn publish_metrics(settings: &Settings, now: DateTime<Utc>) -> Result<(), MeasureError> {
    if let Some(path) = &settings.metrics_textfile {
        metrics::write(path, &measure(settings, now).await?)?;
    }
    Ok(())
}

/// The caller has opened the store before, so it is not checked again.
async fn measure(settings: &Settings, now: DateTime<Utc>) -> Result<MetricsSnapshot, StoreError> {
    let store = Store::reopen_existing(&settings.state_directory).await?;
    let measured = read(store.as_ref(), settings, now).await;
    if let Some(store) = store {
        store.close().await;
    }
    measured
}

async fn read(store: Option<&Store>, settings: &Settings, now: DateTime<Utc>) -> Result<MetricsSnapshot, StoreError> {
    let standing = match SyncSummary::read(store, settings).await {
        // No run in it is one of this server, and the old numbers must not pass for its own.
        Err(StoreError::OtherServer { .. }) => SyncSummary::default(),
        standing => standing?,
    };
    let tally = match store {
        Some(store) => store.tally().await?,
        None => RunTally::default(),
    };
    let outlook = look_ahead(store, settings, now).await?;
    Ok(MetricsSnapshot {
        next_window_at: outlook.map(|outlook| outlook.next_window),
        cloud: recorded(store, settings)
            .await?
            .filter(|record| (now - record.asked_at).abs() < CLOUD_LEFT_OUT_AFTER)
            .map(cloud),
        ..snapshot(settings, standing, tally, now)
    })
}

/// All but what follows from the timetable and what the cloud said.
fn snapshot(settings: &Settings, standing: SyncSummary, tally: RunTally, now: DateTime<Utc>) -> MetricsSnapshot {
    let gate_open = settings.gate.pass().is_ok();
    let (health, stale_at) = (health(gate_open, &standing, now), good_until(&standing, now));
    let (last, confirmed) = (standing.last_run.as_ref(), standing.last_confirmed.as_ref());
    let sent = confirmed.and_then(|run| run.totals);
    // While it is collected, a document is not there yet.
    let waiting = standing.outbox.filter(|run| run.state != State::Collecting);
    MetricsSnapshot {
        state_directory: settings.state_directory.display().to_string(),
        taken_at: now,
        gate_open,
        health: Choice {
            all: Health::ALL.map(Health::word).to_vec(),
            current: Some(health.word()),
        },
        run_state: Choice {
            all: State::ALL.map(State::word).to_vec(),
            current: last.map(|run| run.state.word()),
        },
        reason: last.and_then(|run| run.reason),
        last_run_started_at: last.map(|run| run.started_at),
        last_run_took: last.filter(|run| run.state.is_final()).map(duration),
        last_confirmed_at: confirmed.map(|run| run.updated_at),
        stale_at,
        users_sent: sent.map(|totals| totals.consumed),
        shared_addresses: sent.and_then(|totals| totals.shared_addresses),
        product_users: (sent.and_then(|totals| totals.products).into_iter())
            .flat_map(ProductTotals::each)
            .map(|(product, users)| (product.word(), users))
            .collect(),
        encrypted_users_sent_bytes: confirmed.and_then(|run| run.encrypted_users).map(|users| users.bytes),
        held: standing.held.is_some(),
        file_since: standing.written.and_then(|run| run.file).map(|file| file.written_at),
        outbox_since: waiting.as_ref().map(|run| run.started_at),
        next_attempt_at: waiting.and_then(|run| run.next_attempt_at),
        next_window_at: None,
        cloud: None,
        runs: tally
            .runs
            .into_iter()
            .map(|(state, count)| (state.word(), count))
            .collect(),
        attempts: vec![
            ("accepted", tally.attempts.accepted),
            ("rejected", tally.attempts.rejected),
            ("undelivered", tally.attempts.undelivered),
        ],
        reasons: tally
            .reasons
            .into_iter()
            .map(|(reason, count)| (reason.code(), count))
            .collect(),
    }
}

/// How long a finished run took; nothing when the clock was set back meanwhile.
fn duration(run: &Run) -> Duration {
    (run.updated_at - run.started_at).to_std().unwrap_or_default()
}

/// What the cloud said last.
fn cloud(record: CloudRecord) -> CloudSnapshot {
    let servers = record.servers.into_iter().map(|server| {
        let is = |freshness: Freshness| server.freshness == freshness.word();
        ServerSample {
            is_stale: is(Freshness::Stale),
            is_failed: is(Freshness::Failed),
            is_never_synced: is(Freshness::Never),
            server_id: server.server_id,
            hostname: server.hostname.unwrap_or_default(),
            synced_at: server.synced_at,
            built_in_sync: server.built_in_sync,
        }
    });
    CloudSnapshot {
        works: record.failure.is_none(),
        answered_at: record.answered_at,
        servers: servers.collect(),
    }
}
