//! How a `sync` and an `upload` end: with an answer, with an error about runs, or because somebody stopped them.

use std::future::Future;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::cancelled::Cancelled;
use super::json::JsonAnswer;
use super::report::Runs;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, report, session, words};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::{Environment, Settings};
use crate::store::{Run, Store};
use crate::sync::{self, Context, Interruption, SyncError, SyncSummary};

/// Why there is no answer.
pub(super) enum Ended {
    Failed(Box<SyncError>),
    /// With the run that the next sync continues with, if there is one.
    Cancelled(Cancelled, Option<Box<Run>>),
}

impl From<SyncError> for Ended {
    fn from(error: SyncError) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl Ended {
    /// Whether what the store says since then is said by another process.
    fn is_of_another_process(&self) -> bool {
        let reason = match self {
            Self::Failed(error) => error.reason(),
            Self::Cancelled(cancelled, _) => cancelled.reason(),
        };
        reason == Reason::AlreadyRunning
    }
}

/// Nothing when it was stopped before it was finished; it is dropped then.
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
    let ended = match sync::abandon(context, Interruption::Stop).await {
        Ok(left) => Ended::Cancelled(Cancelled::leaving(left.as_ref()), left.map(Box::new)),
        Err(error) => Ended::Cancelled(Cancelled::Unknown(error), None),
    };
    (confirmed_since(settings, began).await, Err(ended))
}

/// The run that was confirmed since then, as far as the store can be read.
async fn confirmed_since(settings: &Settings, began: DateTime<Utc>) -> Option<Run> {
    let standing = SyncSummary::of(settings).await.ok()?;
    standing.last_confirmed.filter(|run| run.updated_at >= began)
}

/// What was done, with the run whose document waited before, if one did.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct After<T> {
    /// The run whose document waited, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<Run>,
    #[serde(flatten)]
    done: T,
}

impl<T: JsonAnswer> JsonAnswer for After<T> {
    const SCHEMA: &'static str = T::SCHEMA;
}

/// Answers with what was done, or reports why it was not.
pub(super) async fn conclude<T: JsonAnswer>(
    options: &GlobalOptions,
    context: &Context,
    began: DateTime<Utc>,
    (earlier, result): (Option<Run>, Result<T, Ended>),
    in_words: impl FnOnce(&T) -> String,
    fact: impl FnOnce(&T) -> Option<&'static str>,
) -> Exit {
    match result {
        Ok(done) => {
            let fact = fact(&done);
            report::answer(
                options.json,
                &After { earlier, done },
                fact,
                |After { earlier, done }| {
                    let before = earlier.as_ref().map(|run| words::ended(run) + "\n");
                    before.unwrap_or_default() + &in_words(done)
                },
            )
        }
        Err(ended) => {
            let run = match &ended {
                _ if !options.json || ended.is_of_another_process() => None,
                // It may have been stopped before it changed.
                Ended::Cancelled(_, Some(left)) => Some(Run::clone(left)),
                _ => changed_since(&context.state_directory, began).await,
            };
            let is_other = |run: &Run| earlier.as_ref().is_none_or(|earlier| earlier.id != run.id);
            let run = run.filter(is_other);
            fail(ended, Runs { earlier, run }, options, &context.environment)
        }
    }
}

/// The newest run, if it changed since then and as far as the store can be read.
async fn changed_since(state_directory: &Path, began: DateTime<Utc>) -> Option<Run> {
    let store = Store::open_existing(state_directory).await.ok()??;
    let newest = store.runs(1).await;
    store.close().await;
    newest.ok()?.into_iter().find(|run| run.updated_at >= began)
}

fn fail(ended: Ended, runs: Runs, options: &GlobalOptions, environment: &Environment) -> Exit {
    match ended {
        Ended::Failed(error) if error.is_logged() && session::logs_to_journal(options, environment) => {
            if let Some(run) = &runs.earlier {
                report::tell(&(words::ended(run) + "\n"));
            }
            report::logged_failure(&*error, runs, options.json)
        }
        Ended::Failed(error) => fail_with_earlier(*error, runs, options, environment),
        Ended::Cancelled(cancelled, _) => fail_with_earlier(cancelled, runs, options, environment),
    }
}

/// Reports a failure, and what was done before it.
fn fail_with_earlier(error: impl Explain, runs: Runs, options: &GlobalOptions, environment: &Environment) -> Exit {
    match &runs.earlier {
        Some(run) => {
            let error = Undone::because(words::ended(run) + "; then")(error);
            session::fail_of(runs, &error, options, environment)
        }
        None => session::fail_of(runs, &error, options, environment),
    }
}
