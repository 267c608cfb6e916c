//! What the cloud shows of a document that may have left. Nothing is asked.

use super::*;
use crate::license::Digest;
use crate::store::{Location, Receipt, Trigger, WrittenFile};
use crate::sync::agenda::tests::{here, run};

const WRITTEN: &str = "2026-11-24T03:04:05.678Z";
const NOW: &str = "2026-11-24T05:00:00Z";
/// The cloud's time when the document was written, by a clock that is an hour ahead of ours.
const LISTED: &str = "2026-11-24T04:04:05Z";

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A run whose file waits, with what the cloud listed before it was written.
fn waiting(listed_at: Option<&str>, synced_at: Option<&str>) -> Run {
    Run {
        file: Some(WrittenFile {
            path: "/srv/license-usage/file.json".to_owned(),
            sha256: Digest([0; 32]),
            bytes: Some(4),
            written_at: at(WRITTEN),
            reminded_at: None,
            failed_at: None,
            processed_at: None,
        }),
        baseline: Baseline {
            listed_at: listed_at.map(at),
            synced_at: synced_at.map(at),
        },
        ..run(Trigger::Manual, State::Written, WRITTEN)
    }
}

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

/// What is shown when our clock says `now`; that of the cloud says 06:00.
fn shown_at(now: &str, run: &Run, servers: Vec<ListedServer>) -> Option<Shown> {
    let listing = Listing {
        at: at(NOW) + TimeDelta::hours(1),
        servers,
        unnamed: 0,
    };
    shown(run, &listing, at(now))
}

fn shown_of(run: &Run, servers: Vec<ListedServer>) -> Option<Shown> {
    shown_at(NOW, run, servers)
}

#[test]
fn a_sync_after_the_file_was_written_is_that_of_the_file_by_the_clock_of_the_cloud() {
    // By what the cloud said then, and without that by our clock.
    for run in [waiting(Some(LISTED), None), waiting(None, None)] {
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
            let shown = shown_of(&run, vec![listed(Some(synced_at), "success")]);
            assert_eq!(shown, expected, "{synced_at}");
        }
    }
}

#[test]
fn a_clock_that_was_set_meanwhile_changes_nothing() {
    let run = waiting(Some(LISTED), Some("2026-11-24T03:00:00Z"));
    for now in ["2026-11-23T05:00:00Z", NOW, "2026-11-25T05:00:00Z"] {
        let shown = |synced_at| shown_at(now, &run, vec![listed(Some(synced_at), "success")]);
        assert_eq!(shown("2026-11-24T04:00:00Z"), None, "{now}");
        let later = "2026-11-24T04:30:00Z";
        assert_eq!(shown(later), Some(Shown::Processed(at(later))), "{now}");
    }
}

#[test]
fn a_clock_that_was_set_back_hides_no_upload_where_nothing_was_listed_before() {
    let before = "2026-11-23T05:00:00Z";
    let shown = |known, synced_at| shown_at(before, &waiting(None, known), vec![listed(Some(synced_at), "success")]);
    let last_week = "2026-11-17T03:04:05Z";
    assert_eq!(shown(Some(last_week), last_week), None);
    let later = "2026-11-24T04:30:00Z";
    assert_eq!(shown(Some(last_week), later), Some(Shown::Processed(at(later))));
    // It may be from before the file.
    assert_eq!(shown(None, "2026-11-24T05:59:59Z"), None);
    let now = "2026-11-24T06:00:00Z";
    assert_eq!(shown(None, now), Some(Shown::Processed(at(now))));
}

#[test]
fn a_sync_that_was_listed_before_the_file_was_written_is_not_that_of_the_file() {
    // It ended in the same second.
    let run = waiting(Some(LISTED), Some(LISTED));
    let shown = |synced_at| shown_of(&run, vec![listed(Some(synced_at), "success")]);
    assert_eq!(shown(LISTED), None);
    let later = "2026-11-24T04:04:06Z";
    assert_eq!(shown(later), Some(Shown::Processed(at(later))));
}

#[test]
fn a_failure_is_that_of_the_file_only_when_it_is_later() {
    let shown = |server| shown_of(&waiting(Some(LISTED), None), vec![server]);
    assert_eq!(shown(listed(Some("2026-11-24T04:00:00Z"), "failure")), None);
    let (time, said) = ("2026-11-24T05:00:00Z", Some("the file is damaged".to_owned()));
    assert_eq!(
        shown(listed(Some(time), "failure")),
        Some(Shown::Failed(at(time), said))
    );
    assert_eq!(shown(listed(Some(time), "pending")), None);
    assert_eq!(shown(listed(None, "success")), None);
}

#[test]
fn our_entry_is_that_with_our_id_and_no_other_with_our_host_name() {
    let other = ListedServer {
        id: "another".to_owned(),
        ..listed(Some("2026-11-24T05:00:00Z"), "success")
    };
    let run = waiting(Some(LISTED), None);
    assert_eq!(shown_of(&run, vec![]), None);
    assert_eq!(shown_of(&run, vec![other]), None);
}

#[test]
fn what_was_sent_is_taken_only_as_our_host_and_not_before_it_was_sent() {
    let time = "2026-11-24T05:00:00Z";
    let elsewhere = ListedServer {
        hostname: Some("copy.example.com".to_owned()),
        ..listed(Some(time), "success")
    };
    let file = waiting(Some(LISTED), None);
    assert!(
        shown_of(&file, vec![elsewhere.clone()]).is_some(),
        "a file names its server"
    );
    let sent = Run { file: None, ..file };
    assert_eq!(shown_of(&sent, vec![elsewhere]), None);
    let ours = || vec![listed(Some(time), "success")];
    assert_eq!(shown_of(&sent, ours()), Some(Shown::Processed(at(time))));
    let unlisted = Run {
        baseline: Baseline::default(),
        ..sent.clone()
    };
    assert_eq!(shown_of(&unlisted, ours()), None, "nobody knows what was listed before");
    let accepted = |sent_at| Run {
        receipt: Some(Receipt {
            upload_id: "usage-1".to_owned(),
            location: Location::new("https://api.github.com/usage-1"),
            sent_at: at(sent_at),
            processed_at: None,
        }),
        ..sent.clone()
    };
    assert_eq!(shown_of(&accepted(time), ours()), Some(Shown::Processed(at(time))));
    assert_eq!(shown_of(&accepted("2026-11-24T05:00:01Z"), ours()), None);
}
