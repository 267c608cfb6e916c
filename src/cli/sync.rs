//! `sync`: one run now. On a terminal a bar shows its progress; in a pipe there is only the answer.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cancelled::Cancelled;
use super::progress::Bar;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, preview, privilege, report, session, words, work};
use crate::advice;
use crate::clock::{Clock, SystemClock};
use crate::explain::Explain;
use crate::observe;
use crate::plain::escaped;
use crate::reason::Exit;
use crate::settings::{Collector, Environment, Gate, Settings, Sources};
use crate::store::{Run, State, Trigger};
use crate::sync::{self, Asked, Cause, Context, Interruption, Next, SyncError, SyncSummary, Synced};

/// Which kind of sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SyncKind {
    /// A person asks: waits are cut short.
    Now,
    /// What is due, if anything is.
    Scheduled,
    DryRun,
}

impl SyncKind {
    /// How it is written on the command line.
    fn arguments(self) -> &'static str {
        match self {
            Self::Now => "sync",
            Self::Scheduled => "sync --scheduled",
            Self::DryRun => "sync --dry-run",
        }
    }
}

pub(super) fn run(options: &GlobalOptions, kind: SyncKind) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let collector = match kind {
        SyncKind::Scheduled => Collector::Timer,
        SyncKind::Now | SyncKind::DryRun => Collector::Person,
    };
    if let Err(error) = settings.make_sure_of_input(collector) {
        let error = Undone::because("nothing was done")(error);
        return session::fail(&error, options, &sources.environment);
    }
    match privilege::refuse_foreign(options, &settings.state_directory, kind.arguments()) {
        Ok(()) => work(sync(options, &settings, sources, kind)),
        Err(error) => {
            let error = Undone::because("nothing was sent")(error);
            session::fail(&error, options, &sources.environment)
        }
    }
}

async fn sync(options: &GlobalOptions, settings: &Settings, sources: Sources, kind: SyncKind) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return report::broken("nothing was done: signals cannot be heard", &error),
    };
    // A bar would be drawn over the log.
    let bar = Arc::new(if options.verbose { Bar::hidden() } else { Bar::new() });
    let context = session::context(settings, sources, bar.clone());
    let began = SystemClock.now();
    if kind == SyncKind::DryRun {
        let result = until_stopped(&mut stop, sync::preview(&context)).await;
        bar.clear();
        let result = match result {
            Some(result) => result.map_err(Ended::from),
            None => Err(Ended::Cancelled(Cancelled::DryRun)),
        };
        let exit = conclude(options, &context, None, result, preview::in_words, |_| None);
        bar.show_diagnostics();
        return exit;
    }
    let work = async {
        match kind {
            SyncKind::Scheduled => what_is_due(&context).await,
            _ => what_is_asked_for(&context, settings).await,
        }
    };
    let (earlier, result) = match until_stopped(&mut stop, work).await {
        Some((earlier, result)) => (earlier, result.map_err(Ended::from)),
        None => stopped(&context, settings, began).await,
    };
    bar.clear();
    session::publish_metrics(settings).await;
    let exit = conclude(
        options,
        &context,
        earlier,
        result,
        |done| done.in_words(&context),
        Done::fact,
    );
    if kind != SyncKind::Scheduled {
        bar.show_diagnostics();
    }
    exit
}

/// A run that ended before what was asked for, and what happened to that.
type SyncResult = (Option<Run>, Result<Done, SyncError>);

/// What was done.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Done {
    /// Confirmed, or not sent because its list is that of the run before it.
    Ended(Box<Run>),
    /// The list of an earlier run is today's, and its file still waits for a person.
    Waits(Box<Run>),
    NothingDue {
        /// When something is.
        next_at: DateTime<Utc>,
        /// The run whose file still waits for a person.
        #[serde(skip_serializing_if = "Option::is_none")]
        written: Option<Box<Run>>,
    },
}

async fn what_is_asked_for(context: &Context, settings: &Settings) -> SyncResult {
    let standing = SyncSummary::of(settings).await.unwrap_or_default();
    let Synced { earlier, result } = sync::run_all(context, &Trigger::Manual).await;
    match result {
        Ok(run) if run.state == State::Written => match standing.written {
            Some(waited) if waited.id == run.id => (None, Ok(Done::Waits(Box::new(run)))),
            // A document that waited was written to its file now, and has today's list.
            _ => (earlier.filter(|earlier| earlier.id != run.id), Ok(run.into())),
        },
        result => (earlier, result.map(Done::from)),
    }
}

/// Does what is due, and what is due after that.
async fn what_is_due(context: &Context) -> SyncResult {
    let followed = match sync::follow(context).await {
        Ok(followed) => followed,
        Err(error) => return (None, Err(error)),
    };
    let is_waiting = followed.as_ref().is_some_and(|run| run.state == State::Written);
    let (mut earlier, mut last) = (followed.clone().filter(|_| !is_waiting), None);
    let written = || followed.clone().filter(|_| is_waiting).map(Box::new);
    loop {
        let synced = match next(context).await {
            Ok(Some(Next::Wait(next_at))) => {
                let done = last.map_or_else(
                    || Done::NothingDue {
                        next_at,
                        written: written(),
                    },
                    Done::from,
                );
                return (earlier, Ok(done));
            }
            // A closed gate ends what is in the outbox.
            Ok(None | Some(Next::Resume(_))) => {
                let synced = sync::resume_all(context).await;
                earlier = synced.earlier.or(earlier);
                synced.result
            }
            Ok(Some(Next::Run(trigger))) => {
                let synced = sync::run_all(context, &trigger).await;
                last = synced.earlier.or(last);
                synced.result.map(Some)
            }
            Err(error) => Err(error),
        };
        match synced {
            Ok(None) => {}
            Ok(run) => (earlier, last) = (last.or(earlier), run),
            Err(error) => return (last.or(earlier), Err(error)),
        }
    }
}

/// Nothing while the gate is closed.
async fn next(context: &Context) -> Result<Option<Next>, SyncError> {
    match context.settings.gate() {
        Gate::Open(link) => {
            let plan = sync::plan(context, &link, Asked::InTime).await;
            Ok(Some(plan.map_err(Cause::from)?.next))
        }
        Gate::Closed(_) => Ok(None),
    }
}

/// Why there is no answer.
pub(super) enum Ended {
    Failed(Box<SyncError>),
    Cancelled(Cancelled),
}

impl From<SyncError> for Ended {
    fn from(error: SyncError) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// Nothing when it was stopped before it was through; it is dropped then.
pub(super) async fn until_stopped<T>(stop: &mut Stop, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = stop.heard() => None,
    }
}

/// What a stopped sync left, and what it had confirmed before.
pub(super) async fn stopped<T>(
    context: &Context,
    settings: &Settings,
    began: DateTime<Utc>,
) -> (Option<Run>, Result<T, Ended>) {
    // First of all, since the state directory is free for others by now.
    let cancelled = match sync::abandon(context, Interruption::Stop).await {
        Ok(run) => Cancelled::leaving(run.as_ref()),
        Err(error) => Cancelled::Unknown(error),
    };
    (confirmed_since(settings, began).await, Err(Ended::Cancelled(cancelled)))
}

/// The run that was confirmed since then, as far as the store can be read.
async fn confirmed_since(settings: &Settings, began: DateTime<Utc>) -> Option<Run> {
    let standing = SyncSummary::of(settings).await.ok()?;
    standing.last_confirmed.filter(|run| run.updated_at >= began)
}

pub(super) fn conclude<T: serde::Serialize>(
    options: &GlobalOptions,
    context: &Context,
    earlier: Option<Run>,
    result: Result<T, Ended>,
    in_words: impl FnOnce(&T) -> String,
    fact: impl FnOnce(&T) -> Option<&'static str>,
) -> Exit {
    let environment = &context.environment;
    match result {
        Ok(done) if options.json => {
            let fact = fact(&done);
            let warnings = observe::warnings();
            report::answer_json_about(
                &Answer {
                    earlier,
                    warnings,
                    done,
                },
                fact,
            )
        }
        Ok(done) => {
            let before = earlier.as_ref().map(|run| words::ended(run) + "\n");
            report::answer_about(&(before.unwrap_or_default() + &in_words(&done)), fact(&done))
        }
        Err(Ended::Failed(error)) if error.is_logged() && session::logs_to_journal(options, environment) => {
            if let Some(run) = &earlier {
                report::tell(&(words::ended(run) + "\n"));
            }
            report::logged_failure(&*error, earlier.as_ref(), options.json)
        }
        Err(Ended::Failed(error)) => fail_with_earlier(*error, earlier.as_ref(), options, environment),
        Err(Ended::Cancelled(cancelled)) => fail_with_earlier(cancelled, earlier.as_ref(), options, environment),
    }
}

/// Reports a failure, and what was done before it.
fn fail_with_earlier(
    error: impl Explain,
    earlier: Option<&Run>,
    options: &GlobalOptions,
    environment: &Environment,
) -> Exit {
    match earlier {
        Some(run) => {
            let error = Undone::because(words::ended(run) + "; then")(error);
            session::fail_after(earlier, &error, options, environment)
        }
        None => session::fail(&error, options, environment),
    }
}

/// The answer in JSON.
#[derive(serde::Serialize)]
struct Answer<T> {
    /// The run whose document waited, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<Run>,
    /// What was logged as a warning, as a person reads it on standard error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    #[serde(flatten)]
    done: T,
}

impl From<Run> for Done {
    fn from(run: Run) -> Self {
        Self::Ended(Box::new(run))
    }
}

impl Done {
    /// What is true whether or not the answer can be written.
    fn fact(&self) -> Option<&'static str> {
        match self {
            Self::Ended(run) if run.state == State::Confirmed => Some("the run is confirmed"),
            Self::Ended(run) if run.state == State::Written => {
                Some("the file is written, and a person has to upload it")
            }
            Self::Ended(_) | Self::Waits(_) => Some("the run that waited has the same list"),
            Self::NothingDue { .. } => None,
        }
    }

    fn in_words(&self, context: &Context) -> String {
        match self {
            Self::Ended(run) if run.state == State::Written => written(run, context) + &counted(run),
            Self::Ended(run) => ended(run),
            Self::Waits(run) => format!(
                "{}\ntoday's list is the one in that file; nothing was written or sent\n",
                words::waiting_file(run)
            ),
            Self::NothingDue { next_at, written } => {
                let waits = written.as_deref().map(|run| words::waiting_file(run) + "\n");
                let nothing = format!("nothing is due before {}\n", words::time(*next_at));
                waits.unwrap_or_default() + &nothing
            }
        }
    }
}

/// What happened to the run that was asked for, if no person has to upload its file.
pub(super) fn ended(run: &Run) -> String {
    let became = match run.state {
        State::Confirmed => "the cloud confirmed the license usage\n",
        _ => "today's list is the same and was not sent again\n",
    };
    became.to_owned() + &counted(run)
}

/// Who was counted, and where the document is.
fn counted(run: &Run) -> String {
    let is_new = run.state != State::Refused;
    let mut text = String::new();
    for line in words::users(run) {
        let _infallible = writeln!(text, "  {line}");
    }
    if let Some(frozen) = run.frozen.as_ref().filter(|_| is_new) {
        let _infallible = writeln!(text, "  {}", words::delivery(run, frozen));
    }
    text
}

/// Which file was written, and what to do with it.
fn written(run: &Run, context: &Context) -> String {
    let path = run.file.as_ref().map(|file| escaped(&file.path)).unwrap_or_default();
    let watch = context.settings.watch().ok();
    let seen = match sync::why_unseen(watch.as_ref(), &context.environment, &run.destination) {
        Some(why) => words::unseen(why),
        None => format!("{} shows whether the cloud has it", advice::command("status --cloud")),
    };
    format!(
        "wrote the license usage to {path}; nothing was sent\n  upload it {}; {seen}\n",
        escaped(&sync::upload_place(&run.destination))
    )
}
