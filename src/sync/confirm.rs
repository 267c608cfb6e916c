//! Confirmation: polls the upload's `Location` until the cloud has processed the document, or the time limit ends.

use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::cause::because;
use super::error::SyncError;
use super::job::Job;
use super::progress::RunStep;
use super::recover::disconnect;
use super::retry::{FIRST_INTERVAL, next_interval};
use crate::connect::{Authorization, Confirmation, ConnectError};
use crate::store::{Receipt, Run, State};
use crate::transport::Tier;

impl Job<'_> {
    pub(super) async fn confirm(&self, run: &Run, receipt: &Receipt) -> Result<(), SyncError> {
        let processed_at = match self.wait_for_the_cloud(run, receipt).await {
            Ok(processed_at) => processed_at,
            // There may be no App any more that could ask.
            Err(SyncError::NotAsked(_)) if self.is_confirmed_by_list(run).await? => return Ok(()),
            Err(error) => return self.note_no_confirmation(run, error).await,
        };
        self.store.confirmed(run.id, self.now(), processed_at).await?;
        let users = run.totals.map(|totals| totals.consumed);
        tracing::info!(run_id = %run.id, state = %State::Confirmed, users, "the cloud processed the license usage");
        self.context.progress.step(RunStep::Confirmed);
        match self.context.settings.gate().pass() {
            Ok(_) => self.compare_with_list(run).await,
            Err(closed) => disconnect(&self.store, closed).await?,
        }
        Ok(())
    }

    /// When the cloud said that it processed the document, by its own clock.
    async fn wait_for_the_cloud(&self, run: &Run, receipt: &Receipt) -> Result<DateTime<Utc>, SyncError> {
        let (start, mut interval, mut is_repeated) = (Instant::now(), FIRST_INTERVAL, false);
        loop {
            let link = self.pass_gate_or_give_up(run).await?;
            let limit = link.sync.confirm_timeout;
            self.context.progress.step(RunStep::Asking);
            failpoint!("before-question");
            let asked = match self.while_allowed(run, self.authorize()).await? {
                Ok(authorization) => self.while_allowed(run, self.ask(&authorization, receipt)).await?,
                Err(error) => Err(error),
            };
            failpoint!("after-question");
            let last_error = match asked {
                Ok(Confirmation::Success(at)) => return Ok(at),
                Ok(Confirmation::Failure) => return Err(self.not_processed(run, receipt).await),
                Ok(Confirmation::Pending) => None,
                Err(error) if error.is_stale_token() && !is_repeated => {
                    is_repeated = true;
                    continue;
                }
                Err(error) if error.tier() == Tier::Passing => Some(error),
                Err(error) => return Err(SyncError::NotAsked(Box::new(error))),
            };
            is_repeated = false;
            let left = limit.saturating_sub(start.elapsed());
            let asked = asked_for(last_error.as_ref()).unwrap_or_default();
            if left.is_zero() || asked > left {
                return Err(unconfirmed(limit, last_error));
            }
            // The last question comes when the time is up, and not before it.
            let wait = asked.max(interval).min(left);
            self.context.progress.step(RunStep::Pausing(wait));
            self.pause(run, wait).await?;
            interval = next_interval(interval);
        }
    }

    /// The cloud's list of servers may say why.
    async fn not_processed(&self, run: &Run, receipt: &Receipt) -> SyncError {
        let said = match self.context.settings.gate().pass() {
            Ok(_) => self.said_about_failure(run, receipt).await,
            Err(_) => None,
        };
        SyncError::NotProcessed { said }
    }

    async fn authorize(&self) -> Result<Authorization, ConnectError> {
        self.client()?.authorize().await
    }

    async fn ask(&self, authorization: &Authorization, receipt: &Receipt) -> Result<Confirmation, ConnectError> {
        self.client()?
            .confirmation(authorization, receipt.location.exposed())
            .await
    }

    /// Notes how it ended, unless that was noted where it ended, and hands the error on.
    async fn note_no_confirmation(&self, run: &Run, error: SyncError) -> Result<(), SyncError> {
        let (because, now) = (because(&error), self.now());
        let (tier, asked) = match &error {
            SyncError::NotProcessed { .. } => {
                self.store.settle(run.id, State::Failed, now, Some(&because)).await?;
                return Err(error);
            }
            SyncError::Unconfirmed { source, .. } => (Tier::Passing, asked_for(source.as_deref())),
            SyncError::NotAsked(source) => (source.tier(), asked_for(Some(source))),
            _ => return Err(error),
        };
        self.postpone(run, State::Accepted, &because, tier, asked).await?;
        Err(error)
    }
}

/// The wait that the cloud asks for.
fn asked_for(error: Option<&ConnectError>) -> Option<Duration> {
    error?.retry_after()
}

fn unconfirmed(waited: Duration, error: Option<ConnectError>) -> SyncError {
    SyncError::Unconfirmed {
        waited,
        source: error.map(Box::new),
    }
}
