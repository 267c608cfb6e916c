//! A store is made whole or not at all, and one that was lost is not made again in silence.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, symlink};

use ghe_license_sync::store::{Store, StoreError};
use insta::assert_snapshot;

use super::{Site, at};
use crate::support::family::Family;

#[tokio::test]
async fn a_database_that_is_not_whole_is_refused_and_not_made_again() {
    let mut family = Family::default();
    let site = Site::new();
    site.open().await.close().await;
    fs::write(site.file("state.db"), b"").unwrap();
    let said = site.refusal().await;
    family.row("an empty database is a damaged one and is left as it is", said);
    assert!(Store::open_existing(&site.directory()).await.is_err());
    assert_eq!(fs::metadata(site.file("state.db")).unwrap().len(), 0);
    let site = Site::new();
    site.open().await.close().await;
    fs::remove_file(site.file("state.db")).unwrap();
    fs::write(site.file("state.db"), b"").unwrap();
    site.tamper("PRAGMA user_version = 1").await;
    family.row("a database without a table is a damaged one", site.refusal().await);
    // SQLite would apply the journal to the new database.
    let site = Site::new();
    let store = site.open().await;
    store.installation(at(0)).await.unwrap();
    fs::remove_file(site.file("state.db")).unwrap();
    let said = site.refusal().await;
    family.row("a database that was deleted beside its journal", said);
    assert!(!site.file("state.db").exists());
    let site = Site::new();
    site.open().await.close().await;
    fs::rename(site.file("state.db"), site.file("elsewhere.db")).unwrap();
    symlink(site.file("elsewhere.db"), site.file("state.db")).unwrap();
    let refused = site.refusal().await;
    family.row("a database that is a link is refused wherever it leads", &refused);
    fs::remove_file(site.file("elsewhere.db")).unwrap();
    assert_eq!(site.refusal().await, refused);
    let existing = Store::open_existing(&site.directory()).await;
    assert!(matches!(existing, Err(StoreError::Link { .. })), "{existing:?}");
    assert!(!site.file("elsewhere.db").exists());
    assert_snapshot!(family, @"
    an empty database is a damaged one and is left as it is: [1] cause: the file is empty [2] [3]
    a database without a table is a damaged one: [1] cause: there is no table in it [2] [3]
    a database that was deleted beside its journal: [1] cause: /var/lib/state/state.db-wal is there without it [2] [3]
    a database that is a link is refused wherever it leads: error: the file /var/lib/state/state.db of the store is a symbolic link, which is not followed
      help: find out who made the link /var/lib/state/state.db; then remove it, or put the file that it names in its place; to keep the state elsewhere, set `state.directory` [3]
    [1] error: the store /var/lib/state/state.db is damaged
    [2] help: stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was changed
    [3] reason: internal, exit 74
    ");
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
