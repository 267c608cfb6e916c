//! One sync: what an earlier run left in the outbox goes first, then today's list.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use super::cause::{Cause, because};
use super::context::Context;
use super::deliver::Age;
use super::destination::{in_force, retire};
use super::error::SyncError;
use super::gate_check::pass_gate;
use super::job::Job;
use super::known_list::is_known;
use super::progress::RunStep;
use super::recover::{self, Interruption};
use super::retry::pace;
use super::supersede::supersede;
use super::synced::Synced;
use super::timetable::timetable_of;
use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::store::{Run, Store, Trigger};

/// Collects, freezes, sends and confirms once; what an earlier run left in the outbox goes first.
///
/// # Errors
/// [`SyncError`], whose first line says what was not done. What was frozen before stays frozen.
pub async fn run_once(context: &Context, trigger: &Trigger) -> Result<Run, SyncError> {
    run_all(context, trigger).await.result
}

/// The same, and reports the result of what was in the outbox.
pub async fn run_all(context: &Context, trigger: &Trigger) -> Synced {
    // On the heap, since the frame of each caller would hold all of it again.
    Box::pin(do_all(context, trigger)).await
}

async fn do_all(context: &Context, trigger: &Trigger) -> Synced {
    let job = match Job::open(context).await {
        Ok(job) => job,
        Err(error) => return Err(error).into(),
    };
    let Synced { earlier, result } = job.finish_and_run(trigger).await;
    let result = job.leave(result).await;
    Synced { earlier, result }
}

/// Brings what an earlier run left in the outbox to its end, and starts nothing new.
///
/// # Errors
/// [`SyncError`], like [`run_once`].
pub async fn resume(context: &Context) -> Result<Option<Run>, SyncError> {
    resume_all(context).await.result
}

/// The same, and reports what ended because the destination changed.
pub async fn resume_all(context: &Context) -> Synced<Option<Run>> {
    Box::pin(finish_outbox(context)).await
}

async fn finish_outbox(context: &Context) -> Synced<Option<Run>> {
    let mut job = match Job::open(context).await {
        Ok(job) => job,
        Err(error) => return Err(error).into(),
    };
    let earlier = job.retired.take();
    let result = job.finish_earlier_run().await;
    let result = job.leave(result).await;
    Synced { earlier, result }
}

impl<'a> Job<'a> {
    /// Passes the gate and takes the state directory. What is in it for another destination ends.
    pub(super) async fn open(context: &'a Context) -> Result<Self, SyncError> {
        let link = pass_gate(context).await?;
        context.progress.step(RunStep::GateOpen(&link));
        let lock = context.lock().await.map_err(Cause::from)?;
        let store = Store::open(&context.state_directory).await.map_err(Cause::from)?;
        let now = context.clock.now();
        let (installation, destination) = in_force(&store, &link, now).await.map_err(Cause::from)?;
        let retired = retire(&store, &destination, now).await.map_err(Cause::from)?;
        supersede(&store).await;
        let pace = pace(&timetable_of(&link, installation), now);
        Ok(Self {
            context,
            store,
            link: *link,
            installation,
            destination,
            retired,
            client: OnceLock::new(),
            pace,
            list_is_unreadable: AtomicBool::new(false),
            entry_is_unreadable: AtomicBool::new(false),
            _lock: lock,
        })
    }

    async fn finish_and_run(&self, trigger: &Trigger) -> Synced {
        match self.store.unfinished().await {
            Ok(None) => self.run_after_file(trigger).await,
            Ok(Some(waiting)) => self.finish_and_run_anew(trigger, &waiting).await,
            Err(error) => Err(error.into()).into(),
        }
    }

    async fn finish_and_run_anew(&self, trigger: &Trigger, waiting: &Run) -> Synced {
        let earlier = match self.end_earlier_run(trigger, waiting).await {
            Ok(earlier) => earlier,
            Err(error) => return Err(error).into(),
        };
        // A window gets its list also when nothing changed since the one before. A person wants no more than the list that
        // was sent a moment ago; one that the cloud took before says nothing of today.
        let is_of_now = *trigger == Trigger::Manual && waiting.receipt.is_none();
        let known = Some(&earlier).filter(|run| is_of_now && is_known(run));
        let result = self.run_anew(trigger, known).await;
        Synced {
            // An interrupted collection left no document.
            earlier: earlier.frozen.is_some().then_some(earlier),
            result,
        }
    }

    /// Makes room in the outbox: the run that was in it, as it ended.
    pub(super) async fn end_earlier_run(&self, trigger: &Trigger, waiting: &Run) -> Result<Run, SyncError> {
        self.replace_undelivered(trigger).await?;
        match self.finish_earlier_run().await {
            Ok(_) => {}
            // That document is done with; today's is another one.
            Err(error @ (SyncError::Rejected { .. } | SyncError::NotProcessed { .. } | SyncError::Spoiled)) => {
                tracing::error!(reason = %error.reason(), "an earlier run ended: {}", chain(&error));
            }
            Err(error) => self.give_way(trigger, error).await?,
        }
        Ok(self.store.run(waiting.id).await?)
    }

    pub(super) async fn run_anew(&self, trigger: &Trigger, known: Option<&Run>) -> Result<Run, SyncError> {
        let id = Box::pin(self.freeze_a_new_document(trigger, known)).await?;
        Box::pin(self.deliver_and_confirm(id, Age::New)).await
    }

    async fn finish_earlier_run(&self) -> Result<Option<Run>, SyncError> {
        let Some(run) = recover::take_stock(&self.store, self.now(), Interruption::Death).await? else {
            return Ok(None);
        };
        tracing::info!(
            message_id = Milestone::TakenUp.message_id(), run_id = %run.id, window = run.window, state = %run.state, "an unfinished run continues"
        );
        self.context.progress.step(RunStep::Resuming(&run));
        match self.deliver_and_confirm(run.id, Age::Waiting).await {
            Err(error @ SyncError::Overtaken { .. }) => {
                recover::replace(&self.store, &run, &because(&error), self.now()).await?;
                Ok(None)
            }
            result => result.map(Some),
        }
    }
}
