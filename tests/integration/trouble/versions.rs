//! A store that the first version of the program wrote: brought up to date, with its history and the server's ID.

use std::borrow::Cow;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use ghe_license_sync::store::State;
use insta::assert_snapshot;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection};

use crate::support::lab::Lab;

const SERVER: &str = "0f0e8d4c-3f5e-4a43-9b8e-2f6b1c6a7d10";
const RUN: &str = "019a4000-0000-7000-8000-000000000001";

/// What the first version left after a confirmed run.
async fn first_version(lab: &Lab) {
    let state = lab.directory.path().join("state");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, PermissionsExt::from_mode(0o700)).unwrap();
    let options = SqliteConnectOptions::new()
        .filename(state.join("state.db"))
        .create_if_missing(true);
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let all = sqlx::migrate!("src/store/migrations");
    let first = Migrator {
        migrations: Cow::Owned(all.migrations[..1].to_vec()),
        ..all
    };
    first.run(&mut database).await.unwrap();
    let digest = "d1".repeat(32);
    for sql in [
        format!("INSERT INTO installation VALUES (1, '{SERVER}', '2026-11-02T03:04:00.000Z')"),
        format!(
            "INSERT INTO run (id, \"trigger\", state, started_at, updated_at, accounts, consumed, suspended, dormant, \
             digest, idempotency_key, content_digest, body_size, attempts, upload_id, sent_at) VALUES ('{RUN}', 'manual', \
             'confirmed', '2026-11-02T03:04:00.000Z', '2026-11-02T03:04:02.000Z', 3000, 3000, 0, 0, '{digest}', 'key', \
             '{digest}', 100, 1, 'usage-1', '2026-11-02T03:04:01.000Z')"
        ),
        format!("INSERT INTO event VALUES ('{RUN}', '2026-11-02T03:04:00.000Z', 'collecting', NULL, NULL)"),
        format!("INSERT INTO event VALUES ('{RUN}', '2026-11-02T03:04:02.000Z', 'confirmed', NULL, NULL)"),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut database).await.unwrap();
    }
    database.close().await.unwrap();
}

#[tokio::test]
async fn a_store_of_the_first_version_keeps_its_history_and_its_server_and_has_nothing_to_compare_with() {
    let lab = Lab::with_faults(&[]).await;
    first_version(&lab).await;
    // 54 people after 3000: with a fingerprint to compare with, this were a mass change.
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let said = ran
        .stderr
        .lines()
        .find_map(|line| line.split_once("people; "))
        .unwrap()
        .1;
    assert_snapshot!(said.split(" run_id").next().unwrap(), @"there is no earlier list to compare it with");
    let store = lab.store().await;
    let runs = store.runs(10).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| run.state).collect();
    assert_eq!(states, [State::Confirmed, State::Confirmed]);
    assert_eq!((runs[1].id.to_string().as_str(), runs[1].change), (RUN, None));
    assert_eq!(runs[0].change, None);
    assert_eq!(store.events(runs[1].id).await.unwrap().len(), 2);
    let installation = store.known_installation().await.unwrap().unwrap();
    assert_eq!(installation.server_id.to_string(), SERVER);
    store.close().await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    let change = lab.last_run().await.change.unwrap();
    assert_eq!((change.before, change.people()), (54, 0), "from now on there is");
}
