//! Where everything stands: the runs that matter for one destination, as the store knows them.

use serde::Serialize;

use super::destination::destination;
use crate::settings::Settings;
use crate::store::{Destination, Run, Store, StoreError};

/// The runs that say how the sync is doing.
#[derive(Debug, Default, Serialize)]
pub struct Standing {
    /// The destination in force; while the gate is closed, that of the newest run.
    pub destination: Option<Destination>,
    /// The newest run for it.
    pub last_run: Option<Run>,
    pub last_confirmed: Option<Run>,
    /// A run whose document a person has to look at. If it is for another destination, the next run discards it.
    pub held: Option<Run>,
    /// A run that has not finished: collecting, frozen, sending or accepted. If it is for another destination, the next run
    /// discards it.
    pub outbox: Option<Run>,
}

impl Standing {
    /// Whether a run is for the destination in force.
    #[must_use]
    pub fn is_in_force(&self, run: &Run) -> bool {
        self.destination.as_ref() == Some(&run.destination)
    }

    /// What the store of these settings knows, if there is one.
    ///
    /// # Errors
    /// [`StoreError`] when there is one and it cannot be read.
    pub async fn of(settings: &Settings) -> Result<Self, StoreError> {
        let Some(store) = Store::open_existing(&settings.state_directory).await? else {
            return Ok(Self {
                destination: settings.gate.pass().ok().map(|link| destination(link, None)),
                ..Self::default()
            });
        };
        let standing = Self::read(&store, settings).await;
        store.close().await;
        standing
    }

    /// The same from an open store.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn read(store: &Store, settings: &Settings) -> Result<Self, StoreError> {
        let in_force = match settings.gate.pass() {
            Ok(link) => {
                let in_force = destination(link, store.known_installation().await?);
                store.belongs_to(in_force.server_id).await?;
                Some(in_force)
            }
            Err(_) => store.runs(1).await?.pop().map(|run| run.destination),
        };
        let Some(in_force) = in_force else {
            return Ok(Self::default());
        };
        Ok(Self {
            last_run: store.last_run(&in_force).await?,
            last_confirmed: store.last_confirmed(&in_force).await?,
            held: store.held().await?,
            outbox: store.unfinished().await?,
            destination: Some(in_force),
        })
    }
}
