//! The state directory: addresses are in the payload alone, and are gone with it.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{Column as _, Row as _, TypeInfo as _, ValueRef as _};

use super::canaries::{HEADER, found, good_server, server, to};
use crate::support::lab::Lab;

/// Every table with all its cells, one after the other.
async fn tables(state: &Path) -> Vec<(String, Vec<u8>)> {
    let options = SqliteConnectOptions::new().filename(state.join("state.db"));
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .fetch_all(&pool)
        .await
        .unwrap();
    let mut tables = Vec::new();
    for name in names {
        let select = sqlx::AssertSqlSafe(format!("SELECT * FROM \"{name}\""));
        let mut cells = Vec::new();
        for row in sqlx::query(select).fetch_all(&pool).await.unwrap() {
            for column in row.columns() {
                let at = column.ordinal();
                let kind = row.try_get_raw(at).unwrap().type_info().name().to_owned();
                match kind.as_str() {
                    "BLOB" => cells.extend(row.get::<Vec<u8>, _>(at)),
                    "TEXT" => cells.extend(row.get::<String, _>(at).into_bytes()),
                    "INTEGER" => cells.extend(row.get::<i64, _>(at).to_string().into_bytes()),
                    "NULL" | "BOOLEAN" => {}
                    other => panic!("{name}.{} is {other}", column.name()),
                }
            }
        }
        tables.push((name, cells));
    }
    pool.close().await;
    tables
}

/// The bytes of every file of the state directory.
pub(super) fn files(state: &Path) -> Vec<u8> {
    let entries = fs::read_dir(state).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| fs::read(path).unwrap()).collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// The bytes of the only document in the outbox, in which this address is.
pub(super) async fn body_with(state: &Path, address: &str) -> Vec<u8> {
    let tables = tables(state).await;
    let (_, mut cells) = tables.into_iter().find(|(name, _)| name == "payload").unwrap();
    // The run's ID and the number of the piece come first.
    let start = cells.windows(2).position(|bytes| bytes == [0x1f, 0x8b]).unwrap();
    let body = cells.split_off(start);
    let mut document = String::new();
    GzDecoder::new(&*body).read_to_string(&mut document).unwrap();
    assert!(document.contains(address), "the search can find something");
    body
}

#[tokio::test]
async fn while_a_document_is_frozen_its_people_are_in_the_payload_alone_and_then_nowhere() {
    // Refused once, so that it stays frozen, and taken the next time.
    let (lab, server) = (Lab::with_faults(&["upload:404"]).await, good_server().await);
    let state = lab.directory.path().join("state");
    assert_eq!(lab.run(&[&to(&server), "sync"]).await.exit, Some(77));

    let tables_now = tables(&state).await;
    let names: Vec<_> = tables_now.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"run") && names.contains(&"event") && names.contains(&"installation"));
    for (name, cells) in &tables_now {
        assert!(
            name == "payload" || found(&lab, cells).is_empty(),
            "in the table {name}"
        );
    }
    let body = &body_with(&state, "canary.mail-11@example.com").await;
    assert!(holds(&files(&state), body));

    assert_eq!(lab.run(&[&to(&server), "sync"]).await.exit, Some(0));
    for (name, cells) in tables(&state).await {
        assert_eq!(found(&lab, &cells), [""; 0], "in the table {name}");
        assert!(name != "payload" || cells.is_empty());
    }
    assert!(!holds(&files(&state), body), "the bytes themselves are overwritten");
    assert_eq!(found(&lab, &files(&state)), [""; 0]);
}

#[tokio::test]
async fn what_was_held_is_nowhere_once_it_was_replaced_or_discarded() {
    let (lab, first) = (Lab::with_faults(&[]).await, good_server().await);
    let state = lab.directory.path().join("state");
    assert_eq!(lab.run(&[&to(&first), "sync"]).await.exit, Some(0));
    let strict = "--set=license-sync.guard.always-allow-users=0";
    let mut held: Option<Vec<u8>> = None;
    for number in [21, 31] {
        let address = format!("canary.mail-{number}@example.com");
        let row =
            format!("2020-01-01T00:00:00Z,{number},x{number},{address},user,false,203.0.113.1,1,2,3,false,,,true,x\n");
        let other = server(format!("{HEADER}{row}")).await;
        assert_eq!(lab.run(&[&to(&other), strict, "sync"]).await.exit, Some(4));
        let body = body_with(&state, &address).await;
        assert!(holds(&files(&state), &body));
        if let Some(replaced) = held.replace(body) {
            assert!(!holds(&files(&state), &replaced), "it was replaced");
        }
    }
    assert_eq!(lab.run(&["sync", "--set=connect.enabled=false"]).await.exit, Some(3));
    assert!(!holds(&files(&state), &held.unwrap()), "it was discarded");
    assert_eq!(found(&lab, &files(&state)), [""; 0]);
}

#[tokio::test]
async fn what_waited_in_the_outbox_is_nowhere_once_the_connection_ended() {
    let (lab, server) = (Lab::with_faults(&["upload:404"]).await, good_server().await);
    let state = lab.directory.path().join("state");
    assert_eq!(lab.run(&[&to(&server), "sync"]).await.exit, Some(77));
    let body = body_with(&state, "canary.mail-11@example.com").await;
    assert!(holds(&files(&state), &body));
    assert_eq!(lab.run(&["sync", "--set=connect.enabled=false"]).await.exit, Some(3));
    assert!(!holds(&files(&state), &body));
    assert_eq!(found(&lab, &files(&state)), [""; 0]);
}
