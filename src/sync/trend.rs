//! How the licenses grew over all that is recorded: the counts of confirmed runs, also of deleted ones. It changes nothing.

use chrono::{DateTime, Utc};

use super::summary::SyncSummary;
use crate::license::{Counted, Growth, growth};
use crate::settings::Settings;
use crate::store::{Store, StoreError};

/// The confirmed lists for the destination in force.
#[derive(Debug, Default)]
pub struct Trend {
    /// The newest first.
    pub lists: Vec<Counted>,
    /// Up to now.
    pub growth: Growth,
}

/// The trend for the destination in force; while the gate is closed, for that of the newest run.
pub async fn trend(settings: &Settings, now: DateTime<Utc>) -> Result<Trend, StoreError> {
    let Some(store) = Store::open_existing(&settings.state_directory).await? else {
        return Ok(Trend::default());
    };
    let trend = read(&store, settings, now).await;
    store.close().await;
    trend
}

async fn read(store: &Store, settings: &Settings, now: DateTime<Utc>) -> Result<Trend, StoreError> {
    let Some(destination) = SyncSummary::read(Some(store), settings).await?.destination else {
        return Ok(Trend::default());
    };
    Ok(Trend {
        lists: store.ever_counted(&destination).await?,
        growth: growth(&store.counted(&destination).await?, now),
    })
}
