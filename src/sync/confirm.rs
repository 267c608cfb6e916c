//! Confirmation: asks the cloud until it says that it processed the document, or the time is up.

use std::time::Duration;

use tokio::time::Instant;

use super::error::SyncError;
use super::progress::Step;
use super::retry::{FIRST_INTERVAL, next_interval};
use super::{Job, because, identity::identity, later};
use crate::connect::{Accepted, Confirmation, ConnectError, Verdict};
use crate::store::{Run, State};

impl Job<'_> {
    pub(super) async fn confirm(&self, run: &Run) -> Result<(), SyncError> {
        let Some(receipt) = &run.receipt else {
            return Err(SyncError::CannotConfirm);
        };
        let accepted = Accepted {
            id: receipt.upload_id.clone(),
            location: receipt.location.as_deref().and_then(|url| url.parse().ok()),
            sent_at: receipt.sent_at,
        };
        match self.wait_for_the_cloud(run, &accepted).await? {
            Answer::Success => {
                self.store.settle(run.id, State::Confirmed, self.now(), None).await?;
                let users = run.totals.map(|totals| totals.consumed);
                tracing::info!(run_id = %run.id, state = %State::Confirmed, users, "the cloud processed the license usage");
                self.context.progress.step(Step::Confirmed);
                Ok(())
            }
            Answer::Failure => self.end(run, SyncError::NotProcessed).await,
            Answer::OtherHost(hostname) => {
                let accepted = true;
                self.end(run, SyncError::OtherHost { hostname, accepted }).await
            }
            Answer::None(error) => self.end(run, error).await,
        }
    }

    async fn wait_for_the_cloud(&self, run: &Run, accepted: &Accepted) -> Result<Answer, SyncError> {
        let installation = self.store.installation(self.now()).await?;
        let (start, mut interval) = (Instant::now(), FIRST_INTERVAL);
        loop {
            let link = self.pass_gate_or_give_up(run, 0).await?;
            let limit = link.sync.confirm_timeout;
            self.context.progress.step(Step::Asking);
            failpoint!("before-question");
            let asked = match self.client() {
                Ok(client) => client.confirmation(identity(&link, installation), accepted).await,
                Err(error) => Err(error),
            };
            failpoint!("after-question");
            let last_error = match asked {
                Ok(Confirmation::Success) => return Ok(Answer::Success),
                Ok(Confirmation::Failure) => return Ok(Answer::Failure),
                Ok(Confirmation::OtherHost(hostname)) => return Ok(Answer::OtherHost(hostname)),
                Ok(Confirmation::CannotAsk) => return Ok(Answer::None(SyncError::CannotConfirm)),
                Ok(Confirmation::Pending) => None,
                Err(error) if matches!(error.verdict(), Verdict::Retry(_)) => Some(error),
                Err(error) => return Ok(Answer::None(SyncError::NotAsked(Box::new(error)))),
            };
            let wait = asked_for(last_error.as_ref()).unwrap_or_default().max(interval);
            if start.elapsed() + wait > limit {
                return Ok(Answer::None(unconfirmed(limit, last_error)));
            }
            tokio::time::sleep(wait).await;
            interval = next_interval(interval);
        }
    }

    /// Notes how it ended and hands the error on.
    async fn end(&self, run: &Run, error: SyncError) -> Result<(), SyncError> {
        let because = because(&error);
        match error {
            SyncError::NotProcessed | SyncError::OtherHost { .. } => {
                self.store
                    .settle(run.id, State::Failed, self.now(), Some(&because))
                    .await?;
            }
            _ => {
                let asked = match &error {
                    SyncError::Unconfirmed { source, .. } => asked_for(source.as_deref()),
                    _ => None,
                };
                let now = self.now();
                let next = now + later(1, asked);
                self.store.unconfirmed(run.id, now, &because, next).await?;
            }
        }
        Err(error)
    }
}

enum Answer {
    Success,
    Failure,
    OtherHost(String),
    None(SyncError),
}

/// The wait that the cloud asks for.
fn asked_for(error: Option<&ConnectError>) -> Option<Duration> {
    match error?.verdict() {
        Verdict::Retry(asked) => asked,
        _ => None,
    }
}

fn unconfirmed(waited: Duration, error: Option<ConnectError>) -> SyncError {
    SyncError::Unconfirmed {
        waited,
        source: error.map(Box::new),
    }
}
