//! The long-running service: waits for its time, runs one sync at a time, and reports to systemd and the journal.
//!
//! An alarm wakes the worker each minute; what is to be done then follows from the store and the schedule alone
//! (`agenda`), so a restart, a signal and a clock that jumps all lead to the same answer. It decides nothing about a
//! run itself: that is `sync`.

mod alarm;
mod faults;
mod job;
mod milestones;
mod monitoring;
mod reload;
mod signals;
mod status_line;
mod systemd;
mod watch_task;
mod worker;

use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

pub use alarm::AlarmError;
pub use signals::SignalAction;
pub use systemd::Systemd;
pub use worker::Worker;

#[cfg(feature = "failpoints")]
use crate::clock::ClockAhead;
use crate::clock::{Clock, SystemClock};
use crate::explain::Explain;
use crate::settings::{Settings, Sources};
use crate::store::StoreError;
use alarm::Alarm;

/// Why the daemon ended other than on request.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    #[error("signals cannot be heard")]
    Signals(#[source] std::io::Error),
    #[error("the alarm cannot be set")]
    Alarm(#[from] AlarmError),
    #[error("the store cannot be used")]
    Store(#[from] StoreError),
}

impl Explain for DaemonError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Signals(_) | Self::Alarm(_) => None,
            Self::Store(error) => Some(error),
        }
    }
}

/// Runs until SIGTERM or SIGINT.
///
/// # Errors
/// [`DaemonError`] when it cannot start.
pub async fn run(settings: &Settings, sources: Sources) -> Result<(), DaemonError> {
    let wake = Arc::new(Notify::new());
    let (sender, commands) = mpsc::channel(8);
    signals::forward(&sender).map_err(DaemonError::Signals)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    #[cfg(feature = "failpoints")]
    let clock = (sources.environment.get("CLOCK_AHEAD")).map_or(clock, |file| Arc::new(ClockAhead(file.into())));
    let worker = Worker::new(settings, sources, clock, Systemd::of_process());
    let alarm = Alarm::start(Arc::clone(&wake)).await?;
    let result = worker.run(&wake, commands).await;
    alarm.stop().await;
    Ok(result?)
}
