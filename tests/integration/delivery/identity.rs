//! Who reports as this server: what the cloud lists before a document is sent and after it was processed.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::clock::Clock;
use ghe_license_sync::explain::Explain;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::{Context, NoProgress, SyncError, run_once};
use insta::assert_snapshot;

use super::{Lab, Watched};
use crate::support::manual_clock::ManualClock;
use crate::support::moment::{Moment, die_with};

/// A site whose clock, on both sides, moves when the test says so.
struct Site {
    site: Watched,
    clock: Arc<ManualClock>,
}

impl Site {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-02T03:00:00Z"));
        let lab = Lab::with_clock(&[], clock.clone()).await;
        Self {
            site: Watched::over(lab).await,
            clock,
        }
    }

    async fn sync(&self, overrides: &[&str]) -> Result<Run, SyncError> {
        self.sync_by(self.clock.clone(), overrides).await
    }

    /// The same by another clock on our side.
    async fn sync_by(&self, clock: Arc<dyn Clock>, overrides: &[&str]) -> Result<Run, SyncError> {
        let context = Context {
            clock,
            ..self.site.context(overrides, Arc::new(NoProgress))
        };
        run_once(&context, &Trigger::Manual).await
    }

    fn fault(&self, fault: &str) {
        self.site.lab.sandbox.add_fault(fault.parse().unwrap());
    }

    /// The setting for the same server under another name.
    fn renamed(&self) -> String {
        let url = self.site.lab.sandbox.server_url().as_str();
        format!("server.url={}", url.replace("127.0.0.1", "localhost"))
    }

    fn taken(&self) -> usize {
        self.site.lab.sandbox.uploads().len()
    }
}

const ID: &str = "server.id=6a1f7c52-0c1d-4d0e-9a53-3c1f1f0f7e21";

#[tokio::test]
async fn a_copy_that_reported_since_keeps_the_document_from_being_sent() {
    let site = Site::new().await;
    site.sync(&[]).await.unwrap();
    site.clock.advance(TimeDelta::hours(1));
    site.fault("status:other-host*1");
    assert_snapshot!(site.site.read(&site.sync(&[]).await.unwrap_err()), @"
    error: no license usage was sent, because another host, copy.github.example.com, reported under the ID of this server
    help: if this machine is a copy of another, stop the service on one of the two, move `state.db*` in its state directory away and set a `server.id` of its own there; if the server was renamed and its state directory was lost, restore that directory from a backup
    reason: identity-conflict, exit 78
    ");
    assert_eq!(site.taken(), 1, "nothing of it was sent");
    let run = site.site.lab.last_run().await;
    assert_eq!((run.state, run.attempts), (State::Frozen, 0));
    let wait = run.next_attempt_at.unwrap() - run.updated_at;
    assert!((60..=120).contains(&wait.num_minutes()), "{wait}");
    // The copy has an ID of its own now.
    site.sync(&[]).await.unwrap();
    assert_eq!(
        site.site.lab.store().await.run(run.id).await.unwrap().state,
        State::Confirmed
    );
}

/// An outage hits the list of servers and the upload alike.
#[tokio::test]
async fn a_document_whose_first_attempt_failed_is_compared_before_the_next_one() {
    let site = Site::new().await;
    site.sync(&[]).await.unwrap();
    site.clock.advance(TimeDelta::hours(1));
    site.fault("status:503*1");
    site.fault("upload:503@3600*1");
    site.sync(&[]).await.unwrap_err();
    site.fault("status:other-host*1");
    assert_eq!(site.sync(&[]).await.unwrap_err().reason(), Reason::IdentityConflict);
    assert_eq!(site.taken(), 1, "nothing of it was sent");
}

#[tokio::test]
async fn who_uses_an_id_from_the_settings_is_compared_before_the_first_list_as_well() {
    let site = Site::new().await;
    site.sync(&[ID]).await.unwrap();
    std::fs::remove_dir_all(site.site.lab.directory.path().join("state")).unwrap();
    site.clock.advance(TimeDelta::minutes(1));
    site.fault("status:other-host*always");
    assert_eq!(site.sync(&[ID]).await.unwrap_err().reason(), Reason::IdentityConflict);
    assert_eq!(site.taken(), 1, "nothing of it was sent");
}

#[tokio::test]
async fn nothing_is_sent_while_the_cloud_lists_our_host_name_under_another_id_until_the_id_is_set() {
    let site = Site::new().await;
    // The sandbox's own settings name an ID.
    site.site.lab.edit_settings("\nid = ", "\n# id = ");
    site.fault("status:other-id*always");
    assert_snapshot!(site.site.read(&site.sync(&[]).await.unwrap_err()), @"
    error: no license usage was sent, because the cloud lists this server, 127.0.0.1, under another ID, 6f3f0d6e-4b1a-4c52-9d0a-7f1f0b8a2c11
    help: set `server.id`: to `6f3f0d6e-4b1a-4c52-9d0a-7f1f0b8a2c11` if the cloud knows this server by that ID, for example from the built-in sync, so that its users are counted once; to `a1b1ff22-3a83-5406-b1e7-1314633c7afb` to report under this ID all the same
    reason: identity-conflict, exit 78
    ");
    assert_eq!(site.taken(), 0);
    let held_back = site.site.lab.last_run().await;
    assert_eq!((held_back.state, held_back.attempts), (State::Frozen, 0));
    let ours = format!("server.id={}", held_back.destination.server_id);
    site.sync(&[&ours]).await.unwrap();
    assert_eq!(site.taken(), 1, "the one that was held back");
}

#[tokio::test]
async fn a_server_that_is_renamed_between_two_runs_is_still_the_same() {
    let site = Site::new().await;
    site.sync(&[]).await.unwrap();
    site.clock.advance(TimeDelta::days(7));
    let run = site.sync(&[&site.renamed()]).await.unwrap();
    assert_eq!((run.state, run.hostname.as_str()), (State::Confirmed, "localhost"));
}

#[tokio::test]
async fn a_server_that_is_renamed_while_its_document_is_frozen_or_accepted_is_still_the_same() {
    for moment in [Moment::Frozen, Moment::Sent, Moment::Accepted] {
        let site = Site::new().await;
        die_with(moment, |progress| Context {
            clock: site.clock.clone(),
            ..site.site.context(&[], progress)
        })
        .await;
        site.clock.advance(TimeDelta::hours(1));
        let run = site.sync(&[&site.renamed()]).await.unwrap();
        assert_eq!(run.state, State::Confirmed, "{moment:?}");
        let runs = site.site.lab.store().await.runs(9).await.unwrap();
        let told: Vec<_> = runs.iter().map(|run| (run.state, run.hostname.as_str())).collect();
        let expected = [(State::Confirmed, "localhost"), (State::Confirmed, "127.0.0.1")];
        assert_eq!(told, expected, "{moment:?}");
    }
}

#[tokio::test]
async fn a_clock_that_lags_behind_that_of_the_cloud_makes_no_other_host() {
    let site = Site::new().await;
    let behind = Arc::new(ManualClock::at("2026-11-02T02:55:00Z"));
    site.sync_by(behind.clone(), &[]).await.unwrap();
    behind.advance(TimeDelta::minutes(1));
    site.clock.advance(TimeDelta::minutes(1));
    site.sync_by(behind, &[&site.renamed()]).await.unwrap();
}

/// The setting for another state directory: of a machine that was made anew, or of a backup that continued.
fn elsewhere(site: &Site) -> String {
    format!(
        "state.directory={}",
        site.site.lab.directory.path().join("other").display()
    )
}

#[tokio::test]
async fn a_document_that_waited_does_not_take_the_place_of_a_later_list() {
    let site = Site::new().await;
    let elsewhere = elsewhere(&site);
    site.fault("upload:503@3600*1");
    site.sync(&[]).await.unwrap_err();
    let waited = site.site.lab.last_run().await;
    assert_eq!(waited.state, State::Frozen);
    // The store of this run continues without the first one: it is a backup of before.
    site.clock.advance(TimeDelta::hours(3));
    site.sync(&[&elsewhere]).await.unwrap();
    site.clock.advance(TimeDelta::hours(3));
    let today = site.sync(&[]).await.unwrap();
    assert_ne!(today.id, waited.id);
    let waited = site.site.lab.store().await.run(waited.id).await.unwrap();
    assert_eq!((waited.state, waited.reason), (State::Failed, Some(Reason::Cancelled)));
    assert!(
        waited
            .detail
            .unwrap()
            .contains("the cloud lists a later sync of this server, of 2026-11-02T06:00:00Z")
    );
    assert_eq!(site.taken(), 2, "nothing of the one that waited");
}

#[tokio::test]
async fn a_document_whose_answer_was_lost_is_sent_again_although_the_cloud_lists_it() {
    let site = Site::new().await;
    site.fault("upload:cut*1");
    site.fault("upload:503@3600*1");
    site.sync(&[]).await.unwrap_err();
    let waited = site.site.lab.last_run().await;
    site.clock.advance(TimeDelta::hours(3));
    site.sync(&[]).await.unwrap();
    let waited = site.site.lab.store().await.run(waited.id).await.unwrap();
    assert_eq!(waited.state, State::Confirmed);
}

#[tokio::test]
async fn a_document_that_was_rejected_explains_no_sync_of_another_host() {
    let site = Site::new().await;
    site.fault("upload:422*1");
    assert_eq!(site.sync(&[]).await.unwrap_err().reason(), Reason::Rejected);
    let elsewhere = elsewhere(&site);
    site.sync(&[&elsewhere, &site.renamed()]).await.unwrap();
    site.clock.advance(TimeDelta::hours(1));
    assert_eq!(site.sync(&[]).await.unwrap_err().reason(), Reason::IdentityConflict);
    assert_eq!(site.taken(), 1);
}

#[tokio::test]
async fn a_server_that_is_renamed_while_the_uploads_move_is_still_known() {
    let site = Site::new().await;
    site.sync(&[]).await.unwrap();
    let uploads = site.site.relay.url.as_str().replace("127.0.0.1", "localhost");
    site.clock.advance(TimeDelta::hours(1));
    site.sync(&[&format!("connect.uploads-url={uploads}"), &site.renamed()])
        .await
        .unwrap();
    assert_eq!(site.taken(), 2);
}
