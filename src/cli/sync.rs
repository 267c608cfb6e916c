//! `sync`: one run now. On a terminal a bar shows how far it is; in a pipe there is only the answer.

use std::fmt::Write as _;
use std::future::Future;
use std::sync::Arc;

use super::progress::Bar;
use super::{Options, report, session, words};
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::store::{Run, Trigger};
use crate::sync::{self, Context, Preview, SyncError};

pub(super) async fn run(options: &Options, dry_run: bool) -> Exit {
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let bar = Arc::new(Bar::new());
    let context = session::context(&settings, sources, bar.clone());
    if dry_run {
        let result = until_cancelled(&context, sync::preview(&context)).await;
        bar.clear();
        return conclude(options, result, preview);
    }
    let result = until_cancelled(&context, sync::run_once(&context, &Trigger::Manual)).await;
    bar.clear();
    conclude(options, result, confirmed)
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

/// Why there is no answer.
pub(super) enum Ended {
    Failed(Box<SyncError>),
    Cancelled(Cancelled),
}

/// A person ended the run.
#[derive(Debug, thiserror::Error)]
#[error("{}", if *.frozen { "the sync was cancelled; the license usage stays frozen" } else { "the sync was cancelled; no license usage was sent" })]
pub(super) struct Cancelled {
    frozen: bool,
}

impl Explain for Cancelled {
    fn reason(&self) -> Reason {
        Reason::Cancelled
    }

    fn exit(&self) -> Exit {
        if self.frozen {
            Exit::Undelivered
        } else {
            Exit::Unavailable
        }
    }

    fn help(&self) -> Option<String> {
        Some("run `sync` again; it goes on from here".to_owned())
    }
}

/// Runs until it is through or a person presses Ctrl-C or sends SIGTERM.
async fn until_cancelled<T>(context: &Context, work: impl Future<Output = Result<T, SyncError>>) -> Result<T, Ended> {
    tokio::select! {
        result = work => return result.map_err(|error| Ended::Failed(Box::new(error))),
        () = stop_signal() => {}
    }
    match sync::abandon(context, Reason::Cancelled).await {
        Ok(frozen) => Err(Ended::Cancelled(Cancelled { frozen })),
        Err(error) => Err(Ended::Failed(Box::new(error))),
    }
}

/// Ctrl-C or SIGTERM. Never, when neither can be heard.
pub(super) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        heard = tokio::signal::ctrl_c() => if heard.is_err() { std::future::pending().await },
        _ = terminate.recv() => {}
    }
}

fn confirmed(run: &Run) -> String {
    let mut text = "the cloud confirmed the license usage\n".to_owned();
    if let (Some(totals), Some(frozen)) = (run.totals, &run.frozen) {
        let _infallible = writeln!(
            text,
            "  {} licenses consumed by {} accounts ({} suspended left out)\n  digest {}, {} sent, {} attempt(s)",
            words::count(totals.consumed),
            words::count(totals.accounts),
            words::count(totals.suspended),
            frozen.digest.short(),
            words::size(frozen.body_size),
            run.attempts
        );
    }
    text
}

fn preview(preview: &Preview) -> String {
    let before = preview.last_confirmed.as_ref();
    let old = before.and_then(|run| run.totals);
    let line = |name: &str, new: u64, old: Option<u64>| {
        let change = match old.map(|old| i128::from(new) - i128::from(old)) {
            Some(change) => format!("{change:+}"),
            None => String::new(),
        };
        format!("  {name:<10} {:>12} {change:>10}\n", words::count(new))
    };
    let totals = preview.totals;
    let mut text = "nothing was sent; this is what a sync would send\n".to_owned();
    text.push_str(&line("accounts", totals.accounts, old.map(|old| old.accounts)));
    text.push_str(&line("consumed", totals.consumed, old.map(|old| old.consumed)));
    text.push_str(&line("suspended", totals.suspended, old.map(|old| old.suspended)));
    text.push_str(&line("dormant", totals.dormant, old.map(|old| old.dormant)));
    let _infallible = writeln!(
        text,
        "  the server itself counts {} users, {} of them suspended",
        words::count(preview.server_counts.total_users),
        words::count(preview.server_counts.suspended_users)
    );
    let same = before
        .and_then(|run| run.frozen.as_ref())
        .is_some_and(|frozen| frozen.digest == preview.digest);
    let comparison = match before {
        None => "no run was confirmed before",
        Some(_) if same => "the same as the last confirmed",
        Some(_) => "changes are counted from the last confirmed run",
    };
    let _infallible = writeln!(text, "  digest {}; {comparison}", preview.digest.short());
    text
}
