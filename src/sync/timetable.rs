//! The timetable of this server: its schedule from the day on which the gate was first seen open.

use chrono::{DateTime, Utc};

use super::server_id;
use crate::schedule::Timetable;
use crate::settings::{Link, Settings};
use crate::store::{Installation, Store, StoreError};

/// The timetable, if the gate is open. Before the first run it is the one that would begin `now`.
///
/// # Errors
/// [`StoreError`] when there is a store and it cannot be read.
pub async fn timetable(settings: &Settings, now: DateTime<Utc>) -> Result<Option<Timetable>, StoreError> {
    let Ok(link) = settings.gate.pass() else {
        return Ok(None);
    };
    let installation = match Store::open_existing(&settings.state_directory).await? {
        None => None,
        Some(store) => {
            let found = store.known_installation().await;
            store.close().await;
            found?
        }
    };
    let unknown = Installation {
        frozen_under: None,
        bound_to: None,
        enabled_at: now,
    };
    Ok(Some(timetable_of(link, installation.unwrap_or(unknown))))
}

/// The timetable that follows from what is known.
#[must_use]
pub fn timetable_of(link: &Link, installation: Installation) -> Timetable {
    Timetable::new(
        link.sync.schedule.clone(),
        installation.enabled_at,
        server_id(link, Some(installation)),
    )
}
