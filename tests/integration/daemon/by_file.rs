//! The daemon where a person uploads: one file each window, confirmed by what the cloud lists, and reminded of until then.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::store::{Run, State};

use super::bench::{Bench, write_metrics};
use super::watch::BEGIN;
use crate::delivery::by_file::{documents, upload, with_files_of};
use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;
use crate::support::patience::in_time;
use crate::support::records::Records;

async fn bench() -> (Bench, std::path::PathBuf) {
    bench_with("").await
}

/// The same with these lines in the section of the feature.
async fn bench_with(lines: &str) -> (Bench, std::path::PathBuf) {
    let clock = Arc::new(ManualClock::at(BEGIN));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    let directory = with_files_of(&lab);
    lab.edit_settings("[license-sync]", &format!("[license-sync]\n{lines}"));
    write_metrics(&lab);
    (Bench::start(lab, clock), directory)
}

#[tokio::test]
async fn a_window_gets_one_file_and_the_daemon_confirms_it_once_it_was_uploaded() {
    let (bench, directory) = bench().await;
    let run = bench.newest_is(State::Written).await;
    let written_at = run.file.as_ref().unwrap().written_at.timestamp();
    bench.written("file_written_timestamp_seconds", written_at).await;
    bench.advance(TimeDelta::hours(2));
    // A question that was still under way would make the next one due an hour after the second step.
    bench
        .written("cloud_answered_timestamp_seconds", clock_of(&bench))
        .await;
    upload(&bench.lab, &directory.join(&documents(&directory)[0])).await;
    bench.advance(TimeDelta::hours(2));
    let confirmed = in_time(async || {
        let newest = bench.lab.store().await.runs(1).await.unwrap().pop();
        newest.filter(|run| run.state == State::Confirmed)
    })
    .await;
    assert_eq!(confirmed.id, run.id);
    let metrics = bench
        .written("last_confirmed_timestamp_seconds", confirmed.updated_at.timestamp())
        .await;
    assert!(!metrics.contains("file_written_timestamp_seconds"));
    bench.advance(TimeDelta::days(1));
    assert_eq!(documents(&directory).len(), 1);
    bench.advance(TimeDelta::days(7));
    let next = bench.newest_is(State::Written).await;
    assert_ne!(next.id, run.id);
    in_time(async || {
        let first = bench.lab.store().await.run(run.id).await.unwrap();
        path_of(&first).ends_with(".superseded").then_some(())
    })
    .await;
    assert_eq!(
        documents(&directory).len(),
        1,
        "the one that was uploaded is superseded"
    );
    bench.stop().await;
}

#[tokio::test]
async fn the_daemon_reminds_of_a_file_once_a_day_until_a_newer_list_takes_its_place() {
    let records = Records::listen();
    let (bench, directory) = bench().await;
    let first = bench.newest_is(State::Written).await;
    for _ in 0..50 {
        bench.advance(TimeDelta::hours(1));
        // The daemon asks the cloud, and reminds before that.
        bench
            .written("cloud_answered_timestamp_seconds", clock_of(&bench))
            .await;
    }
    let said = records.take("has waited since");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(
        said[0].contains("for a person to upload it on the Licensing page of the enterprise octo-corp"),
        "{said:?}"
    );
    bench.advance(TimeDelta::days(6));
    let runs = in_time(async || {
        let runs = bench.lab.store().await.runs(9).await.unwrap();
        let aside = runs.iter().any(|run| path_of(run).ends_with(".superseded"));
        (runs.len() == 2 && runs[0].state == State::Written && aside).then_some(runs)
    })
    .await;
    assert_eq!((runs[1].id, runs[1].state), (first.id, State::Failed));
    assert_eq!(runs[1].reason.unwrap().code(), "unconfirmed");
    assert_eq!(documents(&directory).len(), 1, "the older one is superseded");
    assert!(std::path::Path::new(&path_of(&runs[1])).exists(), "and kept");
    bench.stop().await;
}

#[tokio::test]
async fn the_daemon_reminds_of_a_file_as_often_as_the_settings_say() {
    let records = Records::listen();
    let (bench, _) = bench_with("remind-after = \"6h\"").await;
    bench.newest_is(State::Written).await;
    for _ in 0..20 {
        bench.advance(TimeDelta::hours(1));
        // The daemon asks the cloud, and reminds before that.
        bench
            .written("cloud_answered_timestamp_seconds", clock_of(&bench))
            .await;
    }
    assert_eq!(records.take("has waited since").len(), 3);
    bench.stop().await;
}

fn path_of(run: &Run) -> String {
    run.file.as_ref().map(|file| file.path.clone()).unwrap_or_default()
}

fn clock_of(bench: &Bench) -> i64 {
    use ghe_license_sync::clock::Clock as _;
    bench.clock.now().timestamp()
}
