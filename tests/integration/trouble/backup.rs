//! A state directory that was restored from a backup: it is reported, today's list is confirmed, and no key is used again
//! for another document.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::{Context, SyncError, resume, run_once};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;

fn copy(from: &Path, to: &Path) {
    let _none = fs::remove_dir_all(to);
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, PermissionsExt::from_mode(0o700)).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A lab whose clocks, the cloud's too, are in our hands.
struct Weeks {
    lab: Lab,
    clock: Arc<ManualClock>,
}

impl Weeks {
    async fn begin() -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-02T03:04:05Z"));
        let lab = Lab::with_clock(&[], clock.clone()).await;
        Self { lab, clock }
    }

    async fn run(&self, trigger: &Trigger) -> State {
        self.try_to_run(trigger).await.unwrap().state
    }

    fn context(&self) -> Context {
        Context {
            clock: self.clock.clone(),
            ..self.lab.context(&["license-sync.confirm-timeout=1s"])
        }
    }

    async fn try_to_run(&self, trigger: &Trigger) -> Result<Run, SyncError> {
        run_once(&self.context(), trigger).await
    }

    async fn resume(&self) -> Result<Option<Run>, SyncError> {
        resume(&self.context()).await
    }

    /// Runs three weeks, of which a restored backup knows the first alone.
    async fn restored(&self) {
        let (state, backup) = (
            self.lab.directory.path().join("state"),
            self.lab.directory.path().join("backup"),
        );
        for week in 1..=3 {
            let trigger = Trigger::Scheduled(format!("week-{week}"));
            assert_eq!(self.run(&trigger).await, State::Confirmed);
            if week == 1 {
                copy(&state, &backup);
            }
            self.clock.advance(TimeDelta::weeks(1));
        }
        copy(&backup, &state);
    }

    fn keys(&self) -> Vec<String> {
        let uploads = self.lab.sandbox.uploads().into_iter();
        uploads.map(|upload| upload.idempotency_key).collect()
    }
}

#[tokio::test]
async fn after_a_restored_backup_the_list_of_the_day_is_confirmed_under_a_key_of_its_own() {
    let weeks = Weeks::begin().await;
    weeks.restored().await;
    assert_eq!(
        weeks.run(&Trigger::Scheduled("week-4".to_owned())).await,
        State::Confirmed
    );
    let mut keys = weeks.keys();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 4);
}

/// The cloud knows the key: nobody came or went, so it is the same document again, and its `Location` says so.
#[tokio::test]
async fn a_window_that_the_backup_does_not_know_of_is_confirmed_with_no_second_effect() {
    let weeks = Weeks::begin().await;
    weeks.restored().await;
    let again = weeks.run(&Trigger::CatchUp("week-3".to_owned())).await;
    assert_eq!((again, weeks.keys().len()), (State::Confirmed, 3));
}

#[tokio::test]
async fn a_restored_backup_is_reported_once_and_the_sync_continues() {
    let lab = Lab::with_faults(&[]).await;
    let (state, backup) = (lab.directory.path().join("state"), lab.directory.path().join("backup"));
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    copy(&state, &backup);
    // As a backup of last month is.
    let options = SqliteConnectOptions::new().filename(backup.join("state.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let sql = "UPDATE run SET processed_at = '2026-01-01T00:00:00.000Z'";
    sqlx::query(sql).execute(&mut database).await.unwrap();
    database.close().await.unwrap();
    let told = "that this store did not make";
    for _ in 0..2 {
        let ran = lab.run(&["sync", "--verbose"]).await;
        assert!(ran.exit == Some(0) && !ran.stderr.contains(told), "{ran}");
    }
    copy(&backup, &state);
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert!(ran.exit == Some(0) && ran.stderr.contains(told), "{ran}");
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert!(ran.exit == Some(0) && !ran.stderr.contains(told), "{ran}");
    let taken = lab.sandbox.uploads();
    assert_eq!(taken.len(), 5);
    assert!(taken.iter().all(|upload| upload.attempts == 1));
}

/// The first attempt after the backup was restored fails before the cloud can be asked who reported last.
#[tokio::test]
async fn an_old_document_of_a_backup_is_not_sent_after_an_attempt_that_failed() {
    let weeks = Weeks::begin().await;
    let (state, backup) = (
        weeks.lab.directory.path().join("state"),
        weeks.lab.directory.path().join("backup"),
    );
    let break_the_next_upload = || weeks.lab.sandbox.add_fault("upload:404*1".parse().unwrap());
    break_the_next_upload();
    weeks
        .try_to_run(&Trigger::Scheduled("week-1".to_owned()))
        .await
        .unwrap_err();
    copy(&state, &backup);
    weeks.clock.advance(TimeDelta::hours(36));
    assert_eq!(weeks.run(&Trigger::Manual).await, State::Confirmed);
    weeks.clock.advance(TimeDelta::hours(12));
    copy(&backup, &state);
    weeks.lab.sandbox.add_fault("status:503*1".parse().unwrap());
    break_the_next_upload();
    weeks.resume().await.unwrap_err();
    weeks.clock.advance(TimeDelta::hours(2));
    assert!(weeks.resume().await.unwrap().is_none(), "it gave way");
    assert_eq!(weeks.keys().len(), 1, "the newer list stands");
}
