//! What lets a held document go, and what does not.

use ghe_license_sync::store::{State, Trigger};
use ghe_license_sync::sync::run_once;
use insta::assert_snapshot;

use super::Site;

#[tokio::test]
async fn an_approved_document_is_sent_as_it_was_held_whatever_the_server_says_now() {
    let (site, digest) = Site::held().await;
    assert_snapshot!(site.by_user(&["approve", &digest]).await, @"
    exit 0
    --- stdout
    the held license usage is released
      frozen TIME, 3 licenses, digest DIGEST, approved by USER
      the daemon sends it within a minute; without one, run `sync`
    --- stderr
    ");
    assert_eq!(site.uploads(), 1, "nothing is sent by the approval itself");
    site.change_to(1..3001);
    // What is released goes first; today's list then is a mass change against it.
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    let runs = site.lab.store().await.runs(10).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| run.state).collect();
    assert_eq!(states, [State::Held, State::Confirmed, State::Confirmed]);
    assert_eq!(runs[1].frozen.as_ref().unwrap().digest.short(), digest);
    assert_eq!(runs[1].decision.as_ref().unwrap().by, whoami());
    assert_eq!(site.lab.sandbox.uploads()[1].users, 3);
}

#[tokio::test]
async fn an_approved_document_is_kept_when_an_attempt_fails_in_a_later_window() {
    let (site, digest) = Site::held().await;
    site.run(&["approve", &digest]).await;
    site.lab.sandbox.add_fault("upload:404*1".parse().unwrap());
    let later = Trigger::Scheduled("a later window".to_owned());
    run_once(&site.lab.context(&[]), &later).await.unwrap_err();
    let waiting = site.lab.last_run().await;
    assert_eq!(waiting.state, State::Frozen);
    assert_eq!(waiting.frozen.unwrap().digest.short(), digest);
}

#[tokio::test]
async fn a_document_is_released_once() {
    let (site, digest) = Site::held().await;
    site.run(&["approve", &digest]).await;
    assert_snapshot!(site.told(&["approve", &digest]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: no document was approved: this one is not held, it is frozen
      help: it was approved before, and a document is sent once; `status` shows how it went on
    ");
    site.change_to(1..4);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_snapshot!(site.told(&["approve", &digest]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: no document was approved: this one is not held, it is confirmed
      help: only a held document can be approved or discarded; `status` shows whether one is held
    ");
}

#[tokio::test]
async fn another_digest_releases_nothing() {
    let (site, digest) = Site::held().await;
    assert_snapshot!(site.told(&["approve", "0123456789abcdef"]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: no document was approved: the one that is held is DIGEST
      help: look at it with `status`; if its numbers are right, run `ghe-license-sync approve DIGEST`
    ");
    assert_eq!(site.held_digest().await, digest);
    assert_eq!(site.run(&["approve", &digest[..11]]).await.exit, Some(64), "too short");
    assert_snapshot!(site.told(&["approve", "not-a-digest-at-all"]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: invalid value 'not-a-digest-at-all' for '<DIGEST>': write 12 or more leading hex digits of the digest, as `status` shows it

    For more information, try '--help'.
    ");
}

#[tokio::test]
async fn a_stale_digest_releases_nothing() {
    let (site, digest) = Site::held().await;
    site.change_to(1..5);
    site.run(&["sync"]).await;
    assert_snapshot!(site.told(&["approve", &digest]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: no document was approved: this one is not held, it is refused: nobody released it before a newer list took its place
      help: only a held document can be approved or discarded; `status` shows whether one is held
    ");
    assert_eq!(site.uploads(), 1);
}

#[tokio::test]
async fn without_anything_held_nothing_is_released() {
    let site = Site::with(1..4).await;
    assert_snapshot!(site.told(&["approve", "0123456789ab"]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: no document was approved: none is held
      help: `status` shows what is held, and `history` what became of earlier documents
    ");
    assert_snapshot!(site.told(&["approve", "0123456789ab", "--json"]).await, @r#"
    exit 64
    --- stdout
    {
      "error": "no document was approved: none is held",
      "because": [],
      "details": null,
      "help": "`status` shows what is held, and `history` what became of earlier documents",
      "reason": null,
      "exit_code": 64
    }
    --- stderr
    error: no document was approved: none is held
      help: `status` shows what is held, and `history` what became of earlier documents
    "#);
}

#[tokio::test]
async fn behind_a_closed_gate_nothing_is_released() {
    let (site, digest) = Site::held().await;
    assert_snapshot!(site.told(&["approve", &digest, "--set", "connect.enabled=false"]).await, @"
    exit 3
    --- stdout
    --- stderr
    error: no document was approved: Connect is not enabled
      help: set `enabled = true` under [connect] once GitHub Connect is set up for this server
      reason: connect-disabled
    ");
}

/// Without an environment, the name of the user whose process this is.
pub(super) fn whoami() -> String {
    uzers::get_current_username().unwrap().to_string_lossy().into_owned()
}

#[tokio::test]
async fn a_document_for_another_account_is_neither_released_nor_touched() {
    let (site, digest) = Site::held().await;
    let mistyped = "--set=connect.enterprise=octo-crop";
    assert_snapshot!(site.told(&["approve", &digest, mistyped]).await, @"
    exit 64
    --- stdout
    --- stderr
    error: no document was approved: it was made for enterprise/octo-corp at http://127.0.0.1:PORT, server ID c3c8bfb3-ffe3-4828-9626-DIGEST, and the settings name enterprise/octo-crop at http://127.0.0.1:PORT, server ID c3c8bfb3-ffe3-4828-9626-DIGEST
      help: correct the settings if they are wrong; if they are right, run `sync`, which drops it and makes a new one
    ");
    for wrong in ["approve", "discard"] {
        assert_eq!(site.run(&[wrong, "0123456789abcdef", mistyped]).await.exit, Some(64));
    }
    assert_eq!(site.lab.last_run().await.state, State::Held);
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
}
