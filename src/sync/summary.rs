//! The current situation: the relevant runs of one destination in the store, and which process works on them.

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::destination::destination;
use super::timetable::next_due;
use crate::settings::{Link, Settings};
use crate::store::{
    self, Daemon, Destination, HoldAction, Holder, Installation, Pruned, Run, State, Store, StoreError,
};

/// So many runs are read to tell what happened last.
const LOOK_BACK: u32 = 50;

/// The runs that say how the sync is doing.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct SyncSummary {
    /// The process that has the state directory now.
    pub running: Option<Holder>,
    /// The daemon of the state directory.
    #[serde(skip)]
    pub daemon: Option<Daemon>,
    /// The destination in force; while the gate is closed, that of the newest run.
    pub destination: Option<Destination>,
    /// The newest run for it.
    pub last_run: Option<Run>,
    pub last_confirmed: Option<Run>,
    /// A run whose document a person has to look at. If it is for another destination, the next run discards it.
    pub held: Option<Run>,
    /// A run whose document is in a file, which a person has to upload.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Run>,
    /// A run that has not finished: collecting, frozen, sending or accepted. If it is for another destination, the next run
    /// discards it.
    pub outbox: Option<Run>,
    /// What was deleted of the history because it was too old.
    pub pruned: Option<Pruned>,
    /// The server ID that something was sent for; the store serves no other.
    #[serde(skip)]
    pub bound_to: Option<Uuid>,
    /// The newest runs for the destination, the one that changed last first.
    #[serde(skip)]
    pub recent: Vec<Run>,
    /// When the window is due that follows the one that the last confirmed run serves, while the gate is open.
    #[serde(skip)]
    pub next_due: Option<DateTime<Utc>>,
}

impl SyncSummary {
    /// Whether a run is for the destination in force.
    pub fn is_in_force(&self, run: &Run) -> bool {
        self.destination.as_ref() == Some(&run.destination)
    }

    /// Whether a run stopped in the middle and nobody works on it: its process was killed, or was asked to stop. One that a
    /// person approved and that waits for its first attempt did not.
    pub fn is_interrupted(&self, run: &Run) -> bool {
        run.state.is_under_way() && self.running.is_none() && run.reason.is_none() && !is_released(run)
    }

    /// What the store of these settings knows, if there is one.
    pub async fn of(settings: &Settings) -> Result<Self, StoreError> {
        let store = Store::open_existing(&settings.state_directory).await?;
        let standing = Self::read(store.as_ref(), settings).await;
        if let Some(store) = store {
            store.close().await;
        }
        standing
    }

    /// The same from an open store.
    pub async fn read(store: Option<&Store>, settings: &Settings) -> Result<Self, StoreError> {
        let link = settings.gate.pass().ok();
        let Some(store) = store else {
            return Ok(Self {
                // The first sync takes the directory before it makes the store.
                running: store::holder(&settings.state_directory)?,
                daemon: store::daemon(&settings.state_directory),
                destination: link.map(|link| destination(link, None)),
                ..Self::default()
            });
        };
        // A run can begin or end while this reads. It is not interrupted unless no process has it before and after.
        let running = store::holder(&settings.state_directory)?;
        let mut standing = Self::of_runs(store, link).await?;
        standing.daemon = store::daemon(&settings.state_directory);
        standing.running = match running {
            None => store::holder(&settings.state_directory)?,
            running => running,
        };
        Ok(standing)
    }

    async fn of_runs(store: &Store, link: Option<&Link>) -> Result<Self, StoreError> {
        let known = store.known_installation().await?;
        let in_force = match link {
            Some(link) => {
                let in_force = destination(link, known);
                store.belongs_to(in_force.server_id).await?;
                Some(in_force)
            }
            None => store.runs(1).await?.pop().map(|run| run.destination),
        };
        let Some(in_force) = in_force else {
            return Ok(Self::default());
        };
        let last_confirmed = store.last_confirmed(&in_force).await?;
        let next_due = link.zip(last_confirmed.as_ref()).map(|(link, run)| {
            let known = known.unwrap_or(Installation {
                frozen_under: None,
                bound_to: None,
                enabled_at: run.started_at,
            });
            next_due(link, known, run)
        });
        Ok(Self {
            running: None,
            daemon: None,
            last_run: store.last_run(&in_force).await?,
            last_confirmed,
            held: store.held().await?,
            written: store.waiting_file().await?,
            outbox: store.unfinished().await?,
            pruned: store.pruned().await?,
            bound_to: known.and_then(|known| known.bound_to),
            recent: store.last_changed(&in_force, LOOK_BACK).await?,
            next_due,
            destination: Some(in_force),
        })
    }
}

/// Whether a person approved the document and it was not sent yet.
pub(super) fn is_released(run: &Run) -> bool {
    let approved = |action| action == HoldAction::Approved;
    run.state == State::Frozen && run.attempts == 0 && run.decision.as_ref().is_some_and(|it| approved(it.action))
}
