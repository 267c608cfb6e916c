//! Somebody who can write the store's file, and means to steer the terminal of its reader.

use ghe_license_sync::store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Executor};

use crate::support::lab::Lab;

/// Clears the screen, sets a title, the same with a single character, turns the line around, and forges a line.
const STEERING: &str = "\u{1b}[2J \u{1b}]0;title\u{7} \u{9b}2J \u{202e}txet \u{7f}\nhealth          healthy";

async fn tamper(lab: &Lab) {
    let options = SqliteConnectOptions::new().filename(lab.directory.path().join("state/state.db"));
    let mut database = SqliteConnection::connect_with(&options).await.unwrap();
    let texts = "detail = ?1, reason = 'internal', decision = 'approved', decided_by = ?1, hostname = ?1, upload_id = ?1, \
                 location = ?1, decided_at = started_at";
    let runs = format!("UPDATE run SET {texts}, account = 'enterprise/' || ?1");
    for sql in [&runs[..], "UPDATE event SET detail = ?1, reason = 'internal'"] {
        database
            .execute(sqlx::query(sqlx::AssertSqlSafe(sql)).bind(STEERING))
            .await
            .unwrap();
    }
    database.close().await.unwrap();
}

#[tokio::test]
async fn what_is_in_the_store_steers_no_terminal() {
    let lab = Lab::with_faults(&[]).await;
    lab.sync(&[]).await.unwrap();
    tamper(&lab).await;
    for command in [
        &["status"][..],
        &["history"],
        &["status", "--json"],
        &["history", "--json"],
    ] {
        let ran = lab.run(command).await;
        let steers = |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
        assert!(
            !ran.to_string().contains(steers),
            "{command:?} says\n{ran:?}",
            ran = ran.stdout
        );
        assert!(
            !ran.stdout.contains("\nhealth          healthy"),
            "{command:?} says\n{ran}"
        );
    }
    let told = lab.run(&["history"]).await.stdout;
    assert!(
        told.contains(r"\u{1b}[2J \u{1b}]0;title\u{7} \u{9b}2J \u{202e}txet"),
        "{told}"
    );
    let run = Store::open(&lab.directory.path().join("state"))
        .await
        .unwrap()
        .runs(1)
        .await
        .unwrap();
    assert_eq!(run[0].receipt.as_ref().unwrap().location.exposed(), STEERING);
}
