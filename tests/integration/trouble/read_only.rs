//! A state directory, and a database, on a file system that became read-only under them.

use insta::assert_snapshot;

use super::mounts::play;
use super::{assert_taken_once, frozen};
use crate::support::lab::{Lab, Ran};

/// After a confirmed run, `$state` with this behind it is read-only for three commands, and these are what they said; then
/// it is not, and the next sync is confirmed.
async fn meanwhile(lab: &Lab, read_only: &str) -> Vec<Ran> {
    let script = format!(
        "run sync\nmount --bind \"$state{read_only}\" \"$state{read_only}\"\n\
         mount -o remount,bind,ro \"$state{read_only}\"\n\
         run sync\nrun status\nrun history\numount \"$state{read_only}\"\nrun sync\nrun history --json\n"
    );
    let mut ran = play(lab, &script).await;
    let (history, after, before) = (ran.pop().unwrap(), ran.pop().unwrap(), ran.remove(0));
    assert_eq!((before.exit, after.exit), (Some(0), Some(0)), "{before}{after}");
    assert_eq!(frozen(&history).len(), 2);
    assert_taken_once(lab, 0, &frozen(&history));
    ran
}

#[tokio::test]
async fn a_read_only_state_directory_is_reported_by_every_command() {
    let lab = Lab::with_faults(&[]).await;
    let told: String = meanwhile(&lab, "").await.iter().map(Ran::to_string).collect();
    assert_snapshot!(lab.plain(&told), @"
    exit 74, stderr:
    error: no license usage was sent
      because: the file DIR/state/opening.lock of the store cannot be used
      because: Read-only file system (os error 30)
      help: make DIR/state/opening.lock and the directory it is in readable and writable for the user that runs this program
      reason: internal
    exit 74, stderr:
    error: the status is not known: the file DIR/state/opening.lock of the store cannot be used
      because: Read-only file system (os error 30)
      help: make DIR/state/opening.lock and the directory it is in readable and writable for the user that runs this program
      reason: internal
    exit 74, stderr:
    error: the history is not known: the file DIR/state/opening.lock of the store cannot be used
      because: Read-only file system (os error 30)
      help: make DIR/state/opening.lock and the directory it is in readable and writable for the user that runs this program
      reason: internal
    ");
}

#[tokio::test]
async fn a_read_only_database_is_reported_by_the_sync_and_can_still_be_read() {
    let lab = Lab::with_faults(&[]).await;
    let ran = meanwhile(&lab, "/state.db").await;
    assert_snapshot!(lab.plain(&ran[0].to_string()), @"
    exit 74, stderr:
    error: no license usage was sent
      because: the store could not delete fingerprints
      because: (code: 8) attempt to write a readonly database
      help: check that the file system of `state.directory` is healthy, writable and has space left
      reason: internal
    ");
    assert_eq!((ran[1].exit, ran[2].exit), (Some(0), Some(0)), "{}{}", ran[1], ran[2]);
}
