//! What the cloud shows of a file, and when a person is reminded of it. Nothing is asked.

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::license::Digest;
use crate::store::Trigger;
use crate::sync::agenda::tests::{here, run};

const WRITTEN: &str = "2026-11-24T03:04:05.678Z";

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

fn file() -> WrittenFile {
    WrittenFile {
        path: "/srv/license-usage/file.json".to_owned(),
        sha256: Digest([0; 32]),
        written_at: at(WRITTEN),
        synced_before: None,
        reminded_at: None,
        processed_at: None,
    }
}

fn waiting() -> Run {
    Run {
        file: Some(file()),
        ..run(Trigger::Manual, State::Written, WRITTEN)
    }
}

/// The cloud lists this server with a sync that ended at this time, by a clock that is an hour ahead of ours.
fn listed(synced_at: Option<&str>, status: &str) -> ListedServer {
    ListedServer {
        id: here().server_id.to_string(),
        hostname: Some("github.example.com".to_owned()),
        synced_at: synced_at.map(at),
        status: Some(status.to_owned()),
        failed: status == "failure",
        said: (status == "failure").then(|| "the file is damaged".to_owned()),
        unreadable: Vec::new(),
    }
}

const NOW: &str = "2026-11-24T05:00:00Z";

fn shown_in(servers: Vec<ListedServer>) -> Option<Shown> {
    shown_of(&file(), servers)
}

fn shown_of(file: &WrittenFile, servers: Vec<ListedServer>) -> Option<Shown> {
    let listing = Listing {
        at: at(NOW) + TimeDelta::hours(1),
        servers,
        unnamed: 0,
    };
    shown(&waiting(), file, &listing, at(NOW))
}

#[test]
fn a_sync_after_the_file_was_written_is_that_of_the_file_by_the_clock_of_the_cloud() {
    let shown = |synced_at| shown_in(vec![listed(Some(synced_at), "success")]);
    for (synced_at, is_shown) in [
        ("2026-11-17T03:04:05Z", false),
        // By our clock this is after the file.
        ("2026-11-24T04:04:04Z", false),
        ("2026-11-24T04:04:05Z", true),
        ("2026-11-24T06:05:00Z", true),
        // Nobody knows when that was.
        ("2026-11-24T06:05:01Z", false),
    ] {
        let expected = is_shown.then(|| Shown::Processed(at(synced_at)));
        assert_eq!(shown(synced_at), expected, "{synced_at}");
    }
}

#[test]
fn a_sync_that_was_listed_before_the_file_was_written_is_not_that_of_the_file() {
    // It ended in the same second.
    let time = "2026-11-24T04:04:05Z";
    let known = WrittenFile {
        synced_before: Some(at(time)),
        ..file()
    };
    let shown = |synced_at| shown_of(&known, vec![listed(Some(synced_at), "success")]);
    assert_eq!(shown(time), None);
    let later = "2026-11-24T04:04:06Z";
    assert_eq!(shown(later), Some(Shown::Processed(at(later))));
}

#[test]
fn a_failure_ends_the_run_only_when_it_is_later_than_the_file() {
    let failed = |synced_at| shown_in(vec![listed(Some(synced_at), "failure")]);
    assert_eq!(failed("2026-11-24T04:00:00Z"), None);
    let said = Some("the file is damaged".to_owned());
    assert_eq!(failed("2026-11-24T05:00:00Z"), Some(Shown::Failed(said)));
    assert_eq!(shown_in(vec![listed(Some("2026-11-24T05:00:00Z"), "pending")]), None);
    assert_eq!(shown_in(vec![listed(None, "success")]), None);
}

#[test]
fn our_entry_is_that_with_our_id_and_no_other_with_our_host_name() {
    let time = "2026-11-24T05:00:00Z";
    let other = ListedServer {
        id: "another".to_owned(),
        ..listed(Some(time), "success")
    };
    assert_eq!(shown_in(vec![]), None);
    assert_eq!(shown_in(vec![other]), None);
}

#[test]
fn a_person_is_reminded_after_a_day_and_then_once_a_day() {
    let due = |reminded_at: Option<&str>, now: &str| {
        let reminded_at = reminded_at.map(at);
        is_reminder_due(&WrittenFile { reminded_at, ..file() }, at(now))
    };
    assert!(!due(None, "2026-11-25T03:04:05Z"));
    assert!(due(None, "2026-11-25T03:04:06Z"));
    let first = Some("2026-11-25T04:00:00Z");
    assert!(!due(first, "2026-11-26T03:59:59Z"));
    assert!(due(first, "2026-11-26T04:00:00Z"));
    // The clock went back.
    assert!(!due(first, "2026-11-20T04:00:00Z"));
}

#[tokio::test]
async fn a_reminder_is_kept_and_not_repeated_by_the_next_process() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("state")).await.unwrap();
    let id = store
        .begin(&Trigger::Manual, &here(), "github.example.com", at(WRITTEN))
        .await
        .unwrap();
    let freezer = store.freezer(id).await.unwrap();
    let frozen = crate::store::Frozen {
        digest: Digest([1; 32]),
        idempotency_key: "key".to_owned(),
        content_digest: Digest([2; 32]),
        body_size: 0,
    };
    freezer.commit(&frozen, None, at(WRITTEN)).await.unwrap();
    store
        .written(id, at(WRITTEN), "/srv/file.json", Digest([3; 32]), None)
        .await
        .unwrap();
    let reminded = async |now: &str| {
        remind(&store, at(now), true).await.unwrap();
        store.run(id).await.unwrap().file.unwrap().reminded_at
    };
    assert_eq!(reminded("2026-11-24T23:00:00Z").await, None);
    assert_eq!(reminded("2026-11-25T04:00:00Z").await, Some(at("2026-11-25T04:00:00Z")));
    assert_eq!(reminded("2026-11-25T05:00:00Z").await, Some(at("2026-11-25T04:00:00Z")));
    assert_eq!(reminded("2026-11-26T04:00:00Z").await, Some(at("2026-11-26T04:00:00Z")));
    store.close().await;
}
