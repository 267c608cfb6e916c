//! However a document ends, and whatever kills the process on the way: once the next run has ended, no file of the state
//! directory holds an address or a part of the document.

use std::collections::HashSet;
use std::path::PathBuf;

use rustix::process::Signal;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use super::canaries::{HEADER, found, good_server, server, to};
use super::store::{body_with, files};
use crate::support::lab::Lab;
use crate::support::loopback::Loopback;
use crate::support::process::{Process, command};

/// How many bytes of a document in a row are a part of it, and no chance.
const PART: usize = 16;

struct Scene {
    lab: Lab,
    server: Loopback,
}

impl Scene {
    /// A document waits in the outbox; these are its bytes.
    async fn waiting() -> (Self, Vec<u8>) {
        let (lab, server) = (Lab::with_faults(&["upload:404*1"]).await, good_server().await);
        let scene = Self { lab, server };
        scene.sync(77).await;
        let body = body_with(&scene.state(), "canary.mail-11@example.com").await;
        assert!(scene.holds_a_part_of(&body), "the search can find something");
        (scene, body)
    }

    fn state(&self) -> PathBuf {
        self.lab.directory.path().join("state")
    }

    fn add_fault(&self, fault: &str) {
        self.lab.sandbox.add_fault(fault.parse().unwrap());
    }

    async fn sync(&self, exit: i32) {
        let ran = self.lab.run(&[&to(&self.server), "sync"]).await;
        assert_eq!(ran.exit, Some(exit), "{ran}");
    }

    /// A sync that is killed when it says this.
    async fn kill_when_it_says(&self, said: &str) {
        let config = self.lab.sandbox.config_file().to_str().unwrap();
        let mut process = Process::of(command(&["--config", config, &to(&self.server), "--verbose", "sync"]));
        process.wait_for(said).await;
        process.signal(Signal::KILL);
        assert_eq!(process.end().await.exit, None);
    }

    /// Whether any file holds a part of these bytes, beyond the header that all documents share.
    fn holds_a_part_of(&self, body: &[u8]) -> bool {
        let parts: HashSet<_> = body[10..].windows(PART).collect();
        files(&self.state()).windows(PART).any(|window| parts.contains(window))
    }

    fn assert_nothing_is_left_of(&self, body: &[u8], why: &str) {
        assert!(!self.holds_a_part_of(body), "{why}: a part of the document");
        assert_eq!(found(&self.lab, &files(&self.state())), [""; 0], "{why}");
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_document_that_was_confirmed_rejected_or_not_processed() {
    for (ending, faults, exit) in [
        ("confirmed", &[][..], 0),
        // The one that waited is rejected, and so is today's.
        ("rejected", &["upload:422*2"], 65),
        ("not processed", &["location:failure*2"], 65),
    ] {
        let (scene, body) = Scene::waiting().await;
        faults.iter().for_each(|fault| scene.add_fault(fault));
        scene.sync(exit).await;
        scene.assert_nothing_is_left_of(&body, ending);
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_document_that_was_discarded() {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    let scene = Scene { lab, server };
    scene.sync(0).await;
    let row = "2020-01-01T00:00:00Z,21,x21,canary.mail-21@example.com,user,false,203.0.113.1,1,2,3,false,,,true,x\n";
    let other = server_of(row).await;
    let strict = "--set=license-sync.guard.always-allow-users=0";
    assert_eq!(scene.lab.run(&[&to(&other), strict, "sync"]).await.exit, Some(4));
    let body = body_with(&scene.state(), "canary.mail-21@example.com").await;
    assert!(scene.holds_a_part_of(&body));
    let digest = scene.lab.last_run().await.frozen.unwrap().digest.short();
    assert_eq!(scene.lab.run(&["discard", &digest]).await.exit, Some(0));
    scene.assert_nothing_is_left_of(&body, "discarded");
}

/// A backup that is being made, for example.
#[tokio::test]
async fn what_another_reader_keeps_of_a_document_is_reported_and_goes_with_the_next_command() {
    let (lab, server) = (Lab::with_faults(&[]).await, good_server().await);
    let scene = Scene { lab, server };
    scene.sync(0).await;
    let options = SqliteConnectOptions::new()
        .filename(scene.state().join("state.db"))
        .read_only(true);
    let mut reader = SqliteConnection::connect_with(&options).await.unwrap();
    for sql in ["BEGIN", "SELECT count(*) FROM run"] {
        sqlx::query(sql).execute(&mut reader).await.unwrap();
    }
    let ran = scene.lab.run(&[&to(&scene.server), "--verbose", "sync"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let reported = "state.db-wal: another process reads the database";
    assert_eq!(ran.stderr.matches(reported).count(), 1, "{ran}");
    reader.close().await.unwrap();
    let journal = scene.state().join("state.db-wal");
    assert_ne!(journal.metadata().unwrap().len(), 0);
    scene.lab.run(&["status"]).await;
    assert!(!journal.exists());
}

async fn server_of(row: &str) -> Loopback {
    server(format!("{HEADER}{row}")).await
}

#[tokio::test]
async fn nothing_is_left_after_a_kill_in_the_middle_of_a_delivery_and_a_run_that_ends() {
    for (fault, said) in [
        ("upload:latency=1h", "sending the license usage"),
        ("location:latency=1h", "the cloud accepted the license usage"),
    ] {
        let (scene, body) = Scene::waiting().await;
        scene.add_fault(fault);
        scene.kill_when_it_says(said).await;
        assert!(scene.holds_a_part_of(&body), "{said}: it waits");
        scene.lab.clear_faults().await;
        scene.sync(0).await;
        scene.assert_nothing_is_left_of(&body, said);
    }
}

/// The process dies on either side of each step that deletes; then one command of any kind opens the store.
#[cfg(feature = "failpoints")]
#[tokio::test]
async fn nothing_is_left_after_a_death_at_a_deletion_once_the_next_run_ended() {
    for (point, faults) in [
        ("before-delete", &[][..]),
        ("after-delete", &[]),
        ("before-confirmed", &[]),
        ("after-confirmed", &[]),
        ("before-rejected", &["upload:422*1"]),
        ("after-rejected", &["upload:422*1"]),
        ("after-failed", &["location:failure*1"]),
    ] {
        let (scene, body) = Scene::waiting().await;
        faults.iter().for_each(|fault| scene.add_fault(fault));
        let config = scene.lab.sandbox.config_file().to_str().unwrap();
        let mut dying = command(&["--config", config, &to(&scene.server), "sync"]);
        dying.env("FAILPOINTS", format!("{point}=return(abort)"));
        let ran = Process::of(dying).end().await;
        assert_eq!(ran.exit, None, "{point}: {ran}");
        scene.sync(0).await;
        scene.assert_nothing_is_left_of(&body, point);
    }
}
