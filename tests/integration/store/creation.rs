//! A store is made whole or not at all, and one that was lost is not made again in silence.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};

use ghe_license_sync::store::{Store, StoreError};
use insta::assert_snapshot;

use super::{Site, at};

#[tokio::test]
async fn an_empty_database_is_a_damaged_one_and_is_left_as_it_is() {
    let site = Site::new();
    site.open().await.close().await;
    fs::write(site.file("state.db"), b"").unwrap();
    assert_snapshot!(site.refusal().await, @"
    error: the store /var/lib/state/state.db is damaged
    cause: the file is empty
    help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
    reason: internal, exit 74
    ");
    assert!(Store::open_existing(&site.directory()).await.is_err());
    assert_eq!(fs::metadata(site.file("state.db")).unwrap().len(), 0);
}

#[tokio::test]
async fn a_database_without_a_table_is_a_damaged_one() {
    let site = Site::new();
    site.open().await.close().await;
    fs::remove_file(site.file("state.db")).unwrap();
    fs::write(site.file("state.db"), b"").unwrap();
    site.tamper("PRAGMA user_version = 1").await;
    assert_snapshot!(site.refusal().await, @"
    error: the store /var/lib/state/state.db is damaged
    cause: there is no table in it
    help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
    reason: internal, exit 74
    ");
}

/// SQLite would apply the journal to the new database.
#[tokio::test]
async fn a_database_that_was_deleted_beside_its_journal_is_not_made_again() {
    let site = Site::new();
    let store = site.open().await;
    store.installation(at(0)).await.unwrap();
    fs::remove_file(site.file("state.db")).unwrap();
    assert_snapshot!(site.refusal().await, @"
    error: the store /var/lib/state/state.db is damaged
    cause: /var/lib/state/state.db-wal is there without it
    help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
    reason: internal, exit 74
    ");
    assert!(!site.file("state.db").exists());
}

#[tokio::test]
async fn a_database_that_is_a_link_is_refused_wherever_it_leads() {
    let site = Site::new();
    site.open().await.close().await;
    fs::rename(site.file("state.db"), site.file("elsewhere.db")).unwrap();
    symlink(site.file("elsewhere.db"), site.file("state.db")).unwrap();
    let refused = site.refusal().await;
    assert_snapshot!(refused, @"
    error: the file /var/lib/state/state.db of the store is a symbolic link, which is not followed
    help: find out who made the link /var/lib/state/state.db; then remove it, or put the file that it names in its place; to keep the state elsewhere, set `state.directory`
    reason: internal, exit 74
    ");
    fs::remove_file(site.file("elsewhere.db")).unwrap();
    assert_eq!(site.refusal().await, refused);
    let existing = Store::open_existing(&site.directory()).await;
    assert!(matches!(existing, Err(StoreError::Link { .. })), "{existing:?}");
    assert!(!site.file("elsewhere.db").exists());
}

#[tokio::test]
async fn no_file_of_the_store_is_made_or_opened_behind_a_link() {
    let site = Site::new();
    site.open().await.close().await;
    let lock = site.file("opening.lock");
    fs::remove_file(&lock).unwrap();
    let victim = site.0.path().join("victim");
    symlink(&victim, &lock).unwrap();
    for existing in [false, true] {
        if existing {
            fs::write(&victim, "as it was").unwrap();
        }
        let error = Store::open(&site.directory()).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Link { path } if *path == lock),
            "{error:?}"
        );
        assert_eq!(victim.exists(), existing);
    }
    assert_eq!(fs::read_to_string(&victim).unwrap(), "as it was");
}

#[tokio::test]
async fn what_a_killed_process_left_half_made_is_replaced() {
    let site = Site::new();
    site.open().await.close().await;
    fs::remove_file(site.file("state.db")).unwrap();
    for half_made in ["state.db.new", "state.db.new-journal"] {
        fs::write(site.file(half_made), "half made").unwrap();
    }
    let store = site.open().await;
    store.installation(at(0)).await.unwrap();
    for half_made in ["state.db.new", "state.db.new-journal"] {
        assert!(!site.file(half_made).exists(), "{half_made}");
    }
    assert_eq!(fs::metadata(site.file("state.db")).unwrap().mode() & 0o7777, 0o600);
}

#[tokio::test]
async fn a_store_waits_for_another_process_that_makes_it() {
    let site = Site::new();
    site.open().await.close().await;
    fs::remove_file(site.file("state.db")).unwrap();
    let making = File::options().write(true).open(site.file("opening.lock")).unwrap();
    making.lock().unwrap();
    let directory = site.directory();
    let opening = tokio::spawn(async move { Store::open(&directory).await.unwrap().close().await });
    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    assert!(!opening.is_finished() && !site.file("state.db.new").exists());
    making.unlock().unwrap();
    opening.await.unwrap();
    assert!(site.file("state.db").exists());
}
