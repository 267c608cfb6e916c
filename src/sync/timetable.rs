//! The timetable of this server: its schedule since the gate was first open.

use chrono::{DateTime, Utc};

use super::agenda::began;
use super::destination::server_id;
use crate::schedule::Timetable;
use crate::settings::Link;
use crate::store::{Installation, Run};

/// The timetable that follows from what is known.
pub fn timetable_of(link: &Link, installation: Installation) -> Timetable {
    Timetable::new(
        link.sync.schedule.clone(),
        installation.enabled_at,
        server_id(link, Some(installation)),
    )
}

/// When the window is due that follows the one in which `run` began.
pub(super) fn next_due(link: &Link, installation: Installation, run: &Run) -> DateTime<Utc> {
    let timetable = timetable_of(link, installation);
    let served = timetable.window_at(began(run));
    timetable.run_time(timetable.following(served))
}
