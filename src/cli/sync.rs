//! `sync`: one run now. On a terminal a bar shows how far it is; in a pipe there is only the answer.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::cancelled::Cancelled;
use super::progress::Bar;
use super::stop::Stop;
use super::undone::Undone;
use super::{Options, preview, privilege, report, session, words, work};
use crate::reason::Exit;
use crate::settings::{Gate, Settings, Sources};
use crate::store::{Run, Trigger};
use crate::sync::{self, Asked, Cause, Context, Interruption, Next, SyncError};

/// Which kind of sync.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person asks: waits are cut short.
    Now,
    /// What is due, if anything is.
    Scheduled,
    DryRun,
}

impl Kind {
    /// How it is written on the command line.
    fn arguments(self) -> &'static str {
        match self {
            Self::Now => "sync",
            Self::Scheduled => "sync --scheduled",
            Self::DryRun => "sync --dry-run",
        }
    }
}

pub(super) fn run(options: &Options, kind: Kind) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    match privilege::refuse_foreign(options, &settings.state_directory, kind.arguments()) {
        Ok(()) => work(sync(options, &settings, sources, kind)),
        Err(error) => {
            let error = Undone::because("nothing was sent")(error);
            session::fail(&error, options, &sources.environment)
        }
    }
}

async fn sync(options: &Options, settings: &Settings, sources: Sources, kind: Kind) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return report::broken("nothing was done: signals cannot be heard", &error),
    };
    // A bar would be drawn over the log.
    let bar = Arc::new(if options.verbose { Bar::hidden() } else { Bar::new() });
    let context = session::context(settings, sources, bar.clone());
    if kind == Kind::DryRun {
        let result = until_stopped(&mut stop, sync::preview(&context)).await;
        bar.clear();
        let result = result.unwrap_or(Err(Ended::Cancelled(Cancelled::DryRun)));
        return conclude(options, &context, result, preview::in_words);
    }
    let work = async {
        match kind {
            Kind::Scheduled => what_is_due(&context).await,
            _ => sync::run_once(&context, &Trigger::Manual).await.map(Done::from),
        }
    };
    let result = match until_stopped(&mut stop, work).await {
        Some(result) => result,
        None => Err(abandon(&context).await),
    };
    bar.clear();
    session::publish_metrics(settings).await;
    conclude(options, &context, result, Done::in_words)
}

/// What was done.
#[derive(serde::Serialize)]
#[serde(untagged)]
enum Done {
    Confirmed(Box<Run>),
    NothingDue {
        /// When something is.
        next_at: DateTime<Utc>,
    },
}

/// Does what is due, and what is due after that.
async fn what_is_due(context: &Context) -> Result<Done, SyncError> {
    let mut confirmed = None;
    loop {
        let next = match context.settings.gate() {
            Gate::Open(link) => {
                sync::plan(context, &link, Asked::InTime)
                    .await
                    .map_err(Cause::from)?
                    .next
            }
            // It ends what is in the outbox.
            Gate::Closed(_) => Next::Resume,
        };
        let run = match next {
            Next::Wait(next_at) => return Ok(confirmed.map_or(Done::NothingDue { next_at }, Done::from)),
            Next::Resume => sync::resume(context).await?,
            Next::Run(trigger) => Some(sync::run_once(context, &trigger).await?),
        };
        confirmed = run.or(confirmed);
    }
}

/// Why there is no answer.
enum Ended {
    Failed(Box<SyncError>),
    Cancelled(Cancelled),
}

impl From<SyncError> for Ended {
    fn from(error: SyncError) -> Self {
        Self::Failed(Box::new(error))
    }
}

/// Nothing when it was stopped before it was through; it is dropped then.
async fn until_stopped<T>(
    stop: &mut Stop,
    work: impl Future<Output = Result<T, SyncError>>,
) -> Option<Result<T, Ended>> {
    tokio::select! {
        result = work => Some(result.map_err(Ended::from)),
        () = stop.heard() => None,
    }
}

async fn abandon(context: &Context) -> Ended {
    match sync::abandon(context, Interruption::Stop).await {
        Ok(run) => Ended::Cancelled(Cancelled::leaving(run.as_ref())),
        Err(error) => error.into(),
    }
}

fn conclude<T: serde::Serialize>(
    options: &Options,
    context: &Context,
    result: Result<T, Ended>,
    in_words: impl FnOnce(&T) -> String,
) -> Exit {
    let environment = &context.environment;
    match result {
        Ok(value) if options.json => report::answer_json(&value),
        Ok(value) => report::answer(&in_words(&value)),
        Err(Ended::Failed(error)) if error.is_logged() && session::logs_to_journal(options, environment) => {
            report::logged_failure(&*error, options.json)
        }
        Err(Ended::Failed(error)) => session::fail(&*error, options, environment),
        Err(Ended::Cancelled(cancelled)) => session::fail(&cancelled, options, environment),
    }
}

impl From<Run> for Done {
    fn from(run: Run) -> Self {
        Self::Confirmed(Box::new(run))
    }
}

impl Done {
    fn in_words(&self) -> String {
        match self {
            Self::Confirmed(run) => confirmed(run),
            Self::NothingDue { next_at } => format!("nothing is due before {}\n", words::time(*next_at)),
        }
    }
}

fn confirmed(run: &Run) -> String {
    let mut text = "the cloud confirmed the license usage\n".to_owned();
    if let (Some(totals), Some(frozen)) = (run.totals, &run.frozen) {
        let _infallible = writeln!(
            text,
            "  {}\n  {}\n  digest {}, {} sent in {}",
            words::totals(totals),
            words::server_counts(run.server_counts, totals),
            frozen.digest.short(),
            words::size(frozen.body_size),
            words::attempts(run.attempts)
        );
    }
    text
}
