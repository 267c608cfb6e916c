//! The worker: one activity at a time, woken by the alarm, by signals and by the end of a run.

mod activity;
mod beside;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::{Notify, mpsc};

use super::faults::{Faults, Work, lies_within};
use super::job::Pulse;
use super::milestones::Milestones;
use super::monitoring::Monitoring;
use super::reload::{self, KEEPS, make_sure_of_store, report_lost_switch};
use super::signals::SignalAction;
use super::status_line;
use super::systemd::Systemd;
use super::watch_task::{self, CloudWatch};
use crate::clock::Clock;
use crate::explain::{Explain, chain, chain_of};
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::{Gate, LiveSettings, Settings, Sources};
use crate::store::{DaemonLock, Role, Store, StoreError, Trigger};
use crate::sync::{self, Asked, Context, Interruption, Outbox, Plan, SyncError};
use activity::{Activity, RunOutcome};

/// Without systemd's watchdog the pulse of a run is checked this often.
const LOOK_AT_PULSE: Duration = Duration::from_secs(30);

/// The alarm rings each minute; it is silent when nothing was heard of it for this long.
const SILENCE_OF_ALARM: TimeDelta = TimeDelta::seconds(65);

/// A run may be silent for so many intervals of the watchdog before it counts as stuck.
const PATIENCE: u32 = 5;

/// Waits for its time and runs syncs.
pub struct Worker {
    sources: Sources,
    settings: Settings,
    context: Arc<Context>,
    pulse: Arc<Pulse>,
    clock: Arc<dyn Clock>,
    systemd: Systemd,
    /// Held while this is the daemon of the state directory.
    lock: Option<DaemonLock>,
    /// When there is something to do next, unless something happens before.
    until: Option<DateTime<Utc>>,
    milestones: Milestones,
    /// A person reloaded, or asked for a sync, during the run under way.
    person_spoke: bool,
    /// When the alarm rang last.
    woken_at: DateTime<Utc>,
    /// The run under way is stuck, and that was reported.
    stuck: bool,
    faults: Faults,
    monitoring: Monitoring,
    state: Activity,
    watch: CloudWatch,
}

/// What made the worker look up.
enum Wakeup {
    Command(SignalAction),
    Woken,
    Ended(Box<RunOutcome>),
    Watched(Box<watch_task::WatchOutcome>),
    Tick,
}

impl Worker {
    /// A worker that is not running yet.
    pub fn new(settings: &Settings, sources: Sources, clock: Arc<dyn Clock>, systemd: Systemd) -> Self {
        let pulse = Pulse::new(systemd.clone());
        let context = Context {
            state_directory: settings.state_directory.clone(),
            environment: sources.environment.clone(),
            settings: LiveSettings::held(settings),
            clock: Arc::clone(&clock),
            progress: Arc::clone(&pulse) as Arc<dyn sync::RunProgress>,
            role: Role::Run,
            nudge: Notify::new(),
        };
        let context = Arc::new(context);
        let woken_at = clock.now();
        Self {
            sources,
            settings: settings.clone(),
            context,
            pulse,
            clock,
            systemd,
            lock: None,
            until: None,
            milestones: Milestones::default(),
            person_spoke: false,
            woken_at,
            stuck: false,
            faults: Faults::default(),
            monitoring: Monitoring::default(),
            state: Activity::Idle,
            watch: CloudWatch::default(),
        }
    }

    /// Works until it is stopped, or nobody is left who could stop it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be used at the start.
    pub async fn run(mut self, wake: &Notify, mut commands: mpsc::Receiver<SignalAction>) -> Result<(), StoreError> {
        Store::open(&self.context.state_directory).await?.close().await;
        make_sure_of_store(&self.settings).await?;
        report_lost_switch(&self.settings).await?;
        tracing::info!(
            message_id = Milestone::Started.message_id(),
            version = env!("CARGO_PKG_VERSION"),
            "started"
        );
        let status = self.take_up(Asked::InTime).await;
        tracing::info!(message_id = Milestone::Ready.message_id(), "ready");
        self.systemd.ready(&status);
        self.publish().await;
        let mut ticks = tokio::time::interval(self.systemd.watchdog().map_or(LOOK_AT_PULSE, |limit| limit / 2));
        loop {
            failpoint!("worker");
            let event = tokio::select! {
                biased;
                command = commands.recv() => Wakeup::Command(command.unwrap_or(SignalAction::Stop)),
                result = self.state.ended() => Wakeup::Ended(Box::new(result)),
                round = self.watch.ended() => Wakeup::Watched(Box::new(round)),
                () = wake.notified() => Wakeup::Woken,
                _ = ticks.tick() => Wakeup::Tick,
            };
            match event {
                Wakeup::Command(SignalAction::Stop) => return self.stop().await,
                Wakeup::Command(SignalAction::Reload) => self.reload().await,
                Wakeup::Command(SignalAction::SyncNow) => self.sync_now().await,
                Wakeup::Ended(result) => self.conclude(*result).await,
                Wakeup::Watched(round) => self.conclude_question(*round).await,
                Wakeup::Woken => self.look_at_the_clock().await,
                Wakeup::Tick => {
                    self.feed_the_watchdog();
                    if alarm_is_silent(self.woken_at, self.clock.now()) {
                        self.look_at_the_clock().await;
                    }
                    self.ask_the_cloud();
                }
            }
        }
    }

    /// Reads the store and starts what is due. Returns the line that says what it is doing now.
    async fn take_up(&mut self, asked: Asked) -> String {
        let sole = self.become_daemon().await;
        let gate = self.context.settings.gate();
        self.milestones.gate(gate.pass().map(|_| ()));
        let link = match gate {
            Gate::Open(link) => link,
            Gate::Closed(closed) => {
                // Until nothing is left, the alarm asks again.
                let outbox = sync::close_outbox(&self.context, closed).await;
                let is_empty = matches!(outbox, Ok(Outbox::Empty | Outbox::GivenUp(_)));
                self.until = (!is_empty || sole.is_err()).then(|| self.clock.now());
                return match outbox {
                    Ok(Outbox::InUse(holder)) => {
                        let status = status_line::in_use(closed, &holder);
                        self.milestones.blocked(closed.reason(), status)
                    }
                    Ok(_) => self.wait_behind_gate(closed, sole.err()),
                    Err(error) => {
                        self.report(&error);
                        status_line::closed(closed)
                    }
                };
            }
        };
        if let Err(error) = sole {
            return self.wait_for_store(error);
        }
        let now = self.clock.now();
        let Plan { next, last } = match sync::plan(&self.context, &link, asked).await {
            Ok(plan) => plan,
            Err(error) => return self.wait_for_store(error),
        };
        if asked == Asked::ByPerson {
            self.faults.proceed();
        }
        match self.faults.decide(next, now) {
            Err(until) => {
                self.until = Some(until);
                let status = status_line::idle(until, last.as_ref());
                self.milestones.waiting(until, &status);
                status
            }
            Ok(work) => {
                if let Work::Run(trigger) = &work {
                    self.milestones.run(trigger.window());
                }
                self.start(work, asked)
            }
        }
    }

    /// Starts a run, or resumes what is in the outbox.
    fn start(&mut self, work: Work, asked: Asked) -> String {
        self.until = None;
        self.pulse.beat();
        let (context, of) = (Arc::clone(&self.context), work.clone());
        let task = tokio::spawn(async move {
            failpoint!("run");
            match work {
                Work::Run(trigger) => sync::run_once(&context, &trigger).await.map(Some),
                Work::Resume(_) => sync::resume(&context).await,
            }
        });
        self.state = Activity::Running(task, of, asked);
        "a run is starting".to_owned()
    }

    /// A run is over, in whatever way.
    async fn conclude(&mut self, result: RunOutcome) {
        let Activity::Running(_, work, asked) = std::mem::replace(&mut self.state, Activity::Idle) else {
            return;
        };
        // A person's word holds until something was tried: not over the end of what was interrupted.
        let tidied = asked == Asked::ByPerson && matches!(result, Ok(Ok(None)));
        let proceed = std::mem::take(&mut self.person_spoke) || tidied;
        let mut busy = None;
        match result {
            Ok(Ok(_)) => {
                self.faults.forget();
                self.watch.ask_again();
            }
            // A person decided, or has to decide: no fault.
            Ok(Err(error)) if error.is_logged() => self.faults.forget(),
            Ok(Err(error)) if error.reason() == Reason::AlreadyRunning => {
                if asked == Asked::ByPerson {
                    tracing::warn!(reason = %error.reason(), "{}; ask again when the other sync has ended", chain(&error));
                }
                busy = chain_of(&error).pop();
            }
            Ok(Err(error)) => {
                self.faults.count(work, self.clock.now());
                self.report(&error);
            }
            Err(panicked) => {
                tracing::error!(message_id = Milestone::RunPanicked.message_id(), reason = %Reason::Internal, "a run ended in a defect of this program: {panicked}");
                self.faults.count(work, self.clock.now());
                if let Err(error) = sync::abandon(&self.context, Interruption::Defect).await {
                    self.report(&SyncError::from(error));
                }
            }
        }
        // The process that has the state directory needs time; the alarm tries again.
        let status = if let Some(why) = busy {
            self.until = Some(self.clock.now());
            self.milestones
                .blocked(Reason::AlreadyRunning, format!("waiting: {why}"))
        } else {
            self.take_up(if proceed { Asked::ByPerson } else { Asked::InTime })
                .await
        };
        self.systemd.status(&status);
        self.publish().await;
    }

    /// Reports a fault that was met for the destination in force.
    fn report(&mut self, error: &SyncError) {
        let gate = self.context.settings.gate();
        let destination = (gate.pass().ok()).map(|link| sync::destination(link, None).to_string());
        self.faults.report(error, destination, self.clock.now());
    }

    /// The alarm rang: is it time, or did the clock jump?
    async fn look_at_the_clock(&mut self) {
        self.woken_at = self.clock.now();
        if matches!(self.state, Activity::Idle) && self.until.is_some() {
            let status = self.take_up(Asked::InTime).await;
            self.systemd.status(&status);
        }
        if self.lock.is_some() {
            self.monitoring.keep_fresh(&self.settings, self.clock.now()).await;
        }
        self.ask_the_cloud();
    }

    async fn sync_now(&mut self) {
        match (&self.state, self.context.settings.gate().pass()) {
            (_, Err(closed)) => {
                tracing::warn!(reason = %closed.reason(), "a sync was requested, but the gate is closed: {closed}");
            }
            (Activity::Running(..), Ok(_)) => {
                tracing::info!(
                    "a sync was requested, and a run is already in progress; a waiting attempt starts at once"
                );
                self.person_spoke = true;
                self.context.nudge.notify_waiters();
            }
            (Activity::Idle, Ok(_)) => {
                if let Err(error) = self.become_daemon().await {
                    tracing::warn!(reason = %error.reason(), "a sync was requested, but this daemon cannot start it: {}", chain(&error));
                    return;
                }
                tracing::info!(
                    message_id = Milestone::SyncRequested.message_id(),
                    "a sync was requested"
                );
                let status = self.start(Work::Run(Trigger::Manual), Asked::ByPerson);
                self.systemd.status(&status);
            }
        }
    }

    /// Reads the settings again. Wrong ones are refused as a whole, and the old ones stay in force.
    async fn reload(&mut self) {
        self.systemd.reloading();
        let status = match reload::load(&self.sources, &self.settings).await {
            Ok(settings) => {
                self.watch.stop().await;
                let changes = settings.changes(&self.settings);
                self.settings = settings.keeping_what_needs_a_restart(&self.settings);
                self.context.settings.replace(&self.settings);
                self.lock.iter().for_each(|lock| lock.note(self.settings.digest()));
                let run = match self.state {
                    Activity::Idle => String::new(),
                    Activity::Running(..) => format!("; {KEEPS}"),
                };
                tracing::info!(
                    message_id = Milestone::Reloaded.message_id(),
                    "the settings were read again; {changes}{run}"
                );
                match self.state {
                    Activity::Idle => self.take_up(Asked::ByPerson).await,
                    Activity::Running(..) => {
                        self.person_spoke = true;
                        self.context.nudge.notify_waiters();
                        format!("{KEEPS}, unless the gate is closed now or the destination changed")
                    }
                }
            }
            Err(error) => error.log(),
        };
        self.systemd.ready(&status);
        self.publish().await;
        self.ask_the_cloud();
    }

    /// Feeds the watchdog while the worker is awake and the run under way, if there is one, shows signs of life.
    fn feed_the_watchdog(&mut self) {
        let Some(limit) = self.systemd.watchdog() else { return };
        match self.state {
            Activity::Running(..) if self.pulse.silence() > limit * PATIENCE => {
                if std::mem::replace(&mut self.stuck, true) {
                    return;
                }
                tracing::error!(reason = %Reason::Internal, silent_for = ?self.pulse.silence(), "the run in progress is stuck; no more watchdog signals are sent");
            }
            _ => {
                self.stuck = false;
                self.systemd.alive();
            }
        }
    }

    async fn stop(mut self) -> Result<(), StoreError> {
        self.systemd.stopping();
        self.watch.stop().await;
        if let Activity::Running(task, ..) = &mut self.state {
            task.abort();
            if task.await.is_err() {
                match sync::abandon(&self.context, Interruption::Stop).await {
                    Ok(Some(run)) if run.receipt.is_some() => {
                        tracing::info!(
                            "stopped during a run; the cloud accepted its document, and polling continues after the next start"
                        );
                    }
                    Ok(Some(_)) => tracing::info!("stopped during a run; its document stays frozen"),
                    Ok(None) => tracing::info!("stopped during a run; nothing was sent"),
                    Err(error) => tracing::error!(reason = %error.reason(), "{}", chain(&error)),
                }
            }
        }
        tracing::info!(message_id = Milestone::Stopping.message_id(), "stopped");
        Ok(())
    }
}

/// Whether the worker has to look at the clock without the alarm, which waits for its old time after the clock went back.
fn alarm_is_silent(woken_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    !lies_within(Some(woken_at), SILENCE_OF_ALARM, now)
}

#[cfg(test)]
mod tests;
