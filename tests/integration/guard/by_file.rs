//! Lists that change while a person uploads them.

use std::fs;
use std::path::PathBuf;

use ghe_license_sync::store::{Run, State};

use super::Site;
use crate::delivery::by_file::{upload, with_files_of};

/// The run whose file waits, and that file.
async fn waiting(site: &Site) -> (Run, PathBuf) {
    let run = site.lab.standing().await.written.unwrap();
    let path = PathBuf::from(&run.file.as_ref().unwrap().path);
    (run, path)
}

async fn state_of(site: &Site, run: &Run) -> State {
    site.lab.store().await.run(run.id).await.unwrap().state
}

/// A site whose documents go into files, with a document of an older list in a directory of its own.
async fn with_older_list() -> (Site, String) {
    let site = Site::with(1..41).await;
    with_files_of(&site.lab);
    let kept = site.lab.directory.path().join("kept");
    fs::create_dir(&kept).unwrap();
    let output = kept.to_string_lossy().into_owned();
    assert_eq!(site.run(&["export", "--output", &output]).await.exit, Some(0));
    let file = fs::read_dir(&kept).unwrap().map(|entry| entry.unwrap().path());
    let file = file
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .last()
        .unwrap();
    site.change_to(1..42);
    (site, file.to_string_lossy().into_owned())
}

#[tokio::test]
async fn the_cloud_is_asked_of_a_file_before_an_approved_list_takes_its_place() {
    let site = Site::with(1..3001).await;
    with_files_of(&site.lab);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let (first, path) = waiting(&site).await;
    upload(&site.lab, &path).await;
    site.change_to(1..3002);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_eq!(state_of(&site, &first).await, State::Confirmed);
    let (second, path) = waiting(&site).await;
    site.change_to(1..4);
    assert_eq!(site.run(&["sync"]).await.exit, Some(4));
    let digest = site.held_digest().await;
    assert_eq!(site.run(&["approve", &digest]).await.exit, Some(0));
    crate::support::past::tamper(&site.lab, "UPDATE run SET synced_before = NULL").await;
    upload(&site.lab, &path).await;
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    assert_eq!(state_of(&site, &second).await, State::Confirmed);
    assert_eq!(waiting(&site).await.0.frozen.unwrap().digest.short(), digest);
}

#[tokio::test]
async fn an_older_list_is_not_uploaded_once_a_person_uploaded_a_newer_one() {
    let (site, older) = with_older_list().await;
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let (run, path) = waiting(&site).await;
    upload(&site.lab, &path).await;
    // Nobody asked the cloud yet.
    assert_eq!(run.state, State::Written);
    let ran = site.run(&["upload", &older]).await;
    assert_eq!(ran.exit, Some(65), "{ran}");
    assert!(
        ran.stderr
            .contains("the cloud took a newer one of this server from here"),
        "{ran}"
    );
    assert_eq!(state_of(&site, &run).await, State::Confirmed);
    assert_eq!(site.uploads(), 1, "the one by hand");
}

#[tokio::test]
async fn a_list_that_was_collected_while_a_newer_one_was_being_collected_is_not_uploaded() {
    let (site, older) = with_older_list().await;
    site.lab.edit_settings("delivery = \"file\"", "delivery = \"connect\"");
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    // It began before the list in the file was collected.
    let sql = "UPDATE run SET started_at = '2026-01-01T00:00:00.000Z', collected_at = '2999-01-01T00:00:00.000Z'";
    crate::support::past::tamper(&site.lab, sql).await;
    let ran = site.run(&["upload", &older]).await;
    assert_eq!(ran.exit, Some(65), "{ran}");
    assert_eq!(site.uploads(), 1);
}

#[tokio::test]
async fn a_file_that_was_confirmed_by_hand_is_not_sent_once_more() {
    let site = Site::with(1..41).await;
    with_files_of(&site.lab);
    assert_eq!(site.run(&["sync"]).await.exit, Some(0));
    let (run, path) = waiting(&site).await;
    upload(&site.lab, &path).await;
    for _ in 0..2 {
        let ran = site.run(&["upload", &path.to_string_lossy(), "--json"]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        let answer: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(
            (&answer["sent"], &answer["run"]["id"]),
            (&false.into(), &run.id.to_string().into())
        );
    }
    assert_eq!(site.uploads(), 1, "the one by hand");
    // Once more by hand: the cloud lists a later sync than the one that confirmed it, and the next list is delivered.
    upload(&site.lab, &path).await;
    site.change_to(1..42);
    let ran = site.run(&["sync"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert_eq!(waiting(&site).await.0.state, State::Written);
}
