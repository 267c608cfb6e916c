//! `status`: the gate, the last runs, the outbox and the health in one word. Exit code 5 when it is stale or failing.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Options, report, session, words};
use crate::clock::{Clock, SystemClock};
use crate::reason::{Exit, Reason};
use crate::settings::Settings;
use crate::store::{Run, Store, StoreError};
use crate::sync::{Health, health};

/// The answer in JSON.
#[derive(Serialize)]
struct Status {
    gate: GateStatus,
    health: Health,
    last_run: Option<Run>,
    last_confirmed: Option<Run>,
    /// A run that is not through: collecting, frozen, sending or accepted.
    outbox: Option<Run>,
}

#[derive(Serialize)]
struct GateStatus {
    open: bool,
    /// Why it is closed.
    reason: Option<Reason>,
}

pub(super) async fn run(options: &Options) -> Exit {
    let (settings, _) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let status = match read(&settings, SystemClock.now()).await {
        Ok(status) => status,
        Err(error) => return report::failure(&error, options.json),
    };
    let written = if options.json {
        report::answer_json(&status)
    } else {
        report::answer(&in_words(&settings, &status))
    };
    match status.health {
        Health::Stale | Health::Failing => Exit::Unhealthy,
        Health::Healthy | Health::Held | Health::Disabled => written,
    }
}

async fn read(settings: &Settings, now: DateTime<Utc>) -> Result<Status, StoreError> {
    let (last_run, last_confirmed, outbox) = match Store::open_existing(&settings.state_directory).await? {
        None => (None, None, None),
        Some(store) => {
            let last_run = store.runs(1).await?.pop();
            let found = (last_run, store.last_confirmed().await?, store.unfinished().await?);
            store.close().await;
            found
        }
    };
    let closed = settings.gate.pass().err();
    Ok(Status {
        gate: GateStatus {
            open: closed.is_none(),
            reason: closed.map(super::super::settings::gate::Closed::reason),
        },
        health: health(closed.is_none(), last_run.as_ref(), last_confirmed.as_ref(), now),
        last_run,
        last_confirmed,
        outbox,
    })
}

fn in_words(settings: &Settings, status: &Status) -> String {
    let gate = match settings.gate.pass() {
        Ok(link) => format!("open: {}", words::link(link)),
        Err(closed) => format!("closed: {closed} ({}); {}", closed.reason(), closed.help()),
    };
    let run = |run: &Option<Run>, none: &str| run.as_ref().map_or_else(|| none.to_owned(), words::run);
    let mut text = format!(
        "gate            {gate}\nhealth          {}\nlast run        {}\nlast confirmed  {}\noutbox          {}\n",
        status.health.word(),
        run(&status.last_run, "none yet"),
        run(&status.last_confirmed, "none yet"),
        run(&status.outbox, "empty"),
    );
    if let Some(detail) = status.last_run.as_ref().and_then(|run| run.detail.as_ref()) {
        text.push_str(&format!("because         {detail}\n"));
    }
    text
}
