//! Whether the file that waits for a person was uploaded, where the cloud's list of servers was read for another purpose.

use chrono::{DateTime, Utc};

use super::cloud_record;
use super::cloud_servers::CloudAnswers;
use super::shown::settle_file;
use crate::settings::Settings;
use crate::store::{CloudAccount, Run, Store, StoreError};

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
    let followed = follow_file(&store, &cloud_record::account(watch), answers, now).await;
    store.close().await;
    followed
}

/// Whether the file that waits, if one does, was uploaded to this account.
pub(super) async fn follow_file(
    store: &Store,
    account: &CloudAccount,
    answers: &CloudAnswers,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let CloudAccount { api_origin, enterprise } = account;
    let account = format!("enterprise/{enterprise}").to_ascii_lowercase();
    let waiting = store.waiting_file().await?;
    let of_account = |run: &Run| run.destination.api_origin == *api_origin && run.destination.account == account;
    let Some(run) = waiting.filter(of_account) else {
        return Ok(());
    };
    settle_file(store, &run, &answers.listing, now).await
}
