//! Which list of this server the cloud processed last.

use super::*;
use crate::license::Digest;
use crate::store::{Location, Trigger, WrittenFile};
use crate::sync::agenda::tests::{approved, here, run};

const NOW: &str = "2026-12-02T12:00:00Z";

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A document that was held and that a person approved.
fn released() -> Run {
    approved(unattended())
}

/// One that waits like any other.
fn unattended() -> Run {
    run(Trigger::Manual, State::Frozen, "2026-12-01T03:04:00Z")
}

/// The run of the week before, whose list the cloud processed at this time as far as this store knows.
fn of_last_week(state: State, processed_at: Option<&str>) -> Run {
    let started_at = "2026-11-24T03:04:00Z";
    let receipt = Receipt {
        upload_id: "1".into(),
        location: Location::new("https://api.github.com/1"),
        sent_at: at(started_at),
        processed_at: processed_at.map(at),
    };
    Run {
        receipt: Some(receipt),
        ..run(Trigger::Manual, state, started_at)
    }
}

/// The same of a list that a person uploaded.
fn uploaded_last_week(processed_at: Option<&str>) -> Run {
    let run = of_last_week(State::Confirmed, None);
    let file = WrittenFile {
        path: "/srv/file.json".to_owned(),
        sha256: Digest([0; 32]),
        bytes: Some(4),
        written_at: run.started_at,
        reminded_at: None,
        failed_at: None,
        processed_at: processed_at.map(at),
    };
    Run {
        receipt: None,
        file: Some(file),
        ..run
    }
}

/// The cloud lists our server, synced at this time.
fn listing(synced_at: &str) -> Listing {
    let server = ListedServer {
        id: here().server_id.to_string(),
        hostname: Some("github.example.com".to_owned()),
        synced_at: Some(at(synced_at)),
        status: None,
        failed: false,
        said: None,
        unreadable: Vec::new(),
    };
    Listing {
        at: at(NOW),
        servers: vec![server],
        unnamed: 0,
    }
}

/// Whether a later list took the place of `run`, when the cloud processed the last one at this time.
fn is_overtaken(run: &Run, sent: &[Run], synced_at: &str) -> bool {
    overtaken(run, &[], sent, &listing(synced_at), at(NOW)).is_some()
}

#[test]
fn an_approved_document_is_not_overtaken_by_an_older_list_that_the_cloud_processed_late() {
    let late = "2026-12-01T09:00:00Z";
    for older in [
        of_last_week(State::Confirmed, Some(late)),
        // Its time was over before the cloud said that it processed it.
        of_last_week(State::Failed, None),
    ] {
        assert!(!is_overtaken(&released(), &[older], late));
    }
}

#[test]
fn an_approved_document_is_overtaken_by_a_later_list_that_was_not_sent_from_here() {
    let later = "2026-12-01T15:00:00Z";
    assert!(is_overtaken(&released(), &[], later));
    let older = of_last_week(State::Confirmed, Some("2026-12-01T09:00:00Z"));
    assert!(is_overtaken(&released(), &[older], later));
    // Its own attempts are checked one by one.
    let unanswered = released();
    assert!(is_overtaken(&unanswered, std::slice::from_ref(&unanswered), later));
}

#[test]
fn a_document_that_nobody_approved_gives_way_where_an_older_list_may_have_been_processed_late() {
    let late = "2026-12-01T09:00:00Z";
    assert!(is_overtaken(&unattended(), &[of_last_week(State::Failed, None)], late));
    for older in [
        of_last_week(State::Confirmed, Some(late)),
        uploaded_last_week(Some(late)),
    ] {
        assert!(!is_overtaken(&unattended(), &[older], late));
    }
    assert!(is_overtaken(&unattended(), &[uploaded_last_week(None)], late));
}
