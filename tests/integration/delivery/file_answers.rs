//! What is said about a file that waits, or that was uploaded.

use std::fs;
use std::sync::{Arc, Mutex};

use ghe_license_sync::store::State;
use insta::assert_snapshot;

use super::Lab;
use super::by_file::{documents, names, path_of, upload, with_files, with_files_of};
use super::waiting_file::listed_now;
use crate::commands::told;
use crate::support::past::{tamper, window_is_over};
use crate::support::reverse_proxy::{Act, ReverseProxy};

#[tokio::test]
async fn a_list_whose_upload_was_confirmed_in_this_window_is_not_written_again() {
    let (lab, directory) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    upload(&lab, path_of(&run)).await;
    lab.run(&["status", "--cloud"]).await;
    assert_eq!(lab.last_run().await.state, State::Confirmed);
    let said = told(&lab, &["sync"]).await;
    assert_snapshot!(said.lines().take(3).collect::<Vec<_>>().join("\n"), @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as confirmed
    today's list is the same and was not sent again
    ");
    assert_eq!(documents(&directory).len(), 1);
    window_is_over(&lab).await;
    let said = told(&lab, &["sync"]).await;
    assert!(said.contains("\nwrote the license usage to"), "{said}");
}

#[tokio::test]
async fn an_altered_file_is_named_in_the_answer_of_a_sync_and_in_the_history() {
    let (lab, directory) = with_files().await;
    let run = lab.sync(&[]).await.unwrap();
    let size = fs::metadata(path_of(&run)).unwrap().len();
    let altered = directory.join("altered.json");
    fs::rename(path_of(&run), &altered).unwrap();
    tamper(&lab, &format!("UPDATE run SET file = '{}'", altered.display())).await;
    fs::write(&altered, "{").unwrap();
    let said = told(&lab, &["sync"]).await;
    let why = "DIR/outgoing/altered.json was altered, so nobody was to upload it, and another list took its place";
    let line = format!("the earlier license usage, digest DIGEST, ended as failed: {why}");
    assert!(said.lines().any(|said| said == line), "{said}");
    let ended = lab.store().await.run(run.id).await.unwrap();
    assert_eq!(lab.plain(&ended.detail.unwrap()), why);
    assert_eq!(ended.reason.unwrap().code(), "unconfirmed");
    let history = lab.run(&["history"]).await;
    let written = format!(", {}, written to a file, not confirmed", indicatif::HumanBytes(size));
    assert!(history.stdout.contains(&written), "{history}");
}

#[tokio::test]
async fn without_a_token_to_read_with_nobody_is_sent_to_a_command_that_needs_one() {
    let (lab, _) = with_files().await;
    fs::remove_file(lab.directory.path().join("credentials/connect-read-token")).unwrap();
    lab.edit_settings("\nread-token-file = ", "\n# read-token-file = ");
    let help = "check there that it was processed, since this program cannot: there is no `connect-read-token`";
    for command in ["sync", "status"] {
        let said = lab.run(&[command]).await;
        assert!(said.stdout.contains(help), "{said}");
        assert!(!said.stdout.contains("status --cloud"), "{said}");
    }
}

#[tokio::test]
async fn an_upload_to_an_account_in_mixed_case_confirms_the_file() {
    for command in [&["status", "--cloud"][..], &["sync"], &["sync", "--scheduled"]] {
        let (lab, _) = with_files().await;
        let listed = Arc::new(Mutex::new(None::<Vec<u8>>));
        let answer = Arc::clone(&listed);
        let door = ReverseProxy::to(lab.sandbox.cloud_url(), move |request| match request.path() {
            "/enterprises/Octo-Corp/license-sync-status" => {
                answer.lock().unwrap().clone().map_or(Act::PassOn, Act::Answer)
            }
            _ => Act::PassOn,
        });
        let api = format!("--set=connect.api-url={}", door.await.url);
        lab.edit_settings("enterprise = \"octo-corp\"", "enterprise = \"Octo-Corp\"");
        assert_eq!(lab.run(&[&api, "sync"]).await.exit, Some(0));
        let run = lab.last_run().await;
        *listed.lock().unwrap() = Some(listed_now(&lab, "success", ""));
        let ran = lab.run(&[command, &[&api]].concat()).await;
        let run = lab.store().await.run(run.id).await.unwrap();
        assert_eq!(run.state, State::Confirmed, "{command:?}: {ran}");
        assert!(run.processed_at().is_some() && run.receipt.is_none());
    }
}

#[tokio::test]
async fn an_upload_is_seen_although_the_clock_was_set_back_and_nothing_was_listed_before() {
    let lab = Lab::with_faults(&["status:503"]).await;
    with_files_of(&lab);
    let run = lab.sync(&[]).await.unwrap();
    assert_eq!(run.baseline.listed_at, None);
    tamper(&lab, "UPDATE run SET written_at = '2030-01-01T00:00:00.000Z'").await;
    lab.sync(&[]).await.unwrap();
    let waiting = lab.store().await.run(run.id).await.unwrap();
    assert!(waiting.state == State::Written && waiting.baseline.listed_at.is_some());
    upload(&lab, path_of(&run)).await;
    lab.sync(&[]).await.unwrap();
    assert_eq!(lab.store().await.run(run.id).await.unwrap().state, State::Confirmed);
}

#[tokio::test]
async fn a_sync_says_that_it_wrote_what_was_frozen_before_although_todays_list_is_the_same() {
    let (lab, directory) = with_files().await;
    lab.sync(&[]).await.unwrap();
    names(&directory)
        .iter()
        .for_each(|name| fs::remove_file(directory.join(name)).unwrap());
    // As a process left it that died before it noted the file.
    tamper(
        &lab,
        "UPDATE run SET state = 'frozen', file = NULL, written_at = NULL, maybe_taken = 0",
    )
    .await;
    let ran = lab.run(&["sync"]).await;
    assert_eq!(documents(&directory).len(), 1);
    assert!(ran.stdout.starts_with("wrote the license usage to"), "{ran}");
}

#[tokio::test]
async fn a_sync_says_that_the_file_waits_although_the_clock_was_ahead_when_it_was_written() {
    let (lab, _) = with_files().await;
    lab.sync(&[]).await.unwrap();
    tamper(&lab, "UPDATE run SET started_at = '2040-01-01T00:00:00.000Z'").await;
    let ran = lab.run(&["sync"]).await;
    assert!(ran.stdout.contains("nothing was written or sent"), "{ran}");
}
