//! Where everything stands: the runs that matter, as the store knows them.

use std::path::Path;

use serde::Serialize;

use crate::store::{Run, Store, StoreError};

/// The runs that tell how the sync is doing.
#[derive(Debug, Default, Serialize)]
pub struct Standing {
    /// The newest run.
    pub last_run: Option<Run>,
    pub last_confirmed: Option<Run>,
    /// A run whose document a person has to look at.
    pub held: Option<Run>,
    /// A run that is not through: collecting, frozen, sending or accepted.
    pub outbox: Option<Run>,
}

impl Standing {
    /// What a store knows.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be read.
    pub async fn read(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            last_run: store.runs(1).await?.pop(),
            last_confirmed: store.last_confirmed().await?,
            held: store.held().await?,
            outbox: store.unfinished().await?,
        })
    }

    /// What the store below `directory` knows; nothing when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when there is one and it cannot be read.
    pub async fn below(directory: &Path) -> Result<Self, StoreError> {
        let Some(store) = Store::open_existing(directory).await? else {
            return Ok(Self::default());
        };
        let standing = Self::read(&store).await;
        store.close().await;
        standing
    }
}
