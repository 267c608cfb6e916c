//! The use case: one run, from the gate to the cloud's confirmation. Every trigger runs [`run_once`].
//!
//! Promises: nothing is sent that is not frozen in the store; every attempt sends the same bytes under the same
//! idempotency key; accepted is not called success; the gate is asked when woken, before collecting, before each attempt
//! and while it collects or sends; one run at a time per state directory. What an earlier process left behind is taken up first.

mod agenda;
mod confirm;
mod decide;
mod deliver;
mod destination;
mod error;
mod health;
mod identity;
mod measure;
mod pack;
mod plan;
mod preview;
mod progress;
mod recover;
mod retry;
mod review;
mod standing;
mod timetable;

use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use tokio::sync::Notify;
use tokio::time::timeout;
use uuid::Uuid;

pub use agenda::{Asked, Next};
pub use decide::{NotHeld, decide};
pub use destination::{destination, server_id};
pub use error::{Cause, SyncError};
pub use health::{Health, health};
pub use measure::{MeasureError, publish_metrics};
pub use plan::{Outlook, Plan, outlook, plan};
pub use preview::{Preview, preview};
pub use progress::{Progress, Silent, Step};
pub use recover::{Interruption, Outbox, abandon, close_outbox};
pub use retry::{pause_after, table as retry_table};
pub use standing::Standing;
pub use timetable::timetable_of;

use deliver::Age;
use destination::{hostname, in_force, retire};
use retry::later;
use review::review;
use timetable::pace;

use crate::clock::Clock;
use crate::collect::{self, Collection};
use crate::connect::{Client, ConnectError};
use crate::explain::{Explain, chain};
use crate::license::{Document, Feature, LicenseFacts, document};
use crate::observe::catalog::Milestone;
use crate::settings::{Environment, Gate, Link, LiveSettings};
use crate::store::{self, Because, Destination, Installation, Run, RunId, State, Store, StoreError, Trigger};
use crate::transport::{Pace, Tier};

/// How often the gate is asked while a run transfers, for settings that nobody reloads.
const LOOK_AT_GATE: Duration = Duration::from_secs(2);

/// Everything a run works with.
pub struct Context {
    /// Asked again at each gate, so that a switch that is turned off in the file takes effect at once.
    pub settings: LiveSettings,
    pub state_directory: PathBuf,
    pub environment: Environment,
    pub clock: Arc<dyn Clock>,
    pub progress: Arc<dyn Progress>,
    /// A person's word, by `notify_waiters`: it cuts the wait of the run under way short, if it waits then.
    pub nudge: Notify,
}

/// Collects, freezes, sends and confirms once; what an earlier run left in the outbox goes first.
///
/// # Errors
/// [`SyncError`], whose first line says what was not done. What was frozen by then stays frozen.
pub async fn run_once(context: &Context, trigger: &Trigger) -> Result<Run, SyncError> {
    let job = Job::open(context).await?;
    let result = job.finish_and_run(trigger).await;
    job.store.close().await;
    result
}

/// Brings what an earlier run left in the outbox to its end, and starts nothing new.
///
/// # Errors
/// [`SyncError`], like [`run_once`].
pub async fn resume(context: &Context) -> Result<Option<Run>, SyncError> {
    let job = Job::open(context).await?;
    let result = job.finish_earlier_run().await;
    job.store.close().await;
    result
}

/// One run's tools.
struct Job<'a> {
    context: &'a Context,
    store: Store,
    /// The settings that the run began with, and what follows from them.
    link: Link,
    installation: Installation,
    destination: Destination,
    client: OnceLock<Client>,
    /// Transfers end with the window.
    pace: Pace,
    /// That the cloud's list of servers cannot be read was reported in this run.
    list_is_unreadable: AtomicBool,
    _lock: store::Lock,
}

impl<'a> Job<'a> {
    /// Passes the gate and takes the state directory. What is in it for another destination ends.
    async fn open(context: &'a Context) -> Result<Self, SyncError> {
        let link = match context.settings.gate() {
            Gate::Open(link) => link,
            Gate::Closed(closed) => {
                return Err(match close_outbox(context, closed).await? {
                    Outbox::GivenUp(error) => error,
                    Outbox::Empty | Outbox::InUse => SyncError::NotSent(closed.into()),
                });
            }
        };
        context.progress.step(Step::GateOpen(&link));
        let lock = store::lock(&context.state_directory).map_err(Cause::from)?;
        let store = Store::open(&context.state_directory).await.map_err(Cause::from)?;
        let now = context.clock.now();
        let (installation, destination) = in_force(&store, &link, now).await.map_err(Cause::from)?;
        retire(&store, &destination, now).await.map_err(Cause::from)?;
        let pace = pace(&timetable_of(&link, installation), now);
        Ok(Self {
            context,
            store,
            link: *link,
            installation,
            destination,
            client: OnceLock::new(),
            pace,
            list_is_unreadable: AtomicBool::new(false),
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

    async fn finish_and_run(&self, trigger: &Trigger) -> Result<Run, SyncError> {
        self.replace_undelivered(trigger).await?;
        match self.finish_earlier_run().await {
            Ok(_) => {}
            // That document is done with; today's is another one.
            Err(error @ (SyncError::Rejected { .. } | SyncError::NotProcessed | SyncError::Spoiled)) => {
                tracing::error!(reason = %error.reason(), "an earlier run ended: {}", chain(&error));
            }
            Err(error) => self.give_way(trigger, error).await?,
        }
        let id = self.freeze_a_new_document(trigger).await?;
        self.deliver_and_confirm(id, Age::New).await
    }

    async fn finish_earlier_run(&self) -> Result<Option<Run>, SyncError> {
        let Some(run) = recover::take_stock(&self.store, self.now(), Interruption::Death).await? else {
            return Ok(None);
        };
        tracing::info!(
            message_id = Milestone::TakenUp.message_id(), run_id = %run.id, window = run.window, state = %run.state, "an unfinished run is taken up"
        );
        self.context.progress.step(Step::Resuming(&run));
        match self.deliver_and_confirm(run.id, Age::Waiting).await {
            Err(error @ SyncError::Overtaken { .. }) => {
                recover::replace(&self.store, &run, &because(&error), self.now()).await?;
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    async fn freeze_a_new_document(&self, trigger: &Trigger) -> Result<RunId, SyncError> {
        // The server that the settings name now.
        let link = self.context.settings.gate().pass().cloned().map_err(Cause::from)?;
        let hostname = hostname(&link);
        let id = self.store.begin(trigger, &self.destination, hostname, self.now()).await;
        let id = id.map_err(Cause::from)?;
        let run = self.store.run(id).await.map_err(Cause::from)?;
        tracing::info!(run_id = %id, window = trigger.window(), state = %State::Collecting, trigger = trigger.word(), "collecting who consumes a license");
        match self.collect_and_freeze(&run, &link).await {
            Ok(ended) => ended.map_or(Ok(id), Err),
            Err(cause) => {
                self.note_failure(id, trigger, &cause).await.map_err(Cause::from)?;
                Err(SyncError::NotSent(cause))
            }
        }
    }

    /// A scheduled run is tried again within its window; a person tries again when it suits. What the server asks for is
    /// kept in either case.
    async fn note_failure(&self, id: RunId, trigger: &Trigger, cause: &Cause) -> Result<(), StoreError> {
        if self.store.run(id).await?.state != State::Collecting {
            // It was frozen, and that was told as a failure: the document waits for the next run.
            return Ok(());
        }
        let because = because(cause);
        if *trigger == Trigger::Manual && cause.retry_after().is_none() {
            return self.store.settle(id, State::Failed, self.now(), Some(&because)).await;
        }
        let in_vain = recover::collections_in_vain(&self.store).await?;
        let now = self.now();
        let next = now + later(cause.tier(), in_vain, cause.retry_after());
        self.store.not_collected(id, now, &because, next).await
    }

    /// How the run ended, if it ended and that was noted: it is held, the gate was closed, the destination changed.
    async fn collect_and_freeze(&self, run: &Run, link: &Link) -> Result<Option<SyncError>, Cause> {
        let id = run.id;
        // A key that is of no use is found before anybody is bothered.
        self.client()?;
        failpoint!("before-collect");
        let collecting = collect::collect(
            &link.server,
            self.pace,
            &self.context.environment,
            &*self.context.progress,
        );
        let collection = match self.while_allowed(run, collecting).await {
            Ok(collection) => collection?,
            Err(ended) => return Ok(Some(ended)),
        };
        if let Err(ended) = self.pass_gate_or_give_up(run).await {
            return Ok(Some(ended));
        }
        failpoint!("after-collect");
        let (totals, counts) = (collection.roster.totals(), collection.facts.counts);
        let secret = link.fingerprint_key.read_or_create(&self.context.environment);
        let key = review::usable(secret.map(Some));
        let review = review(&self.store, &self.destination, link.sync.guard, key, &collection).await?;
        self.store.count(id, totals, counts, review.change).await?;
        let source = DocumentSource::new(
            link,
            self.destination.server_id,
            self.installation,
            collection,
            self.now(),
        );
        let scope = run.window.clone().unwrap_or_else(|| id.to_string());
        let frozen = pack::freeze(&self.store, id, &scope, source, &review, self.now()).await?;
        if let Some(hold) = review.hold {
            tracing::error!(
                run_id = %id, state = %State::Held, reason = %hold.reason(), users = totals.consumed, digest = %frozen.digest.short(),
                "held the license usage, a person has to look before it is sent: {hold}"
            );
            return Ok(Some(SyncError::Held {
                digest: frozen.digest,
                change: review.change,
                source: hold,
            }));
        }
        let compared = review.in_words(totals, counts);
        tracing::info!(
            run_id = %id, state = %State::Frozen, accounts = totals.accounts, users = totals.consumed,
            suspended = totals.suspended, organizations = totals.organizations, bots = totals.bots, setup_users = totals.setup_users, digest = %frozen.digest.short(), bytes = frozen.body_size,
            unmatchable = totals.unmatchable, seats_used = counts.seats_used,
            "froze the license usage of {} people; {compared}", totals.consumed
        );
        self.context.progress.step(Step::Frozen(&frozen));
        Ok(None)
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

    /// Leaves the run in `state`, for longer each time.
    async fn postpone(
        &self,
        run: &Run,
        state: State,
        because: &Because,
        tier: Tier,
        asked: Option<Duration>,
    ) -> Result<(), StoreError> {
        let events = self.store.events(run.id).await?;
        let before = events
            .iter()
            .filter(|event| event.state == state && event.reason.is_some())
            .count();
        let failures = u32::try_from(before + 1).unwrap_or(u32::MAX);
        let now = self.now();
        let next = now + later(tier, failures, asked);
        self.store.postpone(run.id, state, now, because, next).await
    }

    fn now(&self) -> DateTime<Utc> {
        self.context.clock.now()
    }
}

/// What a document is made from; owned, so that it can be written on another thread.
struct DocumentSource {
    server: document::Server,
    features: Vec<Feature>,
    license: LicenseFacts,
    collected_at: DateTime<Utc>,
    collection: Collection,
}

impl DocumentSource {
    fn new(link: &Link, id: Uuid, installation: Installation, collection: Collection, now: DateTime<Utc>) -> Self {
        let url = &link.server.url;
        Self {
            server: document::Server {
                id,
                hostname: url.host_str().unwrap_or_default().to_owned(),
                version: collection.facts.version.clone(),
                http_only: url.scheme() == "http",
            },
            features: vec![Feature {
                name: "license-sync",
                enabled_at: installation.enabled_at,
            }],
            license: collection.facts.license.clone(),
            collected_at: now.trunc_subsecs(0),
            collection,
        }
    }

    fn document(&self) -> Document<'_> {
        Document {
            server: self.server.clone(),
            features: self.features.clone(),
            license: &self.license,
            collected_at: self.collected_at,
            roster: &self.collection.roster,
        }
    }
}

/// A reason in words, for the store.
fn because(error: &(impl Explain + Sized)) -> Because {
    Because {
        reason: error.reason(),
        detail: chain(error),
    }
}
