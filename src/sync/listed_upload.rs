//! Whether the file that waits for a person was uploaded, where the cloud's list of servers was read for another purpose.

use chrono::{DateTime, Utc};

use super::cloud_record;
use super::cloud_servers::CloudAnswers;
use super::shown::settle_unless_sent;
use crate::settings::Settings;
use crate::store::{Store, StoreError};

/// For a person who asks the cloud: whether the file that waits, if one does, was uploaded.
///
/// # Errors
/// [`StoreError`] when there is a store and it cannot be used.
pub async fn follow_listing(settings: &Settings, answers: &CloudAnswers, now: DateTime<Utc>) -> Result<(), StoreError> {
    let (Ok(watch), Ok(_)) = (settings.watch(), settings.gate.pass()) else {
        return Ok(());
    };
    let Some(store) = Store::reopen_existing(&settings.state_directory).await? else {
        return Ok(());
    };
    let account = cloud_record::account(watch);
    let followed = settle_unless_sent(&store, |of| of.is_at(&account), &answers.listing, now).await;
    store.close().await;
    followed
}
