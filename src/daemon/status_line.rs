//! The status line: the current activity, the next run and the last result.

use chrono::{DateTime, Utc};

use crate::explain::Explain;
use crate::plain;
use crate::settings::gate::Closed;
use crate::store::{Holder, Run, State};

/// The line while no run is in progress.
pub(super) fn idle(next: DateTime<Utc>, last: Option<&Run>) -> String {
    format!(
        "waiting; next at {}; {}",
        minute(next),
        last.map_or_else(|| "no run yet".to_owned(), outcome)
    )
}

/// The line while the gate is closed.
pub(super) fn closed(closed: Closed) -> String {
    format!("gate closed: {closed} ({}); nothing is sent", closed.reason())
}

/// The same while another process has the state directory, which may hold something that has to be deleted.
pub(super) fn in_use(why: Closed, holder: &Holder) -> String {
    format!("{}; waiting for {holder} to delete what was not delivered", closed(why))
}

fn outcome(run: &Run) -> String {
    let mut text = format!("last run {} {}", run.state, minute(run.updated_at));
    if let Some(totals) = run.totals {
        text.push_str(&format!(", {}", plain::counted(totals.consumed, "license", "licenses")));
    }
    if let Some(users) = run.encrypted_users {
        text.push_str(&format!(", encrypted users in {} bytes", users.bytes));
    }
    if let (State::Written, Some(file)) = (run.state, &run.file) {
        text.push_str(&format!("; a person has to upload {}", file.path));
    }
    if let Some(reason) = run.reason {
        text.push_str(&format!(", {reason}"));
    }
    text
}

fn minute(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M UTC").to_string()
}
