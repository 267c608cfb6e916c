//! What the worker does after a fault, in a state directory of its own.

use std::path::Path;

use super::*;
use crate::clock::SystemClock;
use crate::settings::Environment;

#[test]
fn the_alarm_is_silent_after_a_minute_and_when_the_clock_went_back() {
    let woken_at: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
    assert!(!alarm_is_silent(woken_at, woken_at));
    assert!(!alarm_is_silent(woken_at, woken_at + TimeDelta::minutes(1)));
    assert!(alarm_is_silent(woken_at, woken_at + TimeDelta::seconds(66)));
    assert!(alarm_is_silent(woken_at, woken_at - TimeDelta::milliseconds(1)));
}

/// A worker whose gate is open, before its first window, which is due.
fn worker(directory: &Path) -> Worker {
    let file = directory.join("config.toml");
    let text = format!(
        "[connect]\nenabled = true\nenterprise = \"octo\"\nclient-id = \"Iv1\"\ninstallation-id = 1\n\
         [license-sync]\nenabled = true\n[server]\nurl = \"https://127.0.0.1:1\"\ntoken-file = \"/nowhere\"\n\
         [server.source.report]\nusername = \"bot\"\n[state]\ndirectory = \"{}\"\n",
        directory.join("state").display()
    );
    std::fs::write(&file, text).unwrap();
    let sources = Sources {
        file,
        environment: Environment::default(),
        overrides: Vec::new(),
    };
    let settings = Settings::load(&sources).unwrap();
    Worker::new(&settings, sources, Arc::new(SystemClock), Systemd::none())
}

async fn create_store(worker: &Worker) {
    Store::open(&worker.context.state_directory)
        .await
        .unwrap()
        .close()
        .await;
}

/// What was started, if anything was.
fn under_way(worker: &Worker) -> Option<&Work> {
    match &worker.state {
        Activity::Idle => None,
        Activity::Running(_, work, _) => Some(work),
    }
}

/// What was started for `work` ends in a fault of the store, and leaves no wait in it.
async fn fail(worker: &mut Worker, work: Work) {
    let error = Store::reopen(Path::new("/dev/null")).await.err().unwrap();
    worker.state = Activity::Running(tokio::spawn(async { Ok(None) }), work, Asked::InTime);
    worker.conclude(Ok(Err(SyncError::from(error)))).await;
}

#[tokio::test]
async fn a_window_that_became_due_during_a_run_by_hand_that_failed_begins_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut worker = worker(directory.path());
    create_store(&worker).await;
    fail(&mut worker, Work::Run(Trigger::Manual)).await;
    let due = under_way(&worker).cloned().unwrap();
    assert!(matches!(due, Work::Run(Trigger::Scheduled(_))), "{due:?}");
    fail(&mut worker, due).await;
    assert_eq!(under_way(&worker), None, "it was tried just now");
}

#[tokio::test]
async fn what_is_due_begins_within_a_minute_when_the_store_can_be_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut worker = worker(directory.path());
    create_store(&worker).await;
    worker.take_up(Asked::InTime).await;
    let due = under_way(&worker).cloned().unwrap();
    let (state, away) = (&worker.context.state_directory.clone(), directory.path().join("away"));
    std::fs::rename(state, &away).unwrap();
    std::fs::write(state, "no directory").unwrap();
    fail(&mut worker, due.clone()).await;
    assert_eq!(under_way(&worker), None, "the store cannot be read");
    std::fs::remove_file(state).unwrap();
    std::fs::rename(away, state).unwrap();
    worker.look_at_the_clock().await;
    assert_eq!(under_way(&worker), Some(&due));
}
