//! The use case: one run, from the gate to the cloud's confirmation. Every trigger runs [`run_once`]; in an [`upload()`], a
//! document from a file takes the place of the collection.
//!
//! Promises: nothing is sent that is not frozen in the store; every attempt sends the same bytes under the same
//! idempotency key; accepted is not called success; the gate is asked when woken, before collecting, before each attempt
//! and while it collects or sends; one run at a time per state directory. What an earlier process left behind is resumed first.

mod agenda;
mod cause;
mod cloud_record;
mod cloud_servers;
mod cloud_watch;
mod confirm;
mod content;
mod decide;
mod deliver;
mod destination;
mod error;
mod export;
mod gather;
mod hand_over;
mod health;
mod held_list;
mod identity;
mod known_list;
mod listed_upload;
mod measure;
mod new_document;
mod outgoing;
mod outgoing_directory;
mod outgoing_error;
mod pack;
mod plan;
mod preview;
mod progress;
mod recover;
mod retry;
mod review;
mod source;
mod summary;
mod supersede;
mod timetable;
mod trend;
mod unlisted_products;
mod upload;
mod upload_refusal;
mod waiting_file;
mod watch;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use tokio::time::timeout;

pub use crate::collect::NoProgress;
pub use agenda::{Asked, Next};
pub use cause::Cause;
pub use cloud_servers::{CloudAnswers, CloudServer, CloudServers, Freshness, OursBy};
pub use cloud_watch::{ask_cloud, cloud_servers};
pub use decide::{NotHeld, decide};
pub use destination::{destination, server_id};
pub use error::SyncError;
pub use export::{Export, export, export_waiting};
pub use health::{Health, health};
pub use held_list::{HeldList, held_list};
pub use listed_upload::after_failure;
pub use measure::{MeasureError, publish_metrics};
pub use outgoing_directory::{DirectoryError, check_directory};
pub use outgoing_error::OutgoingError;
pub use plan::{Outlook, Plan, Survey, plan, survey};
pub use preview::{Preview, preview};
pub use progress::{RunProgress, RunStep};
pub use recover::{Interruption, Outbox, abandon, close_outbox};
pub use retry::{pause_after, table as retry_table};
pub use summary::SyncSummary;
pub use timetable::timetable_of;
pub use trend::{Trend, trend};
pub use upload::{Uploaded, upload};
pub use upload_refusal::UploadRefusal;
pub use waiting_file::{defect_of_file, follow, follow_listing, upload_place, why_unseen};
pub use watch::{Unkept, WatchContext, WatchMemory, WatchRound};

use deliver::Age;
use destination::{in_force, retire};
use known_list::is_known;
use retry::pace;

use crate::clock::Clock;
use crate::connect::{Client, ConnectError};
use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::settings::{Environment, Gate, Link, LiveSettings};
use crate::store::{self, Destination, Installation, Role, Run, StateReason, Store, StoreError, Trigger};
use crate::transport::Pace;

/// How often the gate is asked while a run transfers, for settings that nobody reloads.
const LOOK_AT_GATE: Duration = Duration::from_secs(2);

/// Everything a run works with.
pub struct Context {
    /// Asked again at each gate, so that a switch that is turned off in the file takes effect at once.
    pub settings: LiveSettings,
    pub state_directory: PathBuf,
    pub environment: Environment,
    pub clock: Arc<dyn Clock>,
    pub progress: Arc<dyn RunProgress>,
    /// What the process does, for others that find the state directory taken.
    pub role: Role,
    /// A person's word, by `notify_waiters`: it cuts the wait of the run under way short, if it waits then.
    pub nudge: Notify,
}

impl Context {
    /// Takes the state directory for this process.
    async fn lock(&self) -> Result<store::Lock, StoreError> {
        Ok(store::lock(&self.state_directory)
            .await?
            .signed(self.role, self.clock.now()))
    }
}

/// What happened to the two runs that a sync may bring to an end.
#[derive(Debug)]
pub struct Synced<T = Run> {
    /// The run whose document waited, as it ended, also because the destination changed.
    pub earlier: Option<Run>,
    /// The run that was asked for; one that sent nothing, since its list is that of `earlier`, is `refused`.
    pub result: Result<T, SyncError>,
}

impl<T> From<Result<T, SyncError>> for Synced<T> {
    fn from(result: Result<T, SyncError>) -> Self {
        Self { earlier: None, result }
    }
}

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

/// The settings of an open gate. What is in the outbox ends where it is closed.
async fn pass_gate(context: &Context) -> Result<Box<Link>, SyncError> {
    match context.settings.gate() {
        Gate::Open(link) => Ok(link),
        Gate::Closed(closed) => Err(match close_outbox(context, closed).await? {
            Outbox::GivenUp(error) => error,
            Outbox::Empty => SyncError::NotSent(closed.into()),
            Outbox::InUse(holder) => SyncError::InUse { holder, source: closed },
        }),
    }
}

/// One run's tools.
struct Job<'a> {
    context: &'a Context,
    store: Store,
    /// The settings that the run began with, and what follows from them.
    link: Link,
    installation: Installation,
    destination: Destination,
    /// The run whose document ended because it was for another destination.
    retired: Option<Run>,
    client: OnceLock<Client>,
    /// Transfers end with the window.
    pace: Pace,
    /// That the cloud's list of servers cannot be read was reported in this run.
    list_is_unreadable: AtomicBool,
    /// That the entry of this server in it cannot be read completely was reported in this run.
    entry_is_unreadable: AtomicBool,
    _lock: store::Lock,
}

impl<'a> Job<'a> {
    /// Passes the gate and takes the state directory. What is in it for another destination ends.
    async fn open(context: &'a Context) -> Result<Self, SyncError> {
        let link = pass_gate(context).await?;
        context.progress.step(RunStep::GateOpen(&link));
        let lock = context.lock().await.map_err(Cause::from)?;
        let store = Store::open(&context.state_directory).await.map_err(Cause::from)?;
        let now = context.clock.now();
        let (installation, destination) = in_force(&store, &link, now).await.map_err(Cause::from)?;
        let retired = retire(&store, &destination, now).await.map_err(Cause::from)?;
        supersede::supersede(&store).await;
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

    /// The way to the cloud. Not prepared before there is a run in which its failure can be noted.
    fn client(&self) -> Result<&Client, ConnectError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let clock = Arc::clone(&self.context.clock);
        let client = Client::new(&self.link.cloud, self.pace, &self.context.environment, clock)?;
        Ok(self.client.get_or_init(|| client))
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
    async fn end_earlier_run(&self, trigger: &Trigger, waiting: &Run) -> Result<Run, SyncError> {
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

    async fn run_anew(&self, trigger: &Trigger, known: Option<&Run>) -> Result<Run, SyncError> {
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

    /// Does `work` as long as the gate is open for the run and its destination is in force. Both are asked before, when a
    /// person spoke, and every few seconds.
    async fn while_allowed<T>(&self, run: &Run, work: impl Future<Output = T>) -> Result<T, SyncError> {
        let mut work = pin!(work);
        loop {
            // It counts from here on, so that nothing is missed between the question and the wait.
            let nudged = self.context.nudge.notified();
            self.pass_gate_or_give_up(run).await?;
            tokio::select! {
                done = &mut work => return Ok(done),
                _ = timeout(LOOK_AT_GATE, nudged) => {}
            }
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.context.clock.now()
    }
}

/// A reason in words, for the store.
fn because(error: &(impl Explain + Sized)) -> StateReason {
    StateReason {
        reason: error.reason(),
        detail: chain(error),
    }
}
