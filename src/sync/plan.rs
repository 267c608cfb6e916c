//! What is to be done next, as the store, the settings and the clock say: [`agenda`] with its inputs. [`plan`] is for
//! processes that work, [`survey`] for those that only show it.

use chrono::{DateTime, Utc};

use super::agenda::{self, Asked, Next};
use super::cloud_record;
use super::context::Context;
use super::destination::{destination, in_force};
use super::summary::SyncSummary;
use super::timetable::timetable_of;
use crate::license::{Growth, growth};
use crate::schedule::Timetable;
use crate::settings::{Link, Settings};
use crate::store::{CloudRecord, Installation, KEPT_RUNS, Run, Store, StoreError};

/// So many runs are read to decide what is next.
const LOOK_BACK: u32 = 200;

// What serves the current window is not deleted from the history.
const _: () = assert!(LOOK_BACK <= KEPT_RUNS);

/// What is next, and the run that was last.
#[derive(Debug)]
pub struct Plan {
    pub next: Next,
    pub last: Option<Run>,
}

/// Plans while the gate is open for `link`.
pub async fn plan(context: &Context, link: &Link, asked: Asked) -> Result<Plan, StoreError> {
    let store = Store::reopen(&context.state_directory).await?;
    let result = read(context, &store, link, asked).await;
    store.close().await;
    result
}

async fn read(context: &Context, store: &Store, link: &Link, asked: Asked) -> Result<Plan, StoreError> {
    let now = context.clock.now();
    let mut runs = store.runs(LOOK_BACK).await?;
    let (known, in_force) = in_force(store, link, now).await?;
    let next = agenda::next(
        &runs,
        &in_force,
        &link.sync.delivery,
        &timetable_of(link, known),
        now,
        asked,
    );
    let last = (!runs.is_empty()).then(|| runs.swap_remove(0));
    Ok(Plan { next, last })
}

/// What the daemon and the timer do next, and when.
#[derive(Debug)]
pub struct Outlook {
    pub timetable: Timetable,
    pub next: Next,
    /// When the next window begins that no run serves; not later than now if one is due.
    pub next_window: DateTime<Utc>,
}

/// Where everything stands, what is ahead and how the licenses grew.
#[derive(Debug)]
pub struct Survey {
    pub standing: SyncSummary,
    /// Nothing while the gate is closed.
    pub outlook: Option<Outlook>,
    /// For the destination of `standing`.
    pub growth: Growth,
    /// What the cloud said last of the servers of the account that is watched.
    pub cloud: Option<CloudRecord>,
}

/// Looks around in the store once; changes nothing.
pub async fn survey(settings: &Settings, now: DateTime<Utc>) -> Result<Survey, StoreError> {
    let store = Store::open_existing(&settings.state_directory).await?;
    let found = look_around(store.as_ref(), settings, now).await;
    if let Some(store) = store {
        store.close().await;
    }
    found
}

async fn look_around(store: Option<&Store>, settings: &Settings, now: DateTime<Utc>) -> Result<Survey, StoreError> {
    let standing = SyncSummary::read(store, settings).await?;
    let growth = match (store, &standing.destination) {
        (Some(store), Some(destination)) => growth(&store.counted(destination).await?, now),
        _ => Growth::default(),
    };
    Ok(Survey {
        standing,
        outlook: look_ahead(store, settings, now).await?,
        growth,
        cloud: recorded(store, settings).await?,
    })
}

/// What the store has of the account that these settings watch.
pub(super) async fn recorded(store: Option<&Store>, settings: &Settings) -> Result<Option<CloudRecord>, StoreError> {
    let kept = match store {
        Some(store) => store.cloud_record().await?,
        None => None,
    };
    Ok(cloud_record::in_force(kept, settings))
}

/// Looks ahead from an open store, if there is one; nothing is ahead while the gate is closed. Before the first run the
/// timetable is the one that would begin `now`.
pub(super) async fn look_ahead(
    store: Option<&Store>,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<Option<Outlook>, StoreError> {
    let Ok(link) = settings.gate.pass() else {
        return Ok(None);
    };
    let (known, runs) = match store {
        None => (None, Vec::new()),
        Some(store) => (store.known_installation().await?, store.runs(LOOK_BACK).await?),
    };
    let in_force = destination(link, known);
    let installation = known.unwrap_or(Installation {
        frozen_under: None,
        bound_to: None,
        enabled_at: now,
    });
    let timetable = timetable_of(link, installation);
    let delivery = &link.sync.delivery;
    Ok(Some(Outlook {
        next: agenda::next(&runs, &in_force, delivery, &timetable, now, Asked::InTime),
        next_window: agenda::next_window(&runs, &in_force, delivery, &timetable, now),
        timetable,
    }))
}
