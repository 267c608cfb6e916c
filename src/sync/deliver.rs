//! Delivery: a frozen document goes to the cloud, in a burst of attempts that all send the same bytes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{Stream, stream};
use sha2::{Digest as _, Sha256};

use super::error::SyncError;
use super::progress::{Progress, Step};
use super::retry::{BURST_ATTEMPTS, LONGEST_WAIT_IN_BURST, burst_delay};
use super::{Job, because, because_closed, later};
use crate::connect::{Accepted, ConnectError, Upload, Verdict};
use crate::explain::Explain;
use crate::license::Digest;
use crate::settings::{Gate, Link};
use crate::store::{Receipt, Run, RunId, State, Store, StoreError};

/// An attempt that seems to be longer ago than this was made before the clock was set.
const LONGEST_KEPT: TimeDelta = TimeDelta::days(30);

impl Job<'_> {
    /// Brings a frozen or accepted run to its end.
    pub(super) async fn deliver_and_confirm(&self, id: RunId) -> Result<Run, SyncError> {
        let run = self.store.run(id).await?;
        let run = if run.state == State::Frozen {
            self.deliver(run).await?
        } else {
            run
        };
        self.confirm(&run).await?;
        Ok(self.store.run(id).await?)
    }

    async fn deliver(&self, run: Run) -> Result<Run, SyncError> {
        let link = self.pass_gate_or_give_up(&run, 0).await?;
        self.make_sure_of_payload(&run).await?;
        if run.attempts == 0 {
            self.make_sure_of_identity(&run, &link).await?;
        }
        let mut failed = 0;
        loop {
            self.pass_gate_or_give_up(&run, failed).await?;
            let began_at = self.now();
            self.store.sending(run.id, began_at).await?;
            let error = match self.attempt(&run).await {
                Ok(accepted) => {
                    self.note_acceptance(run.id, began_at, accepted).await?;
                    return Ok(self.store.run(run.id).await?);
                }
                Err(error) => error,
            };
            failed += 1;
            let wait = self.after_failure(run.id, run.attempts + failed, failed, error).await?;
            tokio::time::sleep(wait).await;
        }
    }

    /// Asks the gate before anything goes to the cloud, after the run's attempts and so many more. A closed gate ends
    /// the run and deletes its payload.
    pub(super) async fn pass_gate_or_give_up(&self, run: &Run, more: u32) -> Result<Link, SyncError> {
        let closed = match self.context.settings.gate() {
            Gate::Open(link) => return Ok(*link),
            Gate::Closed(closed) => closed,
        };
        self.store
            .settle(run.id, State::Refused, self.now(), Some(&because_closed(closed)))
            .await?;
        tracing::warn!(run_id = %run.id, state = %State::Refused, reason = %closed.reason(), "gave up what was not confirmed yet: {closed}");
        Err(SyncError::GivenUp {
            accepted: run.receipt.is_some(),
            attempts: run.attempts + more,
            source: closed,
        })
    }

    /// What the disk did not keep as it was frozen is not sent. Today's list takes its place.
    async fn make_sure_of_payload(&self, run: &Run) -> Result<(), SyncError> {
        let (mut hasher, mut seq) = (Sha256::new(), 0);
        while let Some(piece) = self.store.piece(run.id, seq).await? {
            hasher.update(&piece);
            seq += 1;
        }
        let found = Digest(hasher.finalize().into());
        if run.frozen.as_ref().is_none_or(|frozen| frozen.content_digest == found) {
            return Ok(());
        }
        let error = SyncError::Spoiled;
        self.store
            .settle(run.id, State::Failed, self.now(), Some(&because(&error)))
            .await?;
        Err(error)
    }

    async fn attempt(&self, run: &Run) -> Result<Accepted, ConnectError> {
        let Some(frozen) = &run.frozen else {
            return Err(ConnectError::NothingToSend);
        };
        let upload = Upload {
            idempotency_key: frozen.idempotency_key.clone(),
            content_digest: frozen.content_digest,
            size: frozen.body_size,
        };
        let progress = &self.context.progress;
        self.client()?
            .upload(&upload, || payload(&self.store, run.id, frozen.body_size, progress))
            .await
    }

    async fn note_acceptance(&self, id: RunId, began_at: DateTime<Utc>, accepted: Accepted) -> Result<(), SyncError> {
        failpoint!("after-upload");
        // The cloud may have taken and processed these bytes when an earlier attempt brought them.
        let earlier = began_at - self.store.first_sent(id).await?;
        let since_first = if (TimeDelta::zero()..LONGEST_KEPT).contains(&earlier) {
            earlier
        } else {
            TimeDelta::zero()
        };
        let receipt = Receipt {
            upload_id: accepted.id,
            location: accepted.location.map(String::from),
            sent_at: accepted.sent_at - since_first,
        };
        self.store.accepted(id, self.now(), &receipt).await?;
        tracing::info!(run_id = %id, state = %State::Accepted, upload = receipt.upload_id, "the cloud took the license usage; it has not processed it yet");
        self.context.progress.step(Step::Accepted(&receipt));
        Ok(())
    }

    /// Notes a failed attempt, and tells how long to wait before the next one if there is one in this burst.
    async fn after_failure(
        &self,
        id: RunId,
        attempts: u32,
        failed: u32,
        error: ConnectError,
    ) -> Result<Duration, SyncError> {
        let (because, now) = (because(&error), self.now());
        let asked = match error.verdict() {
            Verdict::Rejected => {
                self.store.settle(id, State::Rejected, now, Some(&because)).await?;
                return Err(SyncError::Rejected {
                    source: Box::new(error),
                });
            }
            Verdict::Stop => {
                self.store.undelivered(id, now, &because, None).await?;
                return Err(SyncError::Undelivered {
                    next_attempt_at: None,
                    source: Box::new(error),
                });
            }
            Verdict::Retry(asked) => asked,
        };
        let wait = asked.unwrap_or_default().max(burst_delay(failed, rand::random()));
        if failed < BURST_ATTEMPTS && wait <= LONGEST_WAIT_IN_BURST {
            self.store.undelivered(id, now, &because, Some(now + wait)).await?;
            tracing::debug!(run_id = %id, state = %State::Frozen, reason = %because.reason, attempt = attempts, "an attempt failed: {}", because.detail);
            self.context.progress.step(Step::Retry {
                reason: error.reason(),
                after: wait,
            });
            return Ok(wait);
        }
        let later = now + later(attempts.div_ceil(BURST_ATTEMPTS), asked);
        self.store.undelivered(id, now, &because, Some(later)).await?;
        Err(SyncError::Undelivered {
            next_attempt_at: Some(later),
            source: Box::new(error),
        })
    }
}

/// The frozen bytes, piece by piece.
fn payload(
    store: &Store,
    run: RunId,
    total: u64,
    progress: &Arc<dyn Progress>,
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
            progress.step(Step::Sent { bytes: sent, total });
            Ok(Some((Bytes::from(piece), (seq + 1, sent))))
        }
    })
}
