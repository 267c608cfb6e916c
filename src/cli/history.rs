//! `history`: past runs, the newest first, each with its failed attempts, and the counts of confirmed runs that were
//! deleted.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use super::answer_format::Format;
use super::undone::Undone;
use super::{GlobalOptions, report, session, words, work};
use crate::license::{ServerCounts, Totals};
use crate::plain::escaped;
use crate::reason::{Exit, Reason};
use crate::settings::Settings;
use crate::store::{Event, Run, State, Store, StoreError};
use chrono::{DateTime, Utc};

mod answer;
mod csv;

pub(super) use answer::HistoryAnswer;

use answer::HistoryEntry;

pub(super) fn run(options: &GlobalOptions, limit: u32, format: Option<Format>) -> Exit {
    match session::load_as_owner(options) {
        Ok((settings, _)) => work(options, show(options, &settings, limit, format)),
        Err(exit) => exit,
    }
}

async fn show(options: &GlobalOptions, settings: &Settings, limit: u32, format: Option<Format>) -> Exit {
    let history = read(&settings.state_directory, limit).await;
    match history.map_err(Undone::because("the history is not known")) {
        Ok(history) if format == Some(Format::Csv) => report::text(&csv::text(&history)),
        Ok(history) => report::answer(options.json, &history, None, table),
        Err(error) => report::failure(&error, options.json),
    }
}

async fn read(directory: &Path, limit: u32) -> Result<HistoryAnswer, StoreError> {
    let (mut runs, mut deleted_runs) = (Vec::new(), Vec::new());
    if let Some(store) = Store::open_existing(directory).await? {
        for run in store.runs(limit).await? {
            let events = store.events(run.id).await?;
            runs.push(HistoryEntry { run, events });
        }
        let left = limit.saturating_sub(u32::try_from(runs.len()).unwrap_or(limit));
        deleted_runs = store.deleted_runs(left).await?;
        store.close().await;
    }
    Ok(HistoryAnswer { runs, deleted_runs })
}

fn table(history: &HistoryAnswer) -> String {
    let HistoryAnswer { runs, deleted_runs } = history;
    if runs.is_empty() && deleted_runs.is_empty() {
        return "no run yet\n".to_owned();
    }
    // 80 columns with the longest reason.
    let mut text = format!(
        "{:<23} {:<9} {:<10} {:>9}  {}\n",
        "STARTED", "TRIGGER", "STATE", "LICENSES", "REASON"
    );
    let parties: BTreeSet<_> = runs.iter().map(|entry| words::parties(&entry.run)).collect();
    for HistoryEntry { run, events } in runs {
        let reason = run.reason.map(Reason::code).unwrap_or_default();
        text += &row(run.started_at, run.trigger.word(), run.state, run.totals, reason);
        if parties.len() > 1 {
            let _infallible = writeln!(text, "  {}", words::parties(run));
        }
        for line in words::users(&Run {
            report: None,
            ..run.clone()
        }) {
            let _infallible = writeln!(text, "  {line}");
        }
        if let Some(frozen) = &run.frozen {
            let _infallible = writeln!(text, "  {}", words::delivery(run, frozen));
        }
        for line in story(run, events) {
            let _infallible = writeln!(text, "  {line}");
        }
    }
    for run in deleted_runs {
        text += &row(run.started_at, "", run.state, run.totals, "");
        let _infallible = writeln!(text, "  for {}; deleted, only the counts are left", run.destination);
        counts(&mut text, run.totals, run.server_counts);
    }
    text
}

/// What went wrong with a run and what a person decided, in the order in which it happened.
fn story(run: &Run, events: &[Event]) -> Vec<String> {
    let told = |event: &Event| {
        let (reason, detail) = (event.reason?, event.detail.as_ref()?);
        let line = format!(
            "{} {} {reason}: {}",
            words::time(event.at),
            event.state,
            escaped(detail)
        );
        Some((event.at, line))
    };
    let mut lines: Vec<_> = events.iter().filter_map(told).collect();
    if let Some(decision) = &run.decision {
        let (at, action) = (decision.at, decision.action.word());
        // What follows from a decision happens in the same moment.
        let place = lines.partition_point(|(before, _)| *before < at);
        let line = format!("{} {action} by {}", words::time(at), escaped(&decision.by));
        lines.insert(place, (at, line));
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// The first line of a run.
fn row(started_at: DateTime<Utc>, trigger: &str, state: State, totals: Option<Totals>, reason: &str) -> String {
    let licenses = totals.map(|totals| words::count(totals.consumed)).unwrap_or_default();
    let (started_at, state) = (words::time(started_at), state.word());
    let row = format!("{started_at:<23} {trigger:<9} {state:<10} {licenses:>9}  {reason}");
    format!("{}\n", row.trim_end())
}

fn counts(text: &mut String, totals: Option<Totals>, server: ServerCounts) {
    for line in totals
        .map(|totals| words::counts(totals, server, None))
        .unwrap_or_default()
    {
        let _infallible = writeln!(text, "  {line}");
    }
}
