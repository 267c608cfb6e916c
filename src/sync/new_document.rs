//! Today's document: who consumes a license is collected, reviewed, and frozen or held.

use std::sync::Arc;

use super::cause::{Cause, because};
use super::content::RunContent;
use super::destination::hostname;
use super::error::SyncError;
use super::gather::GatherTarget;
use super::job::Job;
use super::outgoing_directory::check_directory;
use super::outgoing_error::OutgoingError;
use super::pack;
use super::progress::RunStep;
use super::retry::after_collection;
use super::review::{Review, review, usable};
use crate::license::{Exported, ReportAge, ServerCounts, Totals};
use crate::reason::Reason;
use crate::settings::{Delivery, Link};
use crate::store::{Frozen, Run, RunId, State, StateReason, StoreError, Trigger};

impl Job<'_> {
    /// Makes today's list ready to be sent, unless it is that of the `known` run. Returns the run that has the list: of a file
    /// that waits it is the one that wrote it, and nothing is recorded.
    pub(super) async fn freeze_a_new_document(
        &self,
        trigger: &Trigger,
        known: Option<&Run>,
    ) -> Result<RunId, SyncError> {
        // The server that the settings name now.
        let link = self.context.settings.gate().pass().cloned().map_err(Cause::from)?;
        let hostname = hostname(&link);
        let id = self.store.begin(trigger, &self.destination, hostname, self.now()).await;
        let id = id.map_err(Cause::from)?;
        let run = self.store.run(id).await.map_err(Cause::from)?;
        tracing::info!(run_id = %id, window = trigger.window(), state = %State::Collecting, trigger = trigger.word(), "collecting who consumes a license");
        match self.collect_and_freeze(&run, &link, known).await {
            Ok(Some(ended)) => Err(ended),
            Ok(None) => match known {
                Some(known) if self.store.withdraw(id).await? => Ok(known.id),
                _ => Ok(id),
            },
            Err(cause) => {
                self.note_failure(id, trigger, &cause).await.map_err(Cause::from)?;
                Err(SyncError::NotSent(cause))
            }
        }
    }

    /// A scheduled run is tried again within its window; a person tries again when it suits. What the server asks for is
    /// kept in either case.
    pub(super) async fn note_failure(&self, id: RunId, trigger: &Trigger, cause: &Cause) -> Result<(), StoreError> {
        if self.store.run(id).await?.state != State::Collecting {
            // It was frozen, and that was reported as a failure: the document waits for the next run.
            return Ok(());
        }
        let because = because(cause);
        if trigger.is_by_person() && cause.retry_after().is_none() {
            return self.store.settle(id, State::Failed, self.now(), Some(&because)).await;
        }
        let wait = after_collection(&self.store, cause.tier(), cause.retry_after()).await?;
        let now = self.now();
        let next = now + wait;
        self.store.not_collected(id, now, &because, next).await
    }

    /// How the run ended, if it failed and that was noted: it is held, the gate was closed, the destination changed.
    async fn collect_and_freeze(
        &self,
        run: &Run,
        link: &Link,
        known: Option<&Run>,
    ) -> Result<Option<SyncError>, Cause> {
        // A key or a directory that is of no use is found before anybody is bothered.
        match &link.sync.delivery {
            Delivery::Connect => self.client().map(|_| ())?,
            Delivery::File(directory) => {
                check_directory(directory, &self.context.state_directory).map_err(OutgoingError::from)?;
            }
        }
        failpoint!("before-collect");
        let purpose = GatherTarget {
            link,
            destination: &self.destination,
            installation: self.installation,
            pace: self.pace,
        };
        let content = match self.while_allowed(run, purpose.gather(self.context, None)).await {
            Ok(content) => content?,
            Err(ended) => return Ok(Some(ended)),
        };
        if let Some(remark) = content.report().and_then(ReportAge::remark) {
            tracing::warn!(run_id = %run.id, state = %State::Collecting, "{remark}");
        }
        if let Some(totals) = content.totals() {
            let refused = content.products_refused();
            self.report_unlisted_products(run, totals, refused).await?;
        }
        if let Err(ended) = self.pass_gate_or_give_up(run).await {
            return Ok(Some(ended));
        }
        failpoint!("after-collect");
        let run = self.under_id_of(run, &content).await?;
        self.freeze(&run, link, content, known).await
    }

    /// The run, under the server ID that the content names: a file of the server knows it, and the store must not have sent
    /// anything for another server.
    async fn under_id_of(&self, run: &Run, content: &RunContent) -> Result<Run, StoreError> {
        let id = content.server_id();
        if run.destination.server_id != id {
            content.make_sure_of(&self.store).await?;
            self.store.adopt(run.id, id).await?;
            tracing::info!(run_id = %run.id, state = %State::Collecting, "the license usage file names the server ID {id}");
        }
        self.store.run(run.id).await
    }

    /// How the run ended, if it is held. The content is that of the `known` run if their digests are the same.
    pub(super) async fn freeze(
        &self,
        run: &Run,
        link: &Link,
        content: RunContent,
        known: Option<&Run>,
    ) -> Result<Option<SyncError>, Cause> {
        let id = run.id;
        let content = Arc::new(content);
        let (totals, counts) = (content.totals(), content.counts());
        let read = |_| link.fingerprint_key.read_or_create(&self.context.environment);
        let key = totals.map(read).and_then(|secret| usable(secret.map(Some)));
        let digest = content.digest().await.map_err(Cause::Write)?;
        let review = review(&self.store, &run.destination, link.sync.guard, key, &content, digest).await?;
        self.store
            .count(id, totals, counts, content.report(), review.change, review.encrypted)
            .await?;
        if let Some(at) = content.collected_at() {
            self.store.note_collection(id, at).await?;
        }
        if let Some(known) = known.filter(|known| known.has_frozen(digest)) {
            if known.state == State::Confirmed {
                self.end_unchanged(id).await?;
            }
            return Ok(None);
        }
        let scope = scope(run, content.report());
        let exported = content.exported().cloned();
        let frozen = pack::freeze(&self.store, id, &scope, content, digest, &review, self.now()).await?;
        let users = totals.map(|totals| totals.consumed);
        if let Some(hold) = review.hold {
            tracing::error!(
                run_id = %id, state = %State::Held, reason = %hold.reason(), users, digest = %digest.short(),
                "held the license usage until a person approves or discards it: {hold}"
            );
            return Ok(Some(SyncError::Held {
                digest,
                change: review.change,
                source: hold,
            }));
        }
        match (totals, exported) {
            (Some(totals), _) => report_list(id, totals, counts, &review, &frozen),
            (None, Some(exported)) => report_export(id, &exported, &review, &frozen),
            (None, None) => {}
        }
        self.context.progress.step(RunStep::Frozen(&frozen));
        Ok(None)
    }

    async fn end_unchanged(&self, id: RunId) -> Result<(), StoreError> {
        let because = StateReason {
            reason: Reason::Cancelled,
            detail: "it is the list that the cloud confirmed last".to_owned(),
        };
        tracing::info!(run_id = %id, state = %State::Refused, "today's list is not sent: {}", because.detail);
        self.store.settle(id, State::Refused, self.now(), Some(&because)).await
    }
}

/// Within it, the cloud takes the same document once: a window, a run by hand, or the time at which the list of a file was
/// collected, so that a file is taken once however often and from wherever it is uploaded.
fn scope(run: &Run, report: Option<ReportAge>) -> String {
    match (&run.window, report) {
        (Some(window), _) => window.clone(),
        (None, Some(report)) if run.trigger == Trigger::Upload => report.made_at.format("%Y%m%dT%H%M%SZ").to_string(),
        (None, _) => run.id.to_string(),
    }
}

/// A document that was made from a list, or a list that was read from one.
fn report_list(id: RunId, totals: Totals, counts: ServerCounts, review: &Review, frozen: &Frozen) {
    let compared = review.in_words(totals, counts);
    tracing::info!(
        run_id = %id, state = %State::Frozen, accounts = totals.accounts, users = totals.consumed,
        suspended = totals.suspended, organizations = totals.organizations, bots = totals.bots, setup_users = totals.setup_users, ghosts = totals.ghosts, digest = %frozen.digest.short(), bytes = frozen.body_size,
        unmatchable = totals.unmatchable, no_sign_in = totals.no_sign_in, seats_used = counts.seats_used,
        "froze the license usage of {} users; {compared}", totals.consumed
    );
}

/// A file whose users are encrypted.
fn report_export(id: RunId, exported: &Exported, review: &Review, frozen: &Frozen) {
    if review.is_same_file(frozen.digest) {
        tracing::warn!(run_id = %id, state = %State::Frozen, "the server exported no new file: it is the one that was last confirmed");
    }
    tracing::info!(
        run_id = %id, state = %State::Frozen, digest = %frozen.digest.short(), bytes = frozen.body_size, encrypted_bytes = exported.users_bytes,
        version = exported.version, "froze a license usage file with encrypted users; {}", review.size_in_words()
    );
}
