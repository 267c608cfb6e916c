//! What changes between two steps of an upload.

use std::fs;
use std::path::PathBuf;

use chrono::TimeDelta;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Role, State, Trigger, lock};
use insta::assert_snapshot;

use super::{Site, ago};
use crate::delivery::by_file::{documents, with_files_of};

const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// The states of all runs, the newest first.
async fn states(site: &Site) -> Vec<State> {
    let runs = site.lab.store().await.runs(9).await.unwrap();
    runs.iter().map(|run| run.state).collect()
}

#[tokio::test]
async fn what_was_not_delivered_stays_frozen_and_the_same_command_continues() {
    let site = Site::with_faults(&["upload:503@3600*1"]).await;
    let file = site.file(1..41, AN_HOUR);
    assert_snapshot!(site.plain(&site.upload(&file, &[]).await), @"
    exit 75, stderr:
    error: the cloud has not said that it took the license usage; it stays frozen and is sent again from TIME on; `ghe-license-sync --config DIR/config.toml upload DIR/DOCUMENT` sends it at once
      because: the upload was answered with status 503 (POST http://CLOUD/enterprises/octo-corp/license-usage)
      help: nothing to do if it passes; see githubstatus.com if it does not
      reason: server-error
    ");
    assert_eq!(states(&site).await, [State::Frozen]);
    let ran = site.upload(&file, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{ran}");
    assert_eq!(states(&site).await, [State::Confirmed], "it is the same run");
}

#[tokio::test]
async fn a_sync_continues_with_what_an_upload_left_whatever_the_file_holds_now_and_then_makes_its_own_list() {
    let site = Site::with_faults(&["upload:503@3600*1"]).await;
    let file = site.file(1..41, AN_HOUR);
    site.upload(&file, &[]).await;
    fs::write(&file, "another one").unwrap();
    site.lab
        .edit_settings(&site.server.url, site.lab.sandbox.server_url().as_str());
    let ran = site
        .lab
        .run(&["sync", "--set", "license-sync.guard.always-allow-users=1000"])
        .await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(states(&site).await, [State::Confirmed; 2]);
    let users: Vec<_> = site.lab.sandbox.uploads().iter().map(|upload| upload.users).collect();
    assert_eq!(users, [40, 54]);
}

#[tokio::test]
async fn another_document_that_waits_goes_first() {
    let site = Site::with_faults(&["upload:503@3600*1"]).await;
    let (first, second) = (
        site.file(1..41, AN_HOUR * 2),
        site.file(1..42, -TimeDelta::seconds(100)),
    );
    site.upload(&first, &[]).await;
    let ran = site.upload(&second, &[]).await;
    assert_snapshot!(site.plain(&ran), @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as confirmed
    the cloud confirmed the license usage
      41 accounts seen, 41 licenses consumed; left out: none
      the server's own count of its users is not known
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    let users: Vec<_> = site.lab.sandbox.uploads().iter().map(|upload| upload.users).collect();
    assert_eq!(users, [40, 41]);
}

#[tokio::test]
async fn a_list_that_differs_much_is_held_until_a_person_approves_it() {
    let site = Site::with_faults(&[]).await;
    let (before, after) = (
        site.file(1..101, AN_HOUR * 2),
        site.file(1..11, -TimeDelta::seconds(100)),
    );
    site.upload(&before, &[]).await;
    let held = site.upload(&after, &[]).await;
    assert_snapshot!(site.plain(&held), @"
    exit 4, stderr:
    error: no license usage was sent; it is held until a person approves or discards it
      because: 90 users came or went since the last confirmed list of 100 (0 more, 90 fewer), which is more than 20 percent of it
      help: `ghe-license-sync --config DIR/config.toml review` shows what is different; if the numbers are right, run `ghe-license-sync --config DIR/config.toml approve DIGEST`; else run `ghe-license-sync --config DIR/config.toml discard DIGEST`, or fix the server: the next list takes this one's place
      reason: mass-change
    ");
    let run = site.lab.last_run().await;
    assert_eq!((run.state, site.taken()), (State::Held, 1));
    let digest = run.frozen.unwrap().digest.short();
    assert_eq!(site.lab.run(&["approve", &digest]).await.exit, Some(0));
    let ran = site.upload(&after, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 2), "{ran}");
    assert_eq!(
        site.lab.last_run().await.id,
        run.id,
        "what was approved is what is sent"
    );
}

#[tokio::test]
async fn one_run_at_a_time() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    site.lab.store().await.close().await;
    let daemon = lock(&site.lab.directory.path().join("state")).await.unwrap();
    let daemon = daemon.signed(Role::Run, ago(AN_HOUR));
    let ran = site.upload(&file, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(69), 0), "{ran}");
    assert!(
        ran.stderr.contains("(the daemon) is using the state directory"),
        "{ran}"
    );
    drop(daemon);
    assert_eq!(site.upload(&file, &[]).await.exit, Some(0));
}

#[tokio::test]
async fn a_gate_that_is_closed_after_freezing_deletes_what_waits_and_leaves_the_file() {
    let site = Site::with_faults(&["upload:503@3600*1"]).await;
    let file = site.file(1..41, AN_HOUR);
    site.upload(&file, &[]).await;
    site.lab
        .edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    assert_snapshot!(site.plain(&site.upload(&file, &[]).await), @"
    exit 3, stderr:
    error: the license usage is discarded; it was sent, and the cloud never said that it took it
      because: license sync is not enabled
      help: set `enabled = true` under [license-sync] to let this server report its license usage
      reason: license-sync-disabled
    ");
    assert_eq!(states(&site).await, [State::Refused]);
    assert!(file.exists());
    site.lab
        .edit_settings("[license-sync]\nenabled = false", "[license-sync]\nenabled = true");
    let ran = site.upload(&file, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{ran}");
}

#[tokio::test]
async fn what_was_frozen_for_another_account_is_not_sent_to_this_one() {
    let site = Site::with_faults(&["upload:503@3600*1"]).await;
    let file = site.file(1..41, AN_HOUR);
    site.upload(&file, &[]).await;
    let first = site.lab.last_run().await;
    let ran = site.upload(&file, &["--set", "connect.enterprise=other-corp"]).await;
    assert_ne!(ran.exit, Some(0), "the sandbox has no such account: {ran}");
    let first = site.lab.store().await.run(first.id).await.unwrap();
    assert_eq!(
        (first.state, first.reason),
        (State::Refused, Some(Reason::DestinationChanged))
    );
    assert_eq!(site.taken(), 0);
    let ran = site.upload(&file, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{ran}");
}

#[tokio::test]
async fn the_window_of_an_older_list_is_not_served_by_its_upload() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR * 24 * 6);
    site.upload(&file, &[]).await;
    let run = site.lab.last_run().await;
    assert_eq!(run.trigger, Trigger::Upload);
    assert_eq!(run.listed_at(), run.report.unwrap().made_at);
    assert!(run.started_at - run.listed_at() > TimeDelta::days(5));
}

#[tokio::test]
async fn a_newer_list_in_a_file_that_waits_for_a_person_is_not_replaced_by_an_older_one() {
    let site = Site::with_faults(&[]).await;
    let older = site.file(1..41, AN_HOUR);
    site.lab
        .edit_settings(&site.server.url, site.lab.sandbox.server_url().as_str());
    let directory = with_files_of(&site.lab);
    let waiting = site.lab.sync(&[]).await.unwrap();
    let file = PathBuf::from(&waiting.file.as_ref().unwrap().path);
    let ran = site.upload(&older, &[]).await;
    assert_snapshot!(site.plain(&ran), @"
    exit 65, stderr:
    error: no license usage was sent
      because: the list was collected at TIME, and a newer one, of TIME, waits in DIR/outgoing/DOCUMENT for a person to upload it
      help: the older list would take the place of the newer one; upload the file that waits instead
      reason: cancelled
    ");
    assert_eq!((states(&site).await, site.taken()), (vec![State::Written], 0));
    assert!(file.exists());
    // The file itself can go this way.
    let ran = site.upload(&file, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{ran}");
    assert_eq!(documents(&directory), [] as [String; 0]);
}
