//! A file that is as it has to be: it arrives as it is, once.

use std::fs;
use std::io::Read;

use chrono::TimeDelta;
use flate2::read::GzDecoder;
use ghe_license_sync::store::{State, Trigger};
use insta::assert_snapshot;
use serde_json::Value;

use super::Site;

const AN_HOUR: TimeDelta = TimeDelta::hours(1);

/// The document that the cloud took as its first.
fn arrived(site: &Site) -> Vec<u8> {
    let id = &site.lab.sandbox.uploads()[0].id;
    let body = fs::read(site.lab.directory.path().join(format!("uploads/{id}.json.gz"))).unwrap();
    let mut document = Vec::new();
    GzDecoder::new(&*body).read_to_end(&mut document).unwrap();
    document
}

#[tokio::test]
async fn a_file_is_sent_byte_for_byte_and_confirmed_and_the_server_is_not_connected_to() {
    let site = Site::with_faults(&[]).await;
    site.lab.edit_settings("\ntoken-file = \"", "\n# token-file = \"");
    let file = site.file(1..41, AN_HOUR * 26);
    assert_snapshot!(site.plain(&site.upload(&file, &[]).await), @"
    exit 0, stdout:
    the cloud confirmed the license usage
      40 accounts seen, 40 licenses consumed; left out: none
      the server's own count of its users is not known
      the report was AGE old: made at TIME, so it lacks what changed since then
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    assert!(
        arrived(&site) == fs::read(&file).unwrap(),
        "it arrives as it was written"
    );
    assert_eq!(
        (site.server.connections().await, site.lab.sandbox.tally().server_users),
        (0, 40)
    );
    let run = site.lab.last_run().await;
    assert_eq!((run.state, &run.trigger), (State::Confirmed, &Trigger::Upload));
    assert_snapshot!(site.plain(&site.lab.run(&["history"]).await), @"
    exit 0, stdout:
    STARTED                 TRIGGER   STATE       LICENSES  REASON
    TIME upload    confirmed         40
      40 accounts seen, 40 licenses consumed; left out: none
      the server's own count of its users is not known
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
}

#[tokio::test]
async fn in_json_the_answer_says_whether_it_was_sent_and_in_which_run_it_was_confirmed() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    assert_snapshot!(site.plain(&site.upload(&file, &["--json"]).await), @r#"
    exit 0, stdout:
    {
      "schema": "ghe-license-sync/upload/1", "sent": true,
      "run": {
        "id": "ID", "trigger": "upload", "window": null,
        "destination": {
          "api_origin": "http://127.0.0.1:PORT", "uploads_origin": "http://127.0.0.1:PORT",
          "account": "enterprise/octo-corp", "server_id": "ID"
        },
        "hostname": "127.0.0.1", "state": "confirmed", "reason": null, "detail": null, "started_at": "TIME",
        "updated_at": "TIME",
        "totals": {
          "accounts": 40, "consumed": 40, "suspended": 0, "organizations": 0, "bots": 0, "setup_users": 0,
          "ghosts": 0, "dormant": 0, "unmatchable": 0, "no_sign_in": null
        },
        "server_counts": { "users": null, "seats_used": null, "seats": null },
        "report": { "made_at": "TIME", "age_seconds": AGE }, "change": null,
        "frozen": {
          "digest": "DIGEST", "idempotency_key": "ID:TIME:DIGEST", "content_digest": "DIGEST",
          "body_bytes": SIZE
        },
        "decision": null, "attempts": 1, "maybe_taken": 1, "next_attempt_at": null,
        "receipt": {
          "upload_id": "usage-1", "location": "http://CLOUD/enterprises/octo-corp/license-usage/usage-1",
          "sent_at": "TIME", "processed_at": "TIME"
        }
      }
    }
    "#);
    let again = site.upload(&file, &["--json"]).await;
    let answer: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((again.exit, &answer["sent"]), (Some(0), &Value::Bool(false)));
    assert_eq!(answer["run"]["state"], "confirmed");
}

#[tokio::test]
async fn the_same_file_again_is_not_sent_again() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    site.upload(&file, &[]).await;
    assert_snapshot!(site.plain(&site.upload(&file, &[]).await), @"
    exit 0, stdout:
    nothing was sent; the cloud confirmed this license usage before
      confirmed TIME, 40 licenses, digest DIGEST
    ");
    assert_eq!(
        (site.taken(), site.lab.store().await.runs(9).await.unwrap().len()),
        (1, 1)
    );
}

#[tokio::test]
async fn the_same_file_from_two_hosts_is_one_upload() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, TimeDelta::seconds(1));
    let other = site.lab.directory.path().join("other");
    let other = format!("state.directory={}", other.display());
    for more in [&[][..], &["--set", &other]] {
        let ran = site.upload(&file, more).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
    }
    assert_eq!(site.taken(), 1, "{:?}", site.lab.sandbox.uploads());
}

#[tokio::test]
async fn a_list_that_the_cloud_confirmed_since_it_was_collected_is_not_sent_and_the_same_list_of_later_is() {
    let site = Site::with_faults(&[]).await;
    let ages = [AN_HOUR * 48, AN_HOUR, -TimeDelta::seconds(100)];
    let mut taken = Vec::new();
    for age in ages {
        let ran = site.upload(&site.file(1..41, age), &[]).await;
        assert_eq!(ran.exit, Some(0), "{ran}");
        taken.push(site.taken());
    }
    assert_eq!(taken, [1, 1, 2]);
}

#[tokio::test]
async fn a_checksum_that_is_given_takes_the_place_of_the_file_beside_it() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    let beside = file.with_file_name(format!("{}.sha256", file.file_name().unwrap().display()));
    let line = fs::read_to_string(&beside).unwrap();
    let sha256 = line.split(' ').next().unwrap();
    fs::remove_file(beside).unwrap();
    // Also behind a link, and under another name.
    let link = site.lab.directory.path().join("link.json");
    std::os::unix::fs::symlink(&file, &link).unwrap();
    let ran = site.upload(&link, &["--sha256", sha256]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{ran}");
}

#[tokio::test]
async fn an_age_that_is_meant_is_allowed() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR * 24 * 8);
    assert_eq!(site.upload(&file, &[]).await.exit, Some(65));
    let ran = site.upload(&file, &["--max-age", "9d"]).await;
    assert_eq!((ran.exit, site.taken()), (Some(0), 1), "{ran}");
}

#[tokio::test]
async fn a_document_of_a_hundred_thousand_users_is_sent() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..100_001, AN_HOUR);
    let ran = site.upload(&file, &[]).await;
    assert_eq!(
        (ran.exit, site.lab.sandbox.uploads()[0].users),
        (Some(0), 100_000),
        "{ran}"
    );
    assert!(arrived(&site) == fs::read(&file).unwrap());
}

#[tokio::test]
async fn neither_the_log_nor_what_is_left_on_disk_names_a_user() {
    let site = Site::with_faults(&[]).await;
    let file = site.file(1..41, AN_HOUR);
    let ran = site.upload(&file, &["--verbose", "--set", "log.level=trace"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(!ran.to_string().contains("@example.com"), "{ran}");
    for left in fs::read_dir(site.lab.directory.path().join("state")).unwrap() {
        let path = left.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let is_named = bytes.windows(12).any(|part| part == b"@example.com");
        assert!(!is_named, "{}", path.display());
    }
}
