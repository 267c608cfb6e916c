//! A database that is not as it was written: refused and left alone as long as it is, or what is damaged is discarded.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::run_once;
use insta::assert_snapshot;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::support::lab::Lab;
use crate::support::moment::{Moment, On};
use crate::support::render::render;

const PAGE: usize = 4096;

const DAMAGE_DOCUMENT: &str = "UPDATE payload SET bytes = zeroblob(length(bytes))";

fn database(lab: &Lab) -> PathBuf {
    lab.directory.path().join("state/state.db")
}

/// A lab with a document that waits in the outbox, in a database without a journal.
async fn waiting() -> Lab {
    let lab = Lab::with_faults(&["upload:404"]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(77));
    assert_eq!(last_run(&lab).await.state, State::Frozen);
    assert!(!lab.directory.path().join("state/state.db-wal").exists());
    lab
}

/// The newest run; nothing stays open.
async fn last_run(lab: &Lab) -> Run {
    let store = lab.store().await;
    let run = store.runs(1).await.unwrap().remove(0);
    store.close().await;
    run
}

/// Changes the database behind the back of the store.
async fn spoil(lab: &Lab, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(database(lab));
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// What `sync` says about these bytes in the place of the database, which it must leave alone.
async fn refused(lab: &Lab, bytes: &[u8]) -> String {
    fs::write(database(lab), bytes).unwrap();
    let ran = lab.run(&["sync"]).await;
    assert!(fs::read(database(lab)).unwrap() == bytes, "{ran}");
    lab.plain(&ran.to_string())
}

#[tokio::test]
async fn a_damaged_header_is_refused_and_left_alone_and_fixed_bytes_are_confirmed() {
    let lab = waiting().await;
    let good = fs::read(database(&lab)).unwrap();
    let mut said = Vec::new();
    // The magic word, the size of a page, the version that may read it, the fractions, the format of the schema.
    for at in [3, 16, 19, 21, 47] {
        let mut bytes = good.clone();
        bytes[at] ^= 0xff;
        said.push(refused(&lab, &bytes).await);
    }
    said.sort();
    said.dedup();
    assert_snapshot!(said.concat(), @"
    exit 74, stderr:
    error: no license usage was sent
      because: the store DIR/state/state.db could not be opened
      because: (code: 1) unsupported file format
      help: check that DIR/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew
      reason: internal
    exit 74, stderr:
    error: no license usage was sent
      because: the store DIR/state/state.db could not be opened
      because: (code: 26) file is not a database
      help: check that DIR/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew
      reason: internal
    ");
    fs::write(database(&lab), good).unwrap();
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    assert_eq!(lab.sandbox.uploads().len(), 1, "the list that waited");
}

#[tokio::test]
async fn a_truncated_database_is_refused_and_left_alone() {
    let lab = waiting().await;
    let good = fs::read(database(&lab)).unwrap();
    let mut said = Vec::new();
    for size in [PAGE / 2, PAGE, 3 * PAGE, good.len() / 2 + 100, good.len() - PAGE] {
        said.push(refused(&lab, &good[..size]).await);
    }
    said.dedup();
    assert_snapshot!(said.concat(), @"
    exit 74, stderr:
    error: no license usage was sent
      because: the store DIR/state/state.db could not be opened
      because: (code: 11) database disk image is malformed
      help: check that DIR/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew
      reason: internal
    ");
    assert_eq!(lab.sandbox.uploads().len(), 0);
}

#[tokio::test]
async fn a_database_whose_parts_contradict_each_other_is_refused_and_left_alone() {
    let lab = waiting().await;
    // Two tables claim the same page; each by itself can be read.
    let sql = "PRAGMA writable_schema = ON; \
               UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'payload') \
               WHERE name = 'fingerprint'";
    spoil(&lab, sql).await;
    let bytes = fs::read(database(&lab)).unwrap();
    assert_snapshot!(refused(&lab, &bytes).await, @"
    exit 74, stderr:
    error: no license usage was sent
      because: the store DIR/state/state.db is damaged
      because: *** in database main *** 2nd reference to page 16
      help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
      reason: internal
    ");
    assert_eq!(lab.sandbox.uploads().len(), 0);
}

/// Damage is either seen before anything is done, or it is where nothing is kept.
#[tokio::test]
async fn a_damaged_page_is_refused_or_does_not_matter_wherever_it_is() {
    let lab = waiting().await;
    let good = fs::read(database(&lab)).unwrap();
    for page in 1..good.len() / PAGE {
        let mut bytes = good.clone();
        bytes[page * PAGE..page * PAGE + 64].fill(0xee);
        let earlier = lab.sandbox.uploads().len();
        fs::write(database(&lab), &bytes).unwrap();
        let ran = lab.run(&["sync"]).await;
        let taken = lab.sandbox.uploads().len() - earlier;
        match ran.exit {
            Some(74) => assert_eq!(
                (taken, fs::read(database(&lab)).unwrap() == bytes),
                (0, true),
                "page {page}: {ran}"
            ),
            Some(0) => assert!(taken > 0, "page {page}: {ran}"),
            _ => panic!("page {page}: {ran}"),
        }
    }
}

#[tokio::test]
async fn a_journal_of_another_database_is_refused_or_leaves_a_whole_database() {
    let (lab, other) = (waiting().await, waiting().await);
    let run = last_run(&other).await;
    let store = other.store().await;
    store
        .settle(run.id, State::Refused, run.updated_at, None)
        .await
        .unwrap();
    let journal = |lab: &Lab| lab.directory.path().join("state/state.db-wal");
    fs::copy(journal(&other), journal(&lab)).unwrap();
    let ran = lab.run(&["sync"]).await;
    // SQLite takes the journal for this database's own; what it makes of both is whole, or it is not used.
    match ran.exit {
        Some(0) => assert_eq!(lab.run(&["sync"]).await.exit, Some(0)),
        Some(74) => assert!(ran.stderr.contains("restore"), "{ran}"),
        _ => panic!("{ran}"),
    }
    let mut keys: Vec<_> = (lab.sandbox.uploads().into_iter())
        .map(|upload| upload.idempotency_key)
        .collect();
    let taken = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), taken, "no key twice");
}

#[tokio::test]
async fn a_list_is_not_sent_when_the_one_to_compare_it_with_lost_people() {
    let lab = Lab::with_faults(&[]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    let confirmed = last_run(&lab).await.id.to_string();
    spoil(&lab, "UPDATE fingerprint SET bytes = substr(bytes, 1, 8)").await;
    let ran = lab.run(&["sync"]).await;
    assert_snapshot!(lab.plain(&ran.to_string()).replace(&confirmed, "RUN"), @"
    exit 74, stderr:
    error: no license usage was sent
      because: the store holds something that cannot be read in the column `fingerprint` of run RUN
      help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
      reason: internal
    ");
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn a_document_whose_bytes_were_damaged_is_not_sent_and_todays_list_is() {
    let lab = waiting().await;
    let spoiled = last_run(&lab).await;
    spoil(&lab, DAMAGE_DOCUMENT).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    let told = lab.store().await.run(spoiled.id).await.unwrap();
    assert_eq!(told.state, State::Failed);
    assert_snapshot!(format!("{}: {}", told.reason.unwrap(), told.detail.unwrap()), @"internal: the license usage that was frozen is damaged on disk; it is discarded and not sent");
    let keys: Vec<_> = lab
        .sandbox
        .uploads()
        .into_iter()
        .map(|upload| upload.idempotency_key)
        .collect();
    assert_eq!(keys.len(), 1);
    assert!(!keys.contains(&spoiled.frozen.unwrap().idempotency_key));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_damaged_as_soon_as_it_is_frozen_is_not_sent() {
    let lab = Arc::new(Lab::with_faults(&[]).await);
    let damage = {
        let lab = Arc::clone(&lab);
        move || {
            let spoiling = spoil(&lab, DAMAGE_DOCUMENT);
            block_in_place(|| Handle::current().block_on(spoiling));
        }
    };
    let context = lab.context_with(&[], Arc::new(On(Moment::Frozen, damage)));
    let error = run_once(&context, &Trigger::Manual).await.unwrap_err();
    assert_snapshot!(render(&error, lab.sandbox.cloud_url()), @"
    error: the license usage that was frozen is damaged on disk; it is discarded and not sent
    help: check that the file system of `state.directory` is healthy; run `ghe-license-sync sync` again to send today's list
    reason: internal, exit 74
    ");
    assert_eq!(lab.sandbox.uploads().len(), 0);
    assert_eq!(last_run(&lab).await.state, State::Failed);
}
