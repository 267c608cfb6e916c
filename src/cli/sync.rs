//! `sync`: one run now. On a terminal a bar shows how far it is; in a pipe there is only the answer.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::Arc;

use super::cancelled::Cancelled;
use super::progress::Bar;
use super::stop::Stop;
use super::{Options, preview, report, session, words};
use crate::reason::{Exit, Reason};
use crate::store::{Run, Trigger};
use crate::sync::{self, Context, SyncError};

pub(super) async fn run(options: &Options, dry_run: bool) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return report::broken("nothing was done: signals cannot be heard", &error),
    };
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    // A bar would be drawn over the log.
    let bar = Arc::new(if options.verbose { Bar::hidden() } else { Bar::new() });
    let context = session::context(&settings, sources, bar.clone());
    if dry_run {
        let result = until_stopped(&mut stop, sync::preview(&context)).await;
        bar.clear();
        return conclude(
            options,
            result.unwrap_or(Err(Ended::Cancelled(Cancelled::DryRun))),
            preview::in_words,
        );
    }
    let result = match until_stopped(&mut stop, sync::run_once(&context, &Trigger::Manual)).await {
        Some(result) => result,
        None => Err(abandon(&context).await),
    };
    bar.clear();
    session::publish_metrics(&settings).await;
    conclude(options, result, confirmed)
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
    match sync::abandon(context, Reason::Cancelled).await {
        Ok(run) => Ended::Cancelled(Cancelled::leaving(run.as_ref())),
        Err(error) => error.into(),
    }
}

fn conclude<T: serde::Serialize>(
    options: &Options,
    result: Result<T, Ended>,
    in_words: impl FnOnce(&T) -> String,
) -> Exit {
    match result {
        Ok(value) if options.json => report::answer_json(&value),
        Ok(value) => report::answer(&in_words(&value)),
        Err(Ended::Failed(error)) => report::failure(&*error, options.json),
        Err(Ended::Cancelled(cancelled)) => report::failure(&cancelled, options.json),
    }
}

fn confirmed(run: &Run) -> String {
    let mut text = "the cloud confirmed the license usage\n".to_owned();
    if let (Some(totals), Some(frozen)) = (run.totals, &run.frozen) {
        let _infallible = writeln!(
            text,
            "  {}\n  digest {}, {} sent in {}",
            words::totals(totals),
            frozen.digest.short(),
            words::size(frozen.body_size),
            words::attempts(run.attempts)
        );
    }
    text
}
