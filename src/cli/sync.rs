//! `sync`: one run now. On a terminal a bar shows its progress; in a pipe there is only the answer.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cancelled::Cancelled;
use super::ending::{Ended, conclude, stopped, until_stopped};
use super::json::JsonAnswer;
use super::progress::Bar;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, preview, privilege, report, session, words, work};
use crate::advice;
use crate::clock::{Clock, SystemClock};
use crate::plain::escaped;
use crate::reason::Exit;
use crate::settings::{Collector, Gate, Settings, Sources};
use crate::store::{Run, State, Trigger};
use crate::sync::{self, Asked, Cause, Context, Next, Preview, SyncError, SyncSummary, Synced};
use crate::timestamp;

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
        Ok(()) => work(options, sync(options, &settings, sources, kind)),
        Err(error) => {
            let error = Undone::because("nothing was sent")(error);
            session::fail(&error, options, &sources.environment)
        }
    }
}

async fn sync(options: &GlobalOptions, settings: &Settings, sources: Sources, kind: SyncKind) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return report::broken("nothing was done: signals cannot be heard", error, options.json),
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
            None => Err(Ended::Cancelled(Cancelled::DryRun, None)),
        };
        let exit = conclude(options, &context, began, (None, result), preview::in_words, |_| None).await;
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
    let in_words = |done: &SyncAnswer| done.in_words(&context);
    let exit = conclude(options, &context, began, (earlier, result), in_words, SyncAnswer::fact).await;
    if kind != SyncKind::Scheduled {
        bar.show_diagnostics();
    }
    exit
}

/// A run that ended before what was asked for, and what happened to that.
type SyncResult = (Option<Run>, Result<SyncAnswer, SyncError>);

/// What was done.
#[derive(Default, serde::Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct SyncAnswer {
    /// Confirmed, written to a file, or not sent because its list is that of the run before it.
    run: Option<Run>,
    /// The run whose file still waits for a person: with today's list, or while nothing is due.
    written: Option<Run>,
    /// When something is due, if nothing was.
    #[serde(serialize_with = "timestamp::serialize")]
    next_due_at: Option<DateTime<Utc>>,
}

impl JsonAnswer for SyncAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/sync/1";
}

impl JsonAnswer for Preview {
    const SCHEMA: &'static str = "ghe-license-sync/sync-dry-run/1";
}

async fn what_is_asked_for(context: &Context, settings: &Settings) -> SyncResult {
    let standing = SyncSummary::of(settings).await.unwrap_or_default();
    let Synced { earlier, result } = sync::run_all(context, &Trigger::Manual).await;
    match result {
        Ok(run) if run.state == State::Written => match standing.written {
            Some(waited) if waited.id == run.id => (
                None,
                Ok(SyncAnswer {
                    written: Some(run),
                    ..SyncAnswer::default()
                }),
            ),
            // A document that waited was written to its file now, and has today's list.
            _ => (earlier.filter(|earlier| earlier.id != run.id), Ok(run.into())),
        },
        result => (earlier, result.map(SyncAnswer::from)),
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
    let written = || followed.clone().filter(|_| is_waiting);
    loop {
        let synced = match next(context).await {
            Ok(Some(Next::Wait(next_due_at))) => {
                let done = last.map_or_else(
                    || SyncAnswer {
                        written: written(),
                        next_due_at: Some(next_due_at),
                        run: None,
                    },
                    SyncAnswer::from,
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

impl From<Run> for SyncAnswer {
    fn from(run: Run) -> Self {
        Self {
            run: Some(run),
            ..Self::default()
        }
    }
}

impl SyncAnswer {
    /// What is true whether or not the answer can be written.
    fn fact(&self) -> Option<&'static str> {
        match (&self.run, self.next_due_at) {
            (Some(run), _) if run.state == State::Confirmed => Some("the run is confirmed"),
            (Some(run), _) if run.state == State::Written => Some("the file is written, and a person has to upload it"),
            (None, Some(_)) => None,
            _ => Some("the run that waited has the same list"),
        }
    }

    fn in_words(&self, context: &Context) -> String {
        if let Some(run) = &self.run {
            return match run.state {
                State::Written => written(run, context) + &counted(run),
                _ => ended(run),
            };
        }
        let waits = self.written.as_ref().map(|run| words::waiting_file(run) + "\n");
        let nothing = match self.next_due_at {
            Some(time) => format!("nothing is due before {}\n", words::time(time)),
            None => "today's list is the one in that file; nothing was written or sent\n".to_owned(),
        };
        waits.unwrap_or_default() + &nothing
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
