//! Accepted is not processed: how a run goes on asking, and what counts as the cloud's word.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chrono::TimeDelta;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Receipt, Run, State, Trigger};
use ghe_license_sync::sync::{Context, Silent, SyncError, run_once};
use insta::assert_snapshot;

use super::{Lab, Watched, outcome, without_read_token};
use crate::support::manual_clock::ManualClock;
use crate::support::moment::{Moment, On, die_with};

#[tokio::test]
async fn a_document_that_is_not_confirmed_is_asked_about_before_a_new_one_is_made() {
    let site = Watched::with_faults(&["status:pending*always"]).await;
    let patience = ["license-sync.confirm-timeout=1s"];
    let result = site.sync(&patience).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"accepted   unconfirmed          exit 75  sent 1 taken 1"#);
    let first = site.lab.last_run().await;

    // Nothing new is made as long as the cloud has not said what became of it.
    let result = site.sync(&patience).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"accepted   unconfirmed          exit 75  sent 1 taken 1"#);
    assert_eq!(site.lab.last_run().await.id, first.id);

    site.lab.clear_faults().await;
    let second = site.sync(&patience).await.unwrap();
    let runs = site.lab.store().await.runs(10).await.unwrap();
    let states: Vec<_> = runs.iter().map(|run| (run.id, run.state, run.attempts)).collect();
    assert_eq!(
        states,
        [(second.id, State::Confirmed, 1), (first.id, State::Confirmed, 1)],
        "each document was sent once"
    );
}

/// Leaves the document of a failed sync as one that the cloud took without saying where it can be asked.
async fn leave_accepted_without_a_location(site: &Watched) {
    site.failing_sync(&[]).await;
    let (run, store) = (site.lab.last_run().await, site.lab.store().await);
    let receipt = Receipt {
        upload_id: "usage-1".to_owned(),
        location: None,
        sent_at: run.started_at,
    };
    store.sending(run.id, run.updated_at).await.unwrap();
    store.accepted(run.id, run.updated_at, &receipt).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn without_a_token_and_without_a_location_there_is_no_confirmation() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    without_read_token(&site.lab);
    leave_accepted_without_a_location(&site).await;
    assert_snapshot!(site.failing_sync(&[]).await, @r#"
    error: the cloud accepted the license usage and there is no way to see whether it processed it
    help: give the credential `connect-read-token`: a classic token with `read:enterprise` of an enterprise owner
    reason: unconfirmed, exit 75
    "#);
    let run = site.lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Accepted, 2));
}

/// A site whose clock, on both sides, moves when the test says so.
async fn site_and_clock(faults: &[&str]) -> (Watched, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at("2026-11-02T03:00:00Z"));
    let lab = Lab::with_clock(faults, clock.clone()).await;
    (Watched::over(lab).await, clock)
}

/// One run, with this clock on our side as well.
async fn run_at(
    site: &Watched,
    clock: &Arc<ManualClock>,
    overrides: &[&str],
    trigger: &Trigger,
) -> Result<Run, SyncError> {
    let context = Context {
        clock: clock.clone(),
        ..site.context(overrides, Arc::new(Silent))
    };
    run_once(&context, trigger).await
}

#[tokio::test]
async fn a_document_whose_first_answer_was_lost_is_confirmed_by_what_the_cloud_did_then() {
    let (site, clock) = site_and_clock(&["upload:cut*1"]).await;
    let later = Arc::clone(&clock);
    let progress = On(Moment::Retry, move || later.advance(TimeDelta::seconds(10)));
    let context = Context {
        clock,
        ..site.context(&["license-sync.confirm-timeout=1s"], Arc::new(progress))
    };
    let result = run_once(&context, &Trigger::Manual).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 2 taken 1"#);
}

#[tokio::test]
async fn so_it_is_when_the_process_died_in_between() {
    let (site, clock) = site_and_clock(&["upload:cut*1"]).await;
    die_with(Moment::Retry, |progress| Context {
        clock: clock.clone(),
        ..site.context(&[], progress)
    })
    .await;
    clock.advance(TimeDelta::days(3));
    let context = Context {
        clock,
        ..site.context(&["license-sync.confirm-timeout=1s"], Arc::new(Silent))
    };
    run_once(&context, &Trigger::Manual).await.unwrap();
    let taken: Vec<_> = site
        .lab
        .sandbox
        .uploads()
        .iter()
        .map(|upload| upload.attempts)
        .collect();
    assert_eq!(
        taken,
        [2, 1],
        "the first document twice with one effect, then that of the day"
    );
}

#[tokio::test]
async fn what_the_cloud_did_before_the_document_was_sent_is_no_confirmation() {
    let (site, clock) = site_and_clock(&[]).await;
    let run = async |overrides: &[&str]| run_at(&site, &clock, overrides, &Trigger::Manual).await;
    run(&[]).await.unwrap();
    clock.advance(TimeDelta::days(7));
    // The cloud takes the next one and does not get to it.
    site.lab.sandbox.add_fault("status:pending*always".parse().unwrap());
    let error = run(&["license-sync.confirm-timeout=1s"]).await.unwrap_err();
    assert!(error.to_string().contains("has not confirmed it within 1s"), "{error}");
}

#[tokio::test]
async fn a_document_that_was_given_up_and_made_again_in_its_window_is_confirmed_by_what_the_cloud_did_then() {
    let (site, clock) = site_and_clock(&["status:pending*always"]).await;
    let window = Trigger::Scheduled("2026-11-02T03:00Z".to_owned());
    let run = async |overrides: &[&str]| run_at(&site, &clock, overrides, &window).await;
    run(&["license-sync.confirm-timeout=1s"]).await.unwrap_err();
    run(&["license-sync.enabled=false"]).await.unwrap_err();
    assert_eq!(site.lab.last_run().await.state, State::Refused);
    site.lab.clear_faults().await;
    clock.advance(TimeDelta::hours(1));
    let result = run(&["license-sync.confirm-timeout=1s"]).await;
    assert_snapshot!(outcome(&site, &result).await, @r#"confirmed  -                    exit 0   sent 2 taken 1"#);
}

#[tokio::test]
async fn a_copy_that_reported_since_keeps_the_list_from_being_sent() {
    let (site, clock) = site_and_clock(&[]).await;
    let run = async || run_at(&site, &clock, &[], &Trigger::Manual).await;
    run().await.unwrap();
    clock.advance(TimeDelta::minutes(1));
    site.lab.sandbox.add_fault("status:other-host*always".parse().unwrap());
    assert_snapshot!(site.read(&run().await.unwrap_err()), @"
    error: no license usage was sent, because another host, copy.github.example.com, reported under the ID of this server
    help: after a copy of a machine give one of the two an ID of its own in `server.id`; nothing is lost, the next run makes today's list
    reason: identity-conflict, exit 78
    ");
    assert_eq!(site.lab.sandbox.uploads().len(), 1, "nothing of it was sent");
    let run = site.lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Failed, 0));
}

#[tokio::test]
async fn a_copy_that_reported_after_the_acceptance_is_not_taken_for_a_confirmation() {
    let site = Watched::with_faults(&["status:other-host*always"]).await;
    assert_snapshot!(site.failing_sync(&[]).await, @"
    error: the cloud accepted the license usage, and since then another host, copy.github.example.com, reported under the ID of this server
    help: after a copy of a machine give one of the two an ID of its own in `server.id`; nothing is lost, the next run makes today's list
    reason: identity-conflict, exit 78
    ");
    let run = site.lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Failed, 1));
}

#[tokio::test]
async fn a_host_that_was_renamed_is_still_the_same() {
    // The clock stands still: what the cloud last heard is as old as our last upload, to the second.
    let (site, clock) = site_and_clock(&[]).await;
    let renamed = site.lab.sandbox.server_url().as_str().replace("127.0.0.1", "localhost");
    for overrides in [&[][..], &[&*format!("server.url={renamed}")]] {
        let run = run_at(&site, &clock, overrides, &Trigger::Manual).await.unwrap();
        assert_eq!(run.state, State::Confirmed);
    }
}

#[tokio::test]
async fn who_uses_an_id_from_the_settings_is_asked_before_the_first_list_as_well() {
    let (site, clock) = site_and_clock(&[]).await;
    let run = async || {
        let id = "server.id=6a1f7c52-0c1d-4d0e-9a53-3c1f1f0f7e21";
        run_at(&site, &clock, &[id], &Trigger::Manual).await
    };
    run().await.unwrap();
    std::fs::remove_dir_all(site.lab.directory.path().join("state")).unwrap();
    clock.advance(TimeDelta::minutes(1));
    site.lab.sandbox.add_fault("status:other-host*always".parse().unwrap());
    assert_eq!(run().await.unwrap_err().reason(), Reason::IdentityConflict);
    assert_eq!(site.lab.sandbox.uploads().len(), 1, "nothing of it was sent");
}

/// A busy machine asks less often, and never more.
#[tokio::test]
async fn the_cloud_is_asked_ever_more_rarely() {
    let site = Watched::with_faults(&["status:pending*always"]).await;
    let asked = Arc::new(AtomicU32::new(0));
    let questions = Arc::clone(&asked);
    let progress = On(Moment::Asking, move || {
        questions.fetch_add(1, Ordering::Relaxed);
    });
    let context = site.context(&["license-sync.confirm-timeout=2s"], Arc::new(progress));
    run_once(&context, &Trigger::Manual).await.unwrap_err();
    // At once, and not before 250, 750 and 1750 ms.
    assert!((1..=4).contains(&asked.load(Ordering::Relaxed)), "{asked:?}");
}

#[tokio::test]
async fn a_person_is_kept_waiting_for_an_earlier_documents_confirmation_for_a_day_and_no_longer() {
    let (site, clock) = site_and_clock(&["status:pending*always"]).await;
    let run = async || {
        run_at(&site, &clock, &["license-sync.confirm-timeout=1s"], &Trigger::Manual)
            .await
            .unwrap_err();
        let runs = site.lab.store().await.runs(10).await.unwrap();
        runs.iter().map(|run| run.state).collect::<Vec<_>>()
    };
    run().await;
    clock.advance(TimeDelta::days(1));
    assert_eq!(run().await, [State::Accepted]);
    clock.advance(TimeDelta::seconds(1));
    assert_eq!(run().await, [State::Accepted, State::Failed]);
}

#[tokio::test]
async fn a_status_that_may_not_be_read_is_told_as_such_when_nothing_else_can_be_asked() {
    let site = Watched::with_faults(&["upload:503@3600*1"]).await;
    leave_accepted_without_a_location(&site).await;
    site.lab.sandbox.add_fault("status:403*always".parse().unwrap());
    assert_snapshot!(site.failing_sync(&[]).await, @"
    error: the cloud accepted the license usage and could not be asked whether it processed it
    cause: reading the license sync status was answered with status 403 (GET http://CLOUD/enterprises/octo-corp/license-sync-status)
    help: check `connect.enterprise` (or `connect.organization`), `connect.upload-path` and the App's permissions; the account's IP allow list must contain this server
    reason: permission-missing, exit 77
    ");
    let run = site.lab.last_run().await;
    assert_eq!(
        (run.state, run.reason),
        (State::Accepted, Some(Reason::PermissionMissing))
    );
}
