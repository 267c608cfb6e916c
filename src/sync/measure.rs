//! The numbers for the monitoring, read from the store, so that they survive a restart.
//!
//! It does not know how they are written down: that is `observe::metrics`.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::health::{Health, health};
use super::timetable::timetable;
use crate::observe::metrics::{self, Choice, MetricsError, Snapshot};
use crate::settings::Settings;
use crate::store::{Run, State, Store, StoreError, Tally};

/// Why the metrics are as they were. A reason to tell, and none to stop: the sync does not depend on being watched.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    #[error("the monitoring sees old numbers")]
    Unknown(#[from] StoreError),
    #[error("the monitoring sees old numbers")]
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

async fn measure(settings: &Settings, now: DateTime<Utc>) -> Result<Snapshot, StoreError> {
    let found = match Store::open_existing(&settings.state_directory).await? {
        None => Found::default(),
        Some(store) => {
            let found = Found::read(&store).await;
            store.close().await;
            found?
        }
    };
    let timetable = timetable(settings, now).await?;
    Ok(Snapshot {
        next_window_at: timetable.and_then(|timetable| timetable.next_runs(now, 1).pop()),
        ..found.snapshot(settings, now)
    })
}

/// What the store knows.
#[derive(Default)]
struct Found {
    last: Option<Run>,
    last_confirmed: Option<Run>,
    unfinished: Option<Run>,
    tally: Tally,
}

impl Found {
    async fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            last: store.runs(1).await?.pop(),
            last_confirmed: store.last_confirmed().await?,
            unfinished: store.unfinished().await?,
            tally: store.tally().await?,
        })
    }

    /// All but what follows from the timetable.
    fn snapshot(self, settings: &Settings, now: DateTime<Utc>) -> Snapshot {
        let gate_open = settings.gate.pass().is_ok();
        let health = health(gate_open, self.last.as_ref(), self.last_confirmed.as_ref(), now);
        let last = self.last.as_ref();
        // While it is collected, a document is not there yet.
        let waiting = self.unfinished.filter(|run| run.state != State::Collecting);
        Snapshot {
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
            last_confirmed_at: self.last_confirmed.as_ref().map(|run| run.updated_at),
            users_sent: self
                .last_confirmed
                .and_then(|run| run.totals)
                .map(|totals| totals.consumed),
            held: last.is_some_and(|run| run.state == State::Held),
            outbox_since: waiting.as_ref().map(|run| run.started_at),
            next_attempt_at: waiting.and_then(|run| run.next_attempt_at),
            next_window_at: None,
            runs: self
                .tally
                .runs
                .into_iter()
                .map(|(state, count)| (state.word(), count))
                .collect(),
            attempts: vec![
                ("accepted", self.tally.attempts.accepted),
                ("rejected", self.tally.attempts.rejected),
                ("undelivered", self.tally.attempts.undelivered),
            ],
            reasons: self
                .tally
                .reasons
                .into_iter()
                .map(|(reason, count)| (reason.code(), count))
                .collect(),
        }
    }
}

/// How long a run that is through took; nothing when the clock was set back meanwhile.
fn duration(run: &Run) -> Duration {
    (run.updated_at - run.started_at).to_std().unwrap_or_default()
}
