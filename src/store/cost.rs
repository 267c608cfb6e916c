//! The queries of the metrics and of `status` cost the same for any length of the history. The tests count the steps of
//! SQLite, so the speed of the machine does not matter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use sqlx::AssertSqlSafe;
use tempfile::TempDir;
use uuid::Uuid;

use super::database::Store;
use super::destination::Destination;

/// Runs of one destination that failed before they had a document, so that nothing is found early; each with an event.
fn history(runs: u32) -> [String; 2] {
    let numbers = format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {runs})");
    let run = format!(
        "INSERT INTO run (id, \"trigger\", \"window\", api_origin, uploads_origin, account, server_id, hostname, state, \
         reason, started_at, updated_at, changed) {numbers} SELECT printf('%08x-0000-7000-8000-000000000000', i), \
         'manual', NULL, 'a', 'u', 'o', '{}', 'h', 'failed', 'server-error', '2026-11-24T03:04:00.000Z', \
         '2026-11-24T03:04:00.000Z', i FROM n",
        Uuid::nil()
    );
    let event = "INSERT INTO event SELECT id, started_at, state, reason, NULL FROM run".to_owned();
    [run, event]
}

/// The steps that each question takes with so many runs in the history.
async fn steps(runs: u32) -> BTreeMap<&'static str, u64> {
    let directory = TempDir::new().unwrap();
    let store = Store::open(&directory.path().join("state")).await.unwrap();
    let now: DateTime<Utc> = "2026-11-24T03:04:00Z".parse().unwrap();
    store.installation(now).await.unwrap();
    for sql in history(runs) {
        sqlx::query(AssertSqlSafe(sql)).execute(&store.pool).await.unwrap();
    }
    let taken = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&taken);
    let mut connection = store.pool.acquire().await.unwrap();
    let mut handle = connection.lock_handle().await.unwrap();
    handle.set_progress_handler(1, move || {
        count.fetch_add(1, Ordering::Relaxed);
        true
    });
    drop(handle);
    drop(connection);
    let here = Destination {
        api_origin: "a".to_owned(),
        uploads_origin: "u".to_owned(),
        account: "o".to_owned(),
        server_id: Uuid::nil(),
    };
    let mut steps = BTreeMap::new();
    let mut note = |question| steps.insert(question, taken.swap(0, Ordering::Relaxed));
    assert_eq!(store.last_run(&here).await.unwrap().unwrap().attempts, 0);
    note("the newest run");
    assert_eq!(store.last_confirmed(&here).await.unwrap(), None);
    note("the last confirmed run");
    assert!(store.counted(&here).await.unwrap().is_empty());
    note("the counts of confirmed runs");
    assert_eq!(store.last_changed(&here, 50).await.unwrap().len(), 50);
    note("the runs that changed last");
    assert_eq!(store.held().await.unwrap(), None);
    note("the held run");
    assert_eq!(store.unfinished().await.unwrap(), None);
    note("the unfinished run");
    assert!(store.known_installation().await.unwrap().is_some());
    note("the installation");
    store.belongs_to(Uuid::nil()).await.unwrap();
    note("the server");
    store.tally().await.unwrap();
    note("the tally");
    assert_eq!(store.pruned().await.unwrap(), None);
    note("the summary");
    assert_eq!(store.runs(200).await.unwrap().len(), 200);
    note("the newest runs");
    store.close().await;
    steps
}

#[tokio::test]
async fn the_steps_of_the_database_do_not_grow_with_the_history() {
    let (short, long) = (steps(300).await, steps(6_000).await);
    assert_eq!(short, long);
    assert!(short.values().all(|steps| *steps > 0), "they are counted: {short:?}");
}
