//! A disk that is full: at the first write, at the second, and so on until there is room for all.

use insta::assert_snapshot;

use super::mounts::play;
use super::{assert_taken_once, frozen};
use crate::support::deep::is_deep;
use crate::support::lab::Lab;

/// A page of the file system, which is the step in which there is more room.
const KIBIBYTES: u32 = 4;

/// A disk larger than this is not needed.
const PAGES: u32 = 200;

/// On a disk of so many pages: what the first sync said. With room again, the next one is confirmed.
async fn first_sync(lab: &Lab, pages: u32) -> (Option<i32>, String) {
    let (size, earlier) = (pages * KIBIBYTES, lab.sandbox.uploads().len());
    let script = format!(
        "mount -t tmpfs -o size={size}k,mode=0700 tmpfs \"$state\"\n\
         run sync\nmount -o remount,size=64m \"$state\"\nrun sync\nrun history --json\n"
    );
    let mut ran = play(lab, &script).await;
    let (history, again, first) = (ran.pop().unwrap(), ran.pop().unwrap(), ran.pop().unwrap());
    assert_eq!(again.exit, Some(0), "{size} KiB: {first}{again}");
    assert_eq!(history.exit, Some(0), "{size} KiB: {history}");
    assert!(!first.stderr.contains("panicked"), "{size} KiB: {first}");
    assert_taken_once(lab, earlier, &frozen(&history));
    // Each state directory is new to the cloud, of which it is warned.
    let said = first.stderr.lines().filter(|line| !line.starts_with("warning: "));
    let said: String = said.map(|line| format!("{line}\n")).collect();
    (first.exit, lab.plain(&said))
}

#[tokio::test]
async fn a_disk_that_is_full_at_any_write_is_reported_and_loses_nothing_and_sends_nothing_twice() {
    let lab = Lab::with_faults(&[]).await;
    let mut told: Vec<String> = Vec::new();
    // Each message is that of several sizes.
    for pages in (1..PAGES).step_by(if is_deep() { 1 } else { 2 }) {
        let (exit, said) = first_sync(&lab, pages).await;
        if exit == Some(0) {
            break;
        }
        let said = format!("exit {}\n{said}", exit.unwrap());
        if !told.contains(&said) {
            told.push(said);
        }
    }
    assert_snapshot!(told.join("\n"), @"
    exit 74
    error: no license usage was sent
      because: the store DIR/state/state.db could not be opened
      because: (code: 13) database or disk is full
      help: check that DIR/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew
      reason: internal

    exit 74
    error: no license usage was sent
      because: the store DIR/state/state.db could not be opened
      because: (code: 4874) disk I/O error
      help: check that DIR/state/state.db is on a healthy, writable file system with space left; if it was damaged, stop the service, then restore it from a backup or move it away to start anew
      reason: internal

    exit 74
    error: no license usage was sent
      because: the store could not commit
      because: (code: 13) database or disk is full
      help: check that the file system of `state.directory` is healthy, writable and has space left
      reason: internal

    exit 74
    error: the sync was interrupted
      because: the store could not note what the cloud lists
      because: (code: 13) database or disk is full
      help: check that the file system of `state.directory` is healthy, writable and has space left
      reason: internal

    exit 74
    error: the sync was interrupted
      because: the store could not commit
      because: (code: 13) database or disk is full
      help: check that the file system of `state.directory` is healthy, writable and has space left
      reason: internal
    ");
}
