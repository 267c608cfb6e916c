//! What is to be done next, as the store, the settings and the clock say: [`agenda`] with its inputs.

use super::agenda::{self, Asked, Next};
use super::destination::in_force;
use super::{Context, timetable_of};
use crate::settings::Link;
use crate::store::{Run, Store, StoreError};

/// So many runs are looked at to decide what is next.
const LOOK_BACK: u32 = 200;

/// What is next, and the run that was last.
#[derive(Debug)]
pub struct Plan {
    pub next: Next,
    pub last: Option<Run>,
}

/// Plans while the gate is open for `link`.
///
/// # Errors
/// [`StoreError`] when the store cannot be read.
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
    let next = agenda::next(&runs, &in_force, &timetable_of(link, known), now, asked);
    let last = (!runs.is_empty()).then(|| runs.swap_remove(0));
    Ok(Plan { next, last })
}
