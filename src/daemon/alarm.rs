//! Wakes the worker each minute. The only user of `tokio-cron-scheduler`, and no more than an alarm clock: it knows
//! nothing of windows, zones or runs, so a minute that it misses costs a minute.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Each minute, on the minute.
#[cfg(not(feature = "failpoints"))]
const RING: &str = "0 * * * * *";

/// Each second: a test sets the clock and does not wait for minutes.
#[cfg(feature = "failpoints")]
const RING: &str = "* * * * * *";

/// The alarm could not be set.
#[derive(Debug, thiserror::Error)]
#[error("the alarm could not be set")]
pub struct AlarmError(#[from] JobSchedulerError);

/// A running alarm.
pub(super) struct Alarm(JobScheduler);

impl Alarm {
    /// Notifies `wake` each minute from now on.
    pub(super) async fn start(wake: Arc<Notify>) -> Result<Self, AlarmError> {
        let scheduler = JobScheduler::new().await?;
        let job = Job::new_async(RING, move |_, _| {
            let wake = Arc::clone(&wake);
            Box::pin(async move { wake.notify_one() })
        })?;
        scheduler.add(job).await?;
        scheduler.start().await?;
        Ok(Self(scheduler))
    }

    /// Ends the alarm.
    pub(super) async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::debug!("the alarm did not end by itself: {error}");
        }
    }
}
