//! A sync that brings two runs to an end reports both, and sends one list no more than once.

use ghe_license_sync::store::State;
use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::Value;

use super::Lab;
use crate::commands::told;
use crate::support::past::window_is_over;
use crate::support::process::Process;

/// A lab in which a document waits that the cloud did not take, and in which this goes wrong next.
async fn with_waiting(next: &str) -> Lab {
    let lab = Lab::with_faults(&["upload:404*1"]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(77));
    if !next.is_empty() {
        lab.sandbox.add_fault(next.parse().unwrap());
    }
    lab
}

#[tokio::test]
async fn a_list_that_cannot_be_made_does_not_hide_that_an_earlier_one_was_delivered() {
    let lab = with_waiting("report:403*1").await;
    assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 77, stderr:
    error: the earlier license usage, digest DIGEST, ended as confirmed; then: no license usage was sent
      because: GET http://SERVER/stafftools/reports/all_users.csv was answered with 403: the token may not do this
      help: the server token has to be a classic token of a site administrator, with the scope `site_admin`
      reason: permission-missing
    ");
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn the_answer_in_json_shows_it_as_well() {
    let lab = with_waiting("report:403*1").await;
    let answer: Value = serde_json::from_str(&lab.run(&["sync", "--json"]).await.stdout).unwrap();
    let error = answer["error"].as_str().unwrap();
    assert!(
        error.contains("ended as confirmed; then: no license usage was sent"),
        "{error}"
    );
    assert_eq!(answer["reason"], "permission-missing");
    // As in the answer of a success.
    assert_eq!(answer["earlier"]["state"], "confirmed");
    assert_eq!(answer["earlier"]["attempts"], 2);
}

#[tokio::test]
async fn a_list_that_was_rejected_is_shown_beside_the_one_that_was_confirmed() {
    let lab = with_waiting("upload:422*1").await;
    assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as rejected: the upload was answered with status 422 (POST http://CLOUD/enterprises/octo-corp/license-usage): `totals.consumed` is invalid
    the cloud confirmed the license usage
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
      digest DIGEST, SIZE, 1 attempt, confirmed
    ");
    assert_eq!(lab.sandbox.uploads().len(), 1);
}

#[tokio::test]
async fn the_list_that_waited_is_not_sent_again_while_it_is_the_same() {
    let lab = with_waiting("").await;
    assert_snapshot!(told(&lab, &["sync"]).await, @"
    exit 0, stdout:
    the earlier license usage, digest DIGEST, ended as confirmed
    today's list is the same and was not sent again
      60 accounts seen, 54 licenses consumed, 1 of them without an address to match; left out: 4 suspended, 1 bot, 1 setup user
      6 of the licenses are of accounts without a sign-in in the report; they are on the list, although GitHub's newest documentation counts only users who have signed in
      the server itself counts 56 users who are not suspended; it reports 54 seats in use
    ");
    assert_eq!(lab.sandbox.uploads().len(), 1);
    let runs = lab.store().await.runs(3).await.unwrap();
    let ended: Vec<_> = runs.iter().map(|run| (run.state, run.attempts)).collect();
    assert_eq!(ended, [(State::Refused, 0), (State::Confirmed, 2)]);
    // It is no less than another sync.
    assert_eq!(lab.run(&["status"]).await.exit, Some(0));
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    assert_eq!(lab.sandbox.uploads().len(), 2);
}

#[tokio::test]
async fn both_runs_are_in_the_answer_in_json() {
    let lab = with_waiting("").await;
    let answer: Value = serde_json::from_str(&lab.run(&["sync", "--json"]).await.stdout).unwrap();
    assert_eq!(answer["run"]["state"], "refused");
    assert_eq!(answer["earlier"]["state"], "confirmed");
    assert_ne!(answer["earlier"]["id"], answer["run"]["id"]);
}

#[tokio::test]
async fn a_timer_shows_both_as_well() {
    let lab = with_waiting("report:403*1").await;
    window_is_over(&lab).await;
    assert_snapshot!(told(&lab, &["sync", "--scheduled"]).await, @"
    exit 77, stderr:
    error: the earlier license usage, digest DIGEST, ended as failed: it was not delivered before its time was over; then: no license usage was sent
      because: GET http://SERVER/stafftools/reports/all_users.csv was answered with 403: the token may not do this
      help: the server token has to be a classic token of a site administrator, with the scope `site_admin`
      reason: permission-missing
    ");
}

#[tokio::test]
async fn a_timer_whose_own_list_is_confirmed_shows_both_as_well() {
    let lab = with_waiting("").await;
    window_is_over(&lab).await;
    let answer = told(&lab, &["sync", "--scheduled"]).await;
    let both =
        "ended as failed: it was not delivered before its time was over\nthe cloud confirmed the license usage\n";
    assert!(answer.contains(both), "{answer}");
}

#[tokio::test]
async fn a_sync_that_is_stopped_tells_what_it_had_delivered() {
    let lab = with_waiting("report:latency=60s*always").await;
    let config = lab.sandbox.config_file().to_string_lossy().into_owned();
    let mut sync = Process::start(&["--config", &config, "sync", "--verbose"]);
    sync.wait_for("collecting who consumes").await;
    sync.signal(Signal::TERM);
    let ran = sync.end().await;
    let error = ran.stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
    assert!(
        error.ends_with("ended as confirmed; then: the sync was cancelled; no license usage was sent"),
        "{error}"
    );
}

const ELSEWHERE: &str = "--set=connect.enterprise=other-corp";

#[tokio::test]
async fn a_list_that_is_discarded_because_the_destination_changed_is_reported() {
    let lab = with_waiting("").await;
    assert_snapshot!(told(&lab, &["sync", ELSEWHERE]).await, @"
    exit 77, stderr:
    error: the earlier license usage, digest DIGEST, ended as refused: the license usage was for another destination and is discarded; it was for enterprise/octo-corp at http://127.0.0.1:PORT, server ID ID, and the settings now name enterprise/other-corp at http://127.0.0.1:PORT, server ID ID; then: the license usage was not delivered; it stays frozen and is tried again from TIME on; `ghe-license-sync --config DIR/config.toml --set connect.enterprise=other-corp sync` tries at once
      because: the upload was answered with status 404 (POST http://CLOUD/enterprises/other-corp/license-usage)
      help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
      reason: permission-missing
    warning: the servers that report to the account could not be compared: reading the license sync status was answered with status 404 (GET http://CLOUD/enterprises/other-corp/license-sync-status)
    ");
    let answer: Value = serde_json::from_str(&lab.run(&["sync", "--json"]).await.stdout).unwrap();
    assert_eq!(answer["earlier"]["reason"], "destination-changed");
    assert_eq!(answer["run"]["state"], "confirmed");
}

#[tokio::test]
async fn a_list_that_had_been_sent_before_the_destination_changed_may_be_counted_there() {
    let lab = Lab::with_faults(&["upload:503@3600*1"]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(75));
    let ran = lab.run(&["sync", "--scheduled", ELSEWHERE]).await;
    let error = ran.stderr.lines().next().unwrap_or_default();
    assert!(
        error.contains("ended as refused") && error.contains(", where it may be counted, and"),
        "{ran}"
    );
}
