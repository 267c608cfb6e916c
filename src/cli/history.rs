//! `history`: past runs, the newest first, each with its attempts that did not get through.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Serialize;

use super::undone::Undone;
use super::{Options, report, session, words, work};
use crate::plain::escaped;
use crate::reason::Exit;
use crate::settings::Settings;
use crate::store::{Event, Run, Store, StoreError};

/// A run with its story.
#[derive(Serialize)]
struct Entry {
    #[serde(flatten)]
    run: Run,
    events: Vec<Event>,
}

pub(super) fn run(options: &Options, limit: u32) -> Exit {
    match session::load_as_owner(options) {
        Ok((settings, _)) => work(show(options, &settings, limit)),
        Err(exit) => exit,
    }
}

async fn show(options: &Options, settings: &Settings, limit: u32) -> Exit {
    let entries = read(&settings.state_directory, limit).await;
    match entries.map_err(Undone::because("the history is not known")) {
        Ok(entries) if options.json => report::answer_json(&entries),
        Ok(entries) => report::answer(&table(&entries)),
        Err(error) => report::failure(&error, options.json),
    }
}

async fn read(directory: &std::path::Path, limit: u32) -> Result<Vec<Entry>, StoreError> {
    let Some(store) = Store::open_existing(directory).await? else {
        return Ok(Vec::new());
    };
    let mut entries = Vec::new();
    for run in store.runs(limit).await? {
        let events = store.events(run.id).await?;
        entries.push(Entry { run, events });
    }
    store.close().await;
    Ok(entries)
}

fn table(entries: &[Entry]) -> String {
    if entries.is_empty() {
        return "no run yet\n".to_owned();
    }
    // 80 columns with the longest reason.
    let mut text = format!(
        "{:<23} {:<9} {:<10} {:>9}  {}\n",
        "STARTED", "TRIGGER", "STATE", "LICENSES", "REASON"
    );
    let parties: BTreeSet<_> = entries.iter().map(|entry| words::parties(&entry.run)).collect();
    for Entry { run, events } in entries {
        let licenses = run
            .totals
            .map(|totals| words::count(totals.consumed))
            .unwrap_or_default();
        let reason = run.reason.map(super::super::reason::Reason::code).unwrap_or_default();
        let row = format!(
            "{:<23} {:<9} {:<10} {licenses:>9}  {reason}",
            words::time(run.started_at),
            run.trigger.word(),
            run.state.word(),
        );
        let _infallible = writeln!(text, "{}", row.trim_end());
        if parties.len() > 1 {
            let _infallible = writeln!(text, "  {}", words::parties(run));
        }
        if let Some(totals) = run.totals {
            for line in words::counts(totals, run.server_counts, None) {
                let _infallible = writeln!(text, "  {line}");
            }
        }
        if let Some(frozen) = &run.frozen {
            let _infallible = writeln!(text, "  {}", words::delivery(run, frozen));
        }
        for line in story(run, events) {
            let _infallible = writeln!(text, "  {line}");
        }
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
