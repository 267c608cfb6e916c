//! An upload that dies at every place where it can: the same command again, or a sync, brings it to its end, and the cloud
//! sees one document.

use chrono::TimeDelta;
use futures_util::{StreamExt, stream};
use ghe_license_sync::store::{State, Trigger};

use super::Site;
use crate::support::process::{Process, command};

const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// So many die at the same time.
const AT_ONCE: usize = 4;

/// The failpoints that an upload passes.
const POINTS: [&str; 22] = [
    "before-installation",
    "after-installation",
    "before-begin",
    "after-begin",
    "before-count",
    "after-count",
    "before-piece",
    "after-piece",
    "before-freeze",
    "after-freeze",
    "before-sending",
    "after-sending",
    "before-upload",
    "after-upload",
    "before-accepted",
    "after-accepted",
    "before-question",
    "after-question",
    "before-delete",
    "after-delete",
    "before-confirmed",
    "after-confirmed",
];

async fn die(site: &Site, file: &str, point: &str) {
    let config = site.lab.sandbox.config_file().to_str().unwrap();
    let mut command = command(&["--config", config, "upload", file]);
    command.env("FAILPOINTS", format!("{point}=return(abort)"));
    let ran = Process::of(command).end().await;
    assert_eq!(ran.exit, None, "{point}: {ran}");
}

async fn die_and_upload_again(point: &str) {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    die(&site, file.to_str().unwrap(), point).await;
    let ran = site.upload(&file, &[]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{point}: {ran}");
    let store = site.lab.store().await;
    let runs = store.runs(9).await.unwrap();
    assert_eq!(
        (runs[0].state, &runs[0].trigger),
        (State::Confirmed, &Trigger::Upload),
        "{point}"
    );
    for run in &runs {
        assert_eq!(
            store.piece(run.id, 0).await.unwrap(),
            None,
            "{point}: a payload is left"
        );
        assert!(run.state.is_final(), "{point}: {run:?}");
    }
    assert!(
        runs.iter().filter(|run| run.frozen.is_some()).count() == 1,
        "{point}: {runs:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_dies_anywhere_is_brought_to_its_end_by_the_same_command() {
    let playing = stream::iter(POINTS).map(|point| tokio::spawn(die_and_upload_again(point)));
    let played: Vec<_> = playing.buffer_unordered(AT_ONCE).collect().await;
    let played: Result<Vec<_>, _> = played.into_iter().collect();
    played.expect("every point holds");
}

#[tokio::test]
async fn a_sync_brings_an_upload_to_its_end_that_died_with_the_document_on_its_way() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    die(&site, file.to_str().unwrap(), "after-upload").await;
    site.lab
        .edit_settings(&site.server.url, site.lab.sandbox.server_url().as_str());
    let ran = site
        .lab
        .run(&["sync", "--set", "license-sync.guard.always-allow-users=1000"])
        .await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let uploads = site.lab.sandbox.uploads();
    let users: Vec<_> = uploads.iter().map(|upload| (upload.users, upload.attempts)).collect();
    assert_eq!(users, [(40, 2), (54, 1)]);
}
