//! The state directory: private, one process at a time, and refused in plain words when it cannot be used.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use ghe_license_sync::license::Digest;
use ghe_license_sync::store::{StoreError, lock, lock_for_daemon};
use insta::assert_snapshot;
use tempfile::TempDir;

use super::{Site, at};
use crate::support::binary::copy_binary;
use crate::support::destination::begin;
use crate::support::family::Family;

/// The account that owns nothing.
const NOBODY: u32 = 65_534;

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[tokio::test]
async fn everything_in_the_state_directory_is_for_the_owner_alone() {
    let site = Site::new();
    let store = site.open().await;
    begin(&store, at(0)).await.unwrap();
    let _lock = lock(&site.directory()).await.unwrap();
    let _daemon = lock_for_daemon(&site.directory(), at(0), Digest([0; 32]))
        .await
        .unwrap();
    assert_eq!(mode(&site.directory()), 0o700);
    let mut files: Vec<_> = fs::read_dir(site.directory())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| format!("{} {:04o}", entry.file_name().to_string_lossy(), mode(&entry.path())))
        .collect();
    files.sort();
    assert_eq!(
        files,
        [
            "daemon.lock 0600",
            "opening.lock 0600",
            "state.db 0600",
            "state.db-shm 0600",
            "state.db-wal 0600"
        ]
    );
}

#[tokio::test]
async fn a_state_directory_that_is_open_to_others_is_refused() {
    let site = Site::new();
    for open in [0o750, 0o701, 0o777] {
        fs::create_dir_all(site.directory()).unwrap();
        fs::set_permissions(site.directory(), Permissions::from_mode(open)).unwrap();
        assert!(site.refusal().await.contains(&format!("mode {open:04o}")));
        assert!(lock(&site.directory()).await.is_err());
    }
    assert_snapshot!(site.refusal().await, @r#"
    error: the state directory /var/lib/state is accessible to other users (mode 0777)
    help: run `chmod 0700 /var/lib/state`
    reason: internal, exit 74
    "#);
    assert_eq!(
        fs::read_dir(site.directory()).unwrap().count(),
        0,
        "nothing was made in it"
    );
}

#[tokio::test]
async fn what_is_no_state_directory_is_refused() {
    let mut family = Family::default();
    let site = Site::new();
    fs::write(site.directory(), "").unwrap();
    family.row("a state directory that is a file", site.refusal().await);
    let site = Site::new();
    fs::write(site.0.path().join("file"), "").unwrap();
    let error = lock(&site.0.path().join("file/state")).await.unwrap_err();
    family.row("a state directory below a file", site.read(&error));
    let site = Site::new();
    drop(site.open().await);
    fs::remove_file(site.file("state.db")).unwrap();
    fs::create_dir(site.file("state.db")).unwrap();
    family.row("a database that is a directory", site.refusal().await);
    // Root looks into the state of a service, too; an attacker who took that over must not keep root waiting.
    let site = Site::new();
    drop(site.open().await);
    let path = site.file("opening.lock");
    fs::remove_file(&path).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR).unwrap();
    family.row("a pipe in the place of a file is refused at once", site.refusal().await);
    assert_snapshot!(family, @"
    a state directory that is a file: error: the state directory /var/lib/state could not be created
      cause: File exists (os error 17)
      help: make /var/lib/state a directory that belongs to the user that runs this program, or set `state.directory` [1]
    a state directory below a file: error: the state directory /var/lib/file/state could not be created
      cause: Not a directory (os error 20)
      help: make /var/lib/file/state a directory that belongs to the user that runs this program, or set `state.directory` [1]
    a database that is a directory: error: the store /var/lib/state/state.db could not be opened
      cause: (code: 14) unable to open database file
      help: check that /var/lib/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew [1]
    a pipe in the place of a file is refused at once: error: the file /var/lib/state/opening.lock of the store cannot be used
      cause: No such device or address (os error 6)
      help: make /var/lib/state/opening.lock and the directory it is in readable and writable for the user that runs this program [1]
    [1] reason: internal, exit 74
    ");
}

#[tokio::test]
async fn a_state_directory_stays_locked_whatever_is_removed_from_it() {
    let site = Site::new();
    site.open().await.close().await;
    let held = lock(&site.directory()).await.unwrap();
    for entry in fs::read_dir(site.directory()).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let refused = lock(&site.directory()).await;
    assert!(matches!(refused, Err(StoreError::Locked { .. })), "{refused:?}");
    drop(held);
    lock(&site.directory()).await.unwrap();
}

#[tokio::test]
async fn a_state_directory_that_another_has_locked_is_refused_until_it_is_released() {
    let site = Site::new();
    let held = lock(&site.directory()).await.unwrap();
    let error = lock(&site.directory()).await.unwrap_err();
    assert_snapshot!(site.read(&error), @"
    error: another process is using the state directory /var/lib/state
    help: a sync is under way; wait until it is finished, `ghe-license-sync status` shows how far it is
    reason: already-running, exit 69
    ");
    drop(held);
    lock(&site.directory()).await.unwrap();
}

/// Nothing is read-only for root, so the real program runs as somebody else.
#[test]
fn a_state_directory_that_cannot_be_written_is_refused() {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).unwrap();
    let program = path("ghe-license-sync");
    copy_binary(&program);
    let settings = format!(
        "[connect]\nenabled = true\nenterprise = \"octo-corp\"\nclient-id = \"Iv1\"\ninstallation-id = 1\n\
         [license-sync]\nenabled = true\n[server]\nurl = \"http://127.0.0.1:9/\"\n\
         [server.source.report]\nusername = \"bot\"\n[state]\ndirectory = {:?}\n",
        path("state")
    );
    fs::write(path("config.toml"), settings).unwrap();
    fs::create_dir(path("state")).unwrap();
    fs::set_permissions(path("state"), Permissions::from_mode(0o500)).unwrap();
    let mut command = Command::new(program);
    command.env_clear().arg("--config").arg(path("config.toml")).arg("sync");
    if fs::metadata(path("state")).unwrap().uid() == 0 {
        chown(path("state"), Some(NOBODY), Some(NOBODY)).unwrap();
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_snapshot!(said.replace(&*directory.path().to_string_lossy(), "/var/lib"), @r#"
    error: no license usage was sent
      because: the file /var/lib/state/opening.lock of the store cannot be used
      because: Permission denied (os error 13)
      help: make /var/lib/state/opening.lock and the directory it is in readable and writable for the user that runs this program
      reason: internal
    "#);
    assert_eq!(output.status.code(), Some(74));
}
