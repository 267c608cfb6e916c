//! A document that was made earlier and is kept as a file, as a run of its own: verified, reviewed, frozen, sent, confirmed.
//!
//! A file is one upload, however often and from wherever it is uploaded: its idempotency key follows from the server, the
//! time at which its list was collected, and its digest. A list never takes the place of a newer one.

use chrono::{DateTime, Utc};

use super::cause::{Cause, because};
use super::content::RunContent;
use super::context::Context;
use super::deliver::Age;
use super::destination::hostname;
use super::error::SyncError;
use super::gate_check::pass_gate;
use super::job::Job;
use super::progress::RunStep;
use super::recover::{self, Interruption};
use super::source::DocumentSource;
use super::synced::Synced;
use super::upload_refusal::UploadRefusal;
use crate::collect::{KeptDocument, UsageFile};
use crate::connect::ConnectError;
use crate::observe::catalog::Milestone;
use crate::store::{KEPT_RUNS, Run, State, Trigger};

/// The result of an upload of a file.
#[derive(Debug)]
pub enum Uploaded {
    /// The cloud confirmed it now.
    Confirmed(Box<Run>),
    /// The cloud confirmed this list before, in this run; nothing was sent.
    Before(Box<Run>),
}

impl Uploaded {
    /// The run that was confirmed.
    pub fn run(&self) -> &Run {
        match self {
            Self::Confirmed(run) | Self::Before(run) => run,
        }
    }
}

/// Sends the document in `file` and has it confirmed; what an earlier run left in the outbox goes first. The enterprise
/// server is not connected to.
pub async fn upload(context: &Context, file: UsageFile) -> Synced<Uploaded> {
    let kept = match read(context, file).await {
        Ok(kept) => kept,
        Err(error) => return Err(error).into(),
    };
    let job = match Job::open(context).await {
        Ok(job) => job,
        Err(error) => return Err(error).into(),
    };
    let Synced { earlier, result } = job.finish_and_upload(kept).await;
    let result = job.leave(result).await;
    Synced { earlier, result }
}

/// Reads the file while the gate is open, before anything is done that a wrong file would have to undo.
async fn read(context: &Context, file: UsageFile) -> Result<KeptDocument, SyncError> {
    pass_gate(context).await?;
    context.progress.started(None);
    let now = context.clock.now();
    let reading = tokio::task::spawn_blocking(move || file.read(now)).await;
    let kept = reading.map_err(|error| Cause::Write(std::io::Error::other(error)))?;
    let kept = kept.map_err(Cause::from)?;
    context.progress.done(kept.document.roster.totals());
    Ok(kept)
}

impl Job<'_> {
    async fn finish_and_upload(&self, kept: KeptDocument) -> Synced<Uploaded> {
        if let Err(refusal) = self.make_sure_of_server(&kept) {
            return Err(SyncError::NotSent(refusal.into())).into();
        }
        let (mut earlier, waiting) = match self.store.unfinished().await {
            Ok(waiting) => (self.retired.clone(), waiting),
            Err(error) => return Err(error.into()).into(),
        };
        if let Some(waiting) = waiting {
            if is_of(&waiting, &kept) {
                return self.proceed(waiting, kept.document.collected_at).await.into();
            }
            earlier = match self.end_earlier_run(&Trigger::Upload, &waiting).await {
                // An interrupted collection left no document.
                Ok(ended) => ended.frozen.is_some().then_some(ended),
                Err(error) => return Err(error).into(),
            };
        }
        // A newer list may be on its way by hand.
        let result = match self.follow_file().await {
            Ok(waiting) => match make_sure_of_no_newer(waiting.as_ref().map(|waiting| &waiting.run), &kept) {
                Ok(()) => self.upload_anew(kept).await,
                Err(refusal) => Err(SyncError::NotSent(refusal.into())),
            },
            Err(error) => Err(error.into()),
        };
        Synced { earlier, result }
    }

    /// The document is of the server that the settings name.
    fn make_sure_of_server(&self, kept: &KeptDocument) -> Result<(), UploadRefusal> {
        let (server, ours) = (&kept.document.server, hostname(&self.link));
        if !server.hostname.eq_ignore_ascii_case(ours) {
            return Err(UploadRefusal::OtherHost {
                theirs: server.hostname.clone(),
                ours: ours.to_owned(),
            });
        }
        if server.id != self.destination.server_id {
            return Err(UploadRefusal::OtherId {
                theirs: server.id,
                ours: self.destination.server_id,
                is_set: self.link.server.id.is_some(),
            });
        }
        Ok(())
    }

    /// Brings the run to its end that an earlier upload of the same file left.
    async fn proceed(&self, waiting: Run, collected_at: DateTime<Utc>) -> Result<Uploaded, SyncError> {
        let run = recover::take_stock(&self.store, self.now(), Interruption::Death).await?;
        let run = run.unwrap_or(waiting);
        tracing::info!(message_id = Milestone::TakenUp.message_id(), run_id = %run.id, state = %run.state, "an unfinished run continues");
        self.context.progress.step(RunStep::Resuming(&run));
        self.bring_to_end(&run, Age::Waiting, collected_at).await
    }

    async fn upload_anew(&self, kept: KeptDocument) -> Result<Uploaded, SyncError> {
        let collected_at = kept.document.collected_at;
        if let Some(before) = self.confirmed_before(&kept).await? {
            return Ok(Uploaded::Before(Box::new(before)));
        }
        // Where a person uploads files, nothing here went wrong that a run would have to record.
        if self.link.cloud.app.is_none() {
            return Err(Cause::from(ConnectError::NoApp).into());
        }
        let id = self
            .store
            .begin(&Trigger::Upload, &self.destination, hostname(&self.link), self.now())
            .await
            .map_err(Cause::from)?;
        let run = self.store.run(id).await.map_err(Cause::from)?;
        tracing::info!(run_id = %id, state = %State::Collecting, trigger = run.trigger.word(), "a license usage document was read from a file; its list was collected at {collected_at}");
        match self.freeze_kept(&run, kept).await {
            Ok(None) => self.bring_to_end(&run, Age::New, collected_at).await,
            Ok(Some(held)) => Err(held),
            Err(cause) => {
                self.note_failure(id, &run.trigger, &cause).await.map_err(Cause::from)?;
                Err(SyncError::NotSent(cause))
            }
        }
    }

    async fn freeze_kept(&self, run: &Run, kept: KeptDocument) -> Result<Option<SyncError>, Cause> {
        // A key that is of no use is found before there is anything to delete.
        self.client()?;
        let content = RunContent::Made(Box::new(DocumentSource::kept(kept)));
        self.freeze(run, &self.link, content, None).await
    }

    async fn bring_to_end(&self, run: &Run, age: Age, collected_at: DateTime<Utc>) -> Result<Uploaded, SyncError> {
        match self.deliver_and_confirm(run.id, age).await {
            Err(SyncError::Overtaken { at }) => {
                let refusal = UploadRefusal::Overtaken { collected_at, at };
                recover::replace(&self.store, run, &because(&refusal), self.now()).await?;
                Err(SyncError::NotSent(refusal.into()))
            }
            result => Ok(Uploaded::Confirmed(Box::new(result?))),
        }
    }

    /// The run in which the cloud confirmed this list since it was collected, if it did.
    ///
    /// # Errors
    /// When the cloud took a newer list since then.
    async fn confirmed_before(&self, kept: &KeptDocument) -> Result<Option<Run>, SyncError> {
        let collected_at = kept.document.collected_at;
        let runs = self.store.runs(KEPT_RUNS).await?;
        let taken: Vec<_> = runs
            .into_iter()
            .filter(|run| run.destination == self.destination && is_taken(run))
            .collect();
        let is_same =
            |run: &&Run| run.has_frozen(kept.digest) && run.state == State::Confirmed && run.updated_at >= collected_at;
        if let Some(same) = taken.iter().find(is_same) {
            return Ok(Some(same.clone()));
        }
        // A list is collected after its run began, and the one in the file may be of the time between.
        match taken.iter().map(collected).max().filter(|newer| *newer > collected_at) {
            Some(newer) => Err(Cause::from(UploadRefusal::Newer { collected_at, newer }).into()),
            None => Ok(None),
        }
    }
}

/// When the list of a run was collected, or the run began, if that is not known.
fn collected(run: &Run) -> DateTime<Utc> {
    run.collected_at.map_or(run.listed_at(), |at| at.max(run.listed_at()))
}

/// The list takes the place of no newer one that is in a file and still waits for a person.
fn make_sure_of_no_newer(waiting: Option<&Run>, kept: &KeptDocument) -> Result<(), UploadRefusal> {
    let Some((run, file)) = waiting
        .filter(|run| run.state == State::Written)
        .and_then(|run| Some((run, run.file.as_ref()?)))
    else {
        return Ok(());
    };
    let is_same = run.has_frozen(kept.digest);
    let (collected_at, newer) = (kept.document.collected_at, collected(run));
    match is_same || newer <= collected_at {
        true => Ok(()),
        false => Err(UploadRefusal::NewerWaits {
            collected_at,
            newer,
            file: file.path.clone().into(),
        }),
    }
}

/// Whether the cloud took its list, by whatever way, and has not said that it could not process it.
fn is_taken(run: &Run) -> bool {
    run.state == State::Confirmed || run.receipt.is_some() && run.state != State::Failed
}

/// Whether the document that waits is that of the file.
fn is_of(waiting: &Run, kept: &KeptDocument) -> bool {
    waiting.trigger == Trigger::Upload
        && waiting
            .report
            .is_some_and(|report| report.made_at == kept.document.collected_at)
        && waiting.has_frozen(kept.digest)
}
