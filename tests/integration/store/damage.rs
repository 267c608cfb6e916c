//! Files that are not what this program wrote: each refused in plain words, none changed.

use std::fs;

use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::{Site, at, freeze};
use crate::support::destination::begin;
use crate::support::family::Family;

#[tokio::test]
async fn a_database_that_cannot_be_used_is_refused_and_left_as_it_is() {
    let mut family = Family::default();
    let site = Site::new();
    site.open().await.close().await;
    let garbage = b"this is no database. ".repeat(500);
    fs::write(site.file("state.db"), &garbage).unwrap();
    let said = site.refusal().await;
    family.row("a database that is none is refused and left as it is", said);
    assert!(fs::read(site.file("state.db")).unwrap() == garbage);
    let site = Site::new();
    let store = site.open().await;
    freeze(&store, &[vec![7; 200_000]]).await;
    store.close().await;
    let mut bytes = fs::read(site.file("state.db")).unwrap();
    // The header page stays, so that it still looks like a database.
    bytes[100..40_000].fill(0xee);
    fs::write(site.file("state.db"), bytes).unwrap();
    let said = site.refusal().await;
    family.row("a database that was damaged", said);
    let site = Site::new();
    site.open().await.close().await;
    site.tamper(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9000, 'from the future', TRUE, x'00', 0)",
    )
    .await;
    let before = fs::read(site.file("state.db")).unwrap();
    let said = site.refusal().await;
    family.row("a database of a newer version is refused and left as it is", said);
    assert!(fs::read(site.file("state.db")).unwrap() == before);
    let site = Site::new();
    site.open().await.close().await;
    site.tamper("UPDATE _sqlx_migrations SET checksum = x'00'").await;
    let said = site.refusal().await;
    family.row("a database of another form", said);
    let site = Site::new();
    site.open().await.close().await;
    fs::write(site.file("state.db"), b"").unwrap();
    site.tamper("CREATE TABLE run (distance REAL)").await;
    let said = site.refusal().await;
    family.row("a database of another program", said);
    assert_snapshot!(family, @"
    a database that is none is refused and left as it is: [1] cause: (code: 26) file is not a database [2] [3]
    a database that was damaged: [1] cause: (code: 11) database disk image is malformed [2] [3]
    a database of a newer version is refused and left as it is: [4] cause: migration 9000 was previously applied but is missing in the resolved migrations [5] [3]
    a database of another form: [4] cause: migration 1 was previously applied but has been modified [5] [3]
    a database of another program: [1] cause: (code: 1) table run already exists [2] [3]
    [1] error: the store /var/lib/state/state.db could not be opened
    [2] help: check that /var/lib/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew
    [3] reason: internal, exit 74
    [4] error: the store /var/lib/state/state.db was written by another version of this program
    [5] help: run the version that wrote it, or a newer one; nothing was changed
    ");
}

#[tokio::test]
async fn a_value_that_cannot_be_read_is_named_by_run_and_column() {
    for (column, value) in [
        ("state", "'held'"),
        ("started_at", "'yesterday'"),
        ("reason", "'because'"),
        ("digest", "'d1'"),
        ("body_size", "-1"),
        ("attempts", "-1"),
        ("maybe_taken", "-1"),
    ] {
        let site = Site::new();
        let store = site.open().await;
        let run = freeze(&store, &[b"payload".to_vec()]).await;
        site.tamper(&format!("UPDATE run SET {column} = {value}")).await;
        if column == "state" {
            assert_eq!(store.run(run).await.unwrap().state, State::Held, "the test changes it");
            continue;
        }
        let error = store.run(run).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the store holds something that cannot be read in the column `{column}` of run {run}")
        );
    }
}

#[tokio::test]
async fn a_run_that_cannot_be_read_is_reported_with_what_to_do() {
    let site = Site::new();
    let store = site.open().await;
    let run = begin(&store, at(0)).await.unwrap();
    site.tamper("UPDATE run SET updated_at = ''").await;
    let error = store.unfinished().await.unwrap_err();
    assert_snapshot!(site.read(&error).replace(&run.to_string(), "RUN"), @r#"
    error: the store holds something that cannot be read in the column `updated_at` of run RUN
    help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
    reason: internal, exit 74
    "#);
}
