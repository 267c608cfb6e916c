//! A process that dies while it holds a document, or while a person decides about one.

use ghe_license_sync::store::State;

use super::Site;
use crate::support::process::Process;

/// The failpoints that only a person's decision passes.
pub(crate) const POINTS: [&str; 4] = ["before-release", "after-release", "before-discard", "after-discard"];

/// A site whose next list is to be held.
async fn much_changed() -> Site {
    Site::changed(1..3001, 1..4).await
}

async fn die_at(site: &Site, point: &str, arguments: &[&str]) {
    let mut command = site.command(arguments);
    command.env("FAILPOINTS", format!("{point}=return(abort)"));
    let ran = Process::of(command).end().await;
    assert_eq!(ran.exit, None, "{point}: {ran}");
}

async fn state(site: &Site) -> State {
    site.lab.last_run().await.state
}

/// The document is held: a person releases it, and the cloud takes it once.
async fn release_and_confirm(site: &Site) {
    let digest = site.held_digest().await;
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    confirm_released(site, &digest).await;
}

/// The document is released: the cloud takes it once, and the list of the day, which is the same, is not sent.
async fn confirm_released(site: &Site, digest: &str) {
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let uploads = site.lab.sandbox.uploads();
    let digests: Vec<_> = uploads.iter().map(|upload| upload.digest.short()).collect();
    assert_eq!(digests[1..], [digest]);
    assert!(uploads.iter().all(|upload| upload.attempts == 1), "{uploads:?}");
    assert_eq!(site.lab.store().await.held().await.unwrap(), None);
}

#[tokio::test]
async fn a_hold_that_was_not_committed_is_made_again() {
    let site = much_changed().await;
    die_at(&site, "before-freeze", &["sync"]).await;
    assert_eq!(state(&site).await, State::Collecting);
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    release_and_confirm(&site).await;
}

#[tokio::test]
async fn a_hold_that_was_committed_stays() {
    let site = much_changed().await;
    die_at(&site, "after-freeze", &["sync"]).await;
    assert_eq!(state(&site).await, State::Held);
    release_and_confirm(&site).await;
}

#[tokio::test]
async fn a_release_that_was_not_committed_has_not_happened() {
    let (site, digest) = Site::held().await;
    die_at(&site, "before-release", &["approve", &digest]).await;
    assert_eq!(state(&site).await, State::Held);
    release_and_confirm(&site).await;
}

#[tokio::test]
async fn a_release_that_was_committed_has_happened_once() {
    let (site, digest) = Site::held().await;
    die_at(&site, "after-release", &["approve", &digest]).await;
    assert_eq!(state(&site).await, State::Frozen);
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(64));
    confirm_released(&site, &digest).await;
}

#[tokio::test]
async fn a_discard_that_was_not_committed_has_not_happened() {
    let (site, digest) = Site::held().await;
    die_at(&site, "before-discard", &["discard", &digest]).await;
    assert_eq!(state(&site).await, State::Held);
    release_and_confirm(&site).await;
}

#[tokio::test]
async fn a_discard_that_was_committed_has_deleted_the_document() {
    let (site, digest) = Site::held().await;
    die_at(&site, "after-discard", &["discard", &digest]).await;
    let run = site.lab.last_run().await;
    assert_eq!(run.state, State::Refused);
    assert_eq!(site.lab.store().await.piece(run.id, 0).await.unwrap(), None);
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(64));
    assert_eq!(site.uploads(), 1);
}
