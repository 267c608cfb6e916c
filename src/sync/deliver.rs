//! Delivery: a frozen document goes to the cloud, in a burst of attempts that all send the same bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{Stream, stream};
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::cause::because;
use super::error::SyncError;
use super::job::Job;
use super::progress::{RunProgress, RunStep};
use super::retry::{BURST_ATTEMPTS, LONGEST_WAIT_IN_BURST, burst_delay, later};
use crate::connect::{Accepted, Authorization, Client, ConnectError, Upload};
use crate::explain::Explain;
use crate::license::Digest;
use crate::observe::catalog::Milestone;
use crate::store::{Frozen, Location, Receipt, Run, RunId, State, StateReason, Store, StoreError};
use crate::transport::Tier;

/// How old the document is that is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    /// It was just made.
    New,
    /// It waited, and meanwhile there may be a newer one.
    Waiting,
}

/// Why an attempt left nothing that the cloud took.
enum NotTaken {
    /// The run ended: the gate is closed, or the destination changed.
    Ended(SyncError),
    Failed(ConnectError),
}

impl NotTaken {
    fn is_for_stale_token(&self) -> bool {
        matches!(self, Self::Failed(error) if error.is_stale_token())
    }
}

impl From<SyncError> for NotTaken {
    fn from(error: SyncError) -> Self {
        Self::Ended(error)
    }
}

impl From<ConnectError> for NotTaken {
    fn from(error: ConnectError) -> Self {
        Self::Failed(error)
    }
}

impl Job<'_> {
    /// Brings a frozen or accepted run to its end.
    pub(super) async fn deliver_and_confirm(&self, id: RunId, age: Age) -> Result<Run, SyncError> {
        let run = self.store.run(id).await?;
        let run = match run.state {
            State::Frozen => self.dispatch(run, age).await?,
            _ => run,
        };
        if let Some(receipt) = &run.receipt {
            self.confirm(&run, receipt).await?;
        }
        Ok(self.store.run(id).await?)
    }

    pub(super) async fn deliver(&self, run: Run, age: Age) -> Result<Run, SyncError> {
        let link = self.pass_gate_or_give_up(&run).await?;
        let frozen = frozen(&run)?;
        self.make_sure_of_payload(&run, frozen).await?;
        self.make_sure_of_identity(&run, &link, age).await?;
        let mut failed = 0;
        loop {
            let number = run.attempts + failed + 1;
            let mut sent = self.attempt(&run, frozen, number).await;
            if sent.as_ref().is_err_and(NotTaken::is_for_stale_token) {
                // Once more with a fresh one. The upload may have taken hours.
                sent = self.attempt(&run, frozen, number).await;
            }
            failed += 1;
            let wait = match sent {
                Ok(accepted) => {
                    self.note_acceptance(run.id, accepted).await?;
                    return Ok(self.store.run(run.id).await?);
                }
                Err(NotTaken::Ended(error)) => return Err(error),
                Err(NotTaken::Failed(error)) => self.after_failure(run.id, number, failed, error).await?,
            };
            self.pause(&run, wait).await?;
        }
    }

    /// What the disk did not keep as it was frozen is not sent. Today's list takes its place.
    pub(super) async fn make_sure_of_payload(&self, run: &Run, frozen: &Frozen) -> Result<(), SyncError> {
        let (mut hasher, mut seq) = (Sha256::new(), 0);
        while let Some(piece) = self.store.piece(run.id, seq).await? {
            hasher.update(&piece);
            seq += 1;
        }
        if frozen.content_digest == Digest(hasher.finalize().into()) {
            return Ok(());
        }
        let error = SyncError::Spoiled;
        self.store
            .settle(run.id, State::Failed, self.now(), Some(&because(&error)))
            .await?;
        Err(error)
    }

    /// Sends the document, unless the gate is closed or the destination changed by the time that the token for it is there,
    /// which can take a minute, or while it is sent. The store notes the attempt as one that the cloud may have taken only
    /// when the first byte can leave.
    async fn attempt(&self, run: &Run, frozen: &Frozen, number: u32) -> Result<Accepted, NotTaken> {
        self.pass_gate_or_give_up(run).await?;
        let client = self.client()?;
        let authorization = self.while_allowed(run, client.authorize()).await??;
        self.pass_gate_or_give_up(run).await?;
        if self.state_of(run.id).await.map_err(SyncError::from)? == State::Frozen {
            self.store.sending(run.id, self.now()).await.map_err(SyncError::from)?;
            tracing::info!(message_id = Milestone::Sending.message_id(), run_id = %run.id, state = %State::Sending, attempt = number, bytes = frozen.body_size, "sending the license usage");
        }
        let uploading = self.upload(client, &authorization, run.id, frozen);
        Ok(self.while_allowed(run, uploading).await??)
    }

    async fn state_of(&self, id: RunId) -> Result<State, StoreError> {
        Ok(self.store.run(id).await?.state)
    }

    /// Waits, unless a person cuts that short. What was said before is noticed first, and cuts no wait short.
    pub(super) async fn pause(&self, run: &Run, wait: Duration) -> Result<(), SyncError> {
        let nudged = self.context.nudge.notified();
        self.pass_gate_or_give_up(run).await?;
        let _is_cut_short = tokio::time::timeout(wait, nudged).await;
        Ok(())
    }

    async fn upload(
        &self,
        client: &Client,
        authorization: &Authorization,
        run: RunId,
        frozen: &Frozen,
    ) -> Result<Accepted, ConnectError> {
        let upload = Upload {
            idempotency_key: frozen.idempotency_key.clone(),
            content_digest: frozen.content_digest,
            size: frozen.body_size,
        };
        let progress = &self.context.progress;
        let alive = || progress.step(RunStep::Sending);
        client
            .upload(
                authorization,
                &upload,
                payload(&self.store, run, frozen.body_size, progress),
                &alive,
            )
            .await
    }

    async fn note_acceptance(&self, id: RunId, accepted: Accepted) -> Result<(), SyncError> {
        failpoint!("after-upload");
        let receipt = Receipt {
            upload_id: accepted.id,
            location: Location::new(accepted.location.as_str()),
            sent_at: accepted.sent_at,
            processed_at: None,
        };
        self.store.accepted(id, self.now(), &receipt).await?;
        tracing::info!(run_id = %id, state = %State::Accepted, upload = receipt.upload_id, "the cloud accepted the license usage; it has not processed it yet");
        self.context.progress.step(RunStep::Accepted(&receipt));
        Ok(())
    }

    /// Records a failed attempt, and returns how long to wait before the next one if there is one in this burst.
    async fn after_failure(
        &self,
        id: RunId,
        attempts: u32,
        failed: u32,
        error: ConnectError,
    ) -> Result<Duration, SyncError> {
        let (because, now) = (because(&error), self.now());
        let (tier, asked) = (error.tier(), error.retry_after());
        if tier == Tier::Final {
            self.store.settle(id, State::Rejected, now, Some(&because)).await?;
            return Err(SyncError::Rejected {
                maybe_taken: self.store.run(id).await?.may_be_taken(),
                source: Box::new(error),
            });
        }
        let wait = asked.unwrap_or_default().max(burst_delay(failed, fastrand::f64()));
        let in_time = self.pace.ends.is_none_or(|ends| Instant::now() + wait < ends);
        if tier == Tier::Passing && failed < BURST_ATTEMPTS && wait <= LONGEST_WAIT_IN_BURST && in_time {
            self.note_failed_attempt(id, &because, &error, now, now + wait).await?;
            tracing::debug!(run_id = %id, state = %State::Frozen, reason = %because.reason, attempt = attempts, "an attempt failed: {}", because.detail);
            self.context.progress.step(RunStep::Retry {
                reason: error.reason(),
                after: wait,
            });
            return Ok(wait);
        }
        let failures = match tier {
            Tier::Passing => attempts.div_ceil(BURST_ATTEMPTS),
            // No burst: each attempt is a failure.
            _ => attempts,
        };
        let next_attempt_at = now + later(tier, failures, asked);
        self.note_failed_attempt(id, &because, &error, now, next_attempt_at)
            .await?;
        Err(SyncError::Undelivered {
            next_attempt_at,
            maybe_taken: self.store.run(id).await?.may_be_taken(),
            source: Box::new(error),
        })
    }

    async fn note_failed_attempt(
        &self,
        id: RunId,
        because: &StateReason,
        error: &ConnectError,
        now: DateTime<Utc>,
        next_attempt_at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        if self.state_of(id).await? == State::Frozen {
            return self.store.not_authorized(id, now, because, next_attempt_at).await;
        }
        let maybe_taken = error.may_be_taken();
        self.store
            .undelivered(id, now, because, maybe_taken, next_attempt_at)
            .await
    }
}

/// What was frozen; a run whose row does not say it is damaged.
pub(super) fn frozen(run: &Run) -> Result<&Frozen, StoreError> {
    run.frozen.as_ref().ok_or_else(|| StoreError::Damaged {
        run: run.id.to_string(),
        column: "digest",
    })
}

/// The frozen bytes, piece by piece.
fn payload(
    store: &Store,
    run: RunId,
    total: u64,
    progress: &Arc<dyn RunProgress>,
) -> impl Stream<Item = Result<Bytes, StoreError>> + Send + use<> {
    let (store, progress) = (store.clone(), Arc::clone(progress));
    stream::try_unfold((0, 0), move |(seq, sent)| {
        let (store, progress) = (store.clone(), Arc::clone(&progress));
        async move {
            let Some(piece) = store.piece(run, seq).await? else {
                return Ok(None);
            };
            failpoint!("before-upload");
            let sent = sent + piece.len() as u64;
            progress.step(RunStep::Sent { bytes: sent, total });
            Ok(Some((Bytes::from(piece), (seq + 1, sent))))
        }
    })
}
