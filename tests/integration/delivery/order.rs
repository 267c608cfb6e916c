//! What is frozen goes first, and one run goes at a time.

use ghe_license_sync::store::{State, lock};
use insta::assert_snapshot;

use super::{Lab, Unreached, Watched, outcome};
use crate::support::enterprise::{csv, with_report};

#[tokio::test]
async fn what_was_not_delivered_is_sent_again_unchanged_before_the_document_of_the_day() {
    let site = Watched::with_faults(&["upload:401*2"]).await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"frozen     credentials-refused  exit 77  sent 2 taken 0"#);
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 4 taken 2"#);
    let sent = site.relay.sent();
    assert!(sent[..3].iter().all(|upload| *upload == sent[0]), "{sent:?}");
    assert_ne!(sent[3].idempotency_key, sent[0].idempotency_key);
    let digests: Vec<_> = site.lab.sandbox.uploads().iter().map(|upload| upload.digest).collect();
    assert_eq!(digests[0], digests[1], "nobody came or went in between");
}

#[tokio::test]
async fn the_server_is_not_asked_while_a_document_cannot_be_delivered() {
    let server = with_report(|_| csv(b"")).await;
    let site = Watched::with_faults(&["upload:503@3600*2"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let server_url = format!("server.url={}", server.url);
    site.failing_sync(&[&server_url]).await;
    assert!(server.requests().is_empty());
    let after = site.lab.last_run().await;
    assert_eq!((after.id, after.state), (before.id, State::Frozen));
    assert_eq!((after.frozen, after.attempts), (before.frozen, 2));
}

#[tokio::test]
async fn a_document_from_before_is_delivered_although_the_report_of_the_day_is_wrong() {
    let server = with_report(|_| csv(b"id,login\n")).await;
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let server_url = format!("server.url={}", server.url);
    let result = site.sync(&[&server_url]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"failed     malformed-source     exit 65  sent 2 taken 1"#);
    let earlier = site.lab.store().await.run(before.id).await.unwrap();
    assert_eq!(earlier.state, State::Confirmed);
}

#[tokio::test]
async fn a_document_from_before_that_is_rejected_does_not_keep_back_that_of_the_day() {
    let site = Watched::with_faults(&["upload:503@3600*1", "upload:422*1"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 3 taken 1"#);
    let earlier = site.lab.store().await.run(before.id).await.unwrap();
    assert_eq!(earlier.state, State::Rejected);
}

#[tokio::test]
async fn a_document_from_before_that_could_not_be_processed_does_not_either() {
    let site = Watched::with_faults(&["upload:503@3600*1", "status:failure*2"]).await;
    site.failing_sync(&[]).await;
    let before = site.lab.last_run().await;
    let result = site.sync(&[]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 3 taken 2"#);
    let earlier = site.lab.store().await.run(before.id).await.unwrap();
    assert_eq!(earlier.state, State::Failed);
}

#[tokio::test]
async fn a_second_sync_at_the_same_time_does_nothing() {
    let site = Unreached::with_faults(&[]).await;
    let _other = lock(&site.lab.directory.path().join("state")).unwrap();
    let error = site.sync(None, &[]).await;
    let watched = Watched::over(site.lab).await;
    assert_snapshot!(watched.read(&error), @r#"
    error: no license usage was sent
    cause: another process is using the state directory DIR/state
    help: a sync is under way; wait until it is through, `status` shows how far it is
    reason: already-running, exit 69
    "#);
    assert!(!watched.lab.directory.path().join("state/state.db").exists());
}

#[tokio::test]
async fn another_process_finds_the_state_directory_taken() {
    let lab = Lab::with_faults(&[]).await;
    let _ours = lock(&lab.directory.path().join("state")).unwrap();
    let ran = lab.run(&["sync"]).await;
    assert_snapshot!(lab.plain(&ran.to_string()), @r#"
    exit 69
    --- stdout
    --- stderr
    error: no license usage was sent
      because: another process is using the state directory DIR/state
      help: a sync is under way; wait until it is through, `status` shows how far it is
      reason: already-running
    "#);
    assert_eq!(lab.sandbox.uploads(), []);
}
