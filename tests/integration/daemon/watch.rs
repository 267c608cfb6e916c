//! The daemon watches the cloud account while license sync is off: what the cloud says about each server is asked each hour,
//! kept, and reported when it changes.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use ghe_license_sync::clock::Clock as _;
use ghe_license_sync::daemon::SignalAction;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::sandbox::OtherServer;
use ghe_license_sync::store::{CloudRecord, State};

use super::bench::{Bench, write_metrics};
use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;
use crate::support::patience::in_time;
use crate::support::records::Records;

pub(super) const BEGIN: &str = "2026-11-02T12:00:00Z";

/// A daemon whose license sync is off, and what it reports.
pub(super) struct Watching {
    pub(super) bench: Bench,
    pub(super) records: Records,
}

/// A sandbox whose cloud lists a server with the built-in sync, and settings with license sync off.
pub(super) async fn site(faults: &[&str]) -> (Lab, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(BEGIN));
    let lab = Lab::with_clock(faults, clock.clone()).await;
    lab.edit_settings("[license-sync]\nenabled = true", "[license-sync]\nenabled = false");
    write_metrics(&lab);
    list(&lab, "ghes-1.example.com", clock.now() - TimeDelta::days(1), None);
    (lab, clock)
}

/// The cloud lists the server with this host name, this last sync and how that ended.
pub(super) fn list(lab: &Lab, hostname: &str, synced_at: DateTime<Utc>, status: Option<&str>) {
    lab.sandbox.list_server(OtherServer {
        server_id: "a".to_owned(),
        hostname: Some(hostname.to_owned()),
        synced_at: Some(synced_at),
        status: status.map(str::to_owned),
        built_in_sync: Some(true),
    });
}

impl Watching {
    pub(super) fn start((lab, clock): (Lab, Arc<ManualClock>)) -> Self {
        let records = Records::listen();
        let bench = Bench::start(lab, clock);
        Self { bench, records }
    }

    pub(super) async fn with_faults(faults: &[&str]) -> Self {
        Self::start(site(faults).await)
    }

    /// What is kept once a question at this time, or a later one, is over.
    pub(super) async fn asked_at(&self, time: DateTime<Utc>) -> CloudRecord {
        in_time(async || {
            // The alarm rings again: a question may have been under way when it rang before.
            self.bench.advance(TimeDelta::zero());
            let kept = self.bench.lab.store().await.cloud_record().await.unwrap();
            kept.filter(|record| record.asked_at >= time)
        })
        .await
    }

    /// The first question.
    pub(super) async fn asked(&self) -> CloudRecord {
        self.asked_at(self.now()).await
    }

    /// Moves the clock, and returns what is kept once the question that is due then is over.
    pub(super) async fn after(&self, time: TimeDelta) -> CloudRecord {
        self.bench.advance(time);
        self.asked_at(self.now()).await
    }

    /// Lets so many hours pass, in each of which the daemon reads the clock.
    pub(super) async fn pass(&self, hours: u32) {
        for _ in 0..hours {
            self.bench.advance(TimeDelta::hours(1));
            let now = self.now().timestamp();
            self.bench.written("written_timestamp_seconds", now).await;
        }
    }

    pub(super) async fn reload(&self) {
        self.bench.commands.send(SignalAction::Reload).await.unwrap();
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.bench.clock.now()
    }

    /// What was reported since the last time of the servers in the cloud.
    pub(super) fn said(&self) -> String {
        let lines = self.records.take("the server").into_iter();
        let said: String = lines.map(|line| format!("{line}\n")).collect();
        let cloud = self.bench.lab.sandbox.cloud_url().origin().ascii_serialization();
        said.replace(&cloud, "http://CLOUD")
    }

    /// Ends the daemon and starts another one.
    pub(super) async fn restart(self) -> Self {
        let Self { bench, records } = self;
        let stopped = bench.stop().await;
        drop(records);
        Self::start(stopped)
    }
}

#[tokio::test]
async fn a_server_that_turns_stale_failed_and_fresh_is_reported_once_each() {
    let watching = Watching::with_faults(&[]).await;
    let kept = watching.asked().await;
    assert_eq!(kept.servers[0].freshness, "fresh");
    assert_eq!(kept.servers[0].built_in_sync, Some(true));
    let mut said = vec![watching.said()];
    watching.after(TimeDelta::days(8)).await;
    said.push(watching.said());
    watching.after(TimeDelta::hours(2)).await;
    said.push(watching.said());
    list(
        &watching.bench.lab,
        "ghes-1.example.com",
        watching.now(),
        Some("failure"),
    );
    watching.after(TimeDelta::hours(2)).await;
    said.push(watching.said());
    list(&watching.bench.lab, "ghes-1.example.com", watching.now(), None);
    watching.after(TimeDelta::hours(2)).await;
    watching.after(TimeDelta::hours(2)).await;
    said.push(watching.said());
    insta::assert_snapshot!(said.join("---\n"), @"
    INFO the sync status of the servers of octo-corp at http://CLOUD is read each hour
    ---
    WARN the license sync of the server ghes-1.example.com (a) is stale: the last one that the cloud lists was at 2026-11-01 12:00 UTC, 9 days ago
    ---
    ---
    WARN the cloud says that the last license sync of the server ghes-1.example.com (a) failed; it was at 2026-11-10 14:00 UTC, 2h ago
    ---
    INFO the license sync of the server ghes-1.example.com (a) is fresh again: the last one that the cloud lists was at 2026-11-10 16:00 UTC, 2h ago
    ");
    watching.bench.stop().await;
}

#[tokio::test]
async fn what_was_reported_is_not_reported_again_after_a_restart() {
    let (lab, clock) = site(&[]).await;
    list(&lab, "ghes-1.example.com", clock.now() - TimeDelta::days(9), None);
    let watching = Watching::start((lab, clock));
    watching.asked().await;
    let mut said = vec![watching.said()];
    watching.bench.clock.advance(TimeDelta::minutes(5));
    let watching = watching.restart().await;
    watching.asked().await;
    said.push(watching.said());
    list(&watching.bench.lab, "ghes-1.example.com", watching.now(), None);
    watching.bench.clock.advance(TimeDelta::minutes(5));
    let watching = watching.restart().await;
    watching.asked().await;
    said.push(watching.said());
    insta::assert_snapshot!(said.join("---\n"), @"
    INFO the sync status of the servers of octo-corp at http://CLOUD is read each hour
    WARN the license sync of the server ghes-1.example.com (a) is stale: the last one that the cloud lists was at 2026-10-24 12:00 UTC, 9 days ago
    ---
    INFO the sync status of the servers of octo-corp at http://CLOUD is read each hour
    ---
    INFO the sync status of the servers of octo-corp at http://CLOUD is read each hour
    INFO the license sync of the server ghes-1.example.com (a) is fresh again: the last one that the cloud lists was at 2026-11-02 12:05 UTC, 5m ago
    ");
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_cloud_that_does_not_answer_is_reported_once_for_each_reason_and_when_it_answers_again() {
    let watching = Watching::with_faults(&["status:503*2", "status:401*2"]).await;
    let mut said = Vec::new();
    let kept = watching.asked().await;
    assert_eq!((kept.answered_at, kept.servers.len()), (None, 0));
    said.push(watching.said());
    for _ in 0..2 {
        watching.after(TimeDelta::hours(6)).await;
        said.push(watching.said());
    }
    let watching = watching.restart().await;
    watching.after(TimeDelta::hours(6)).await;
    said.push(watching.said());
    let kept = watching.after(TimeDelta::hours(6)).await;
    assert_eq!((kept.answered_at, kept.failure), (Some(watching.now()), None));
    said.push(watching.said());
    let said = regex::Regex::new("next attempt is in [^;\n]*")
        .unwrap()
        .replace_all(&said.join("---\n"), "next attempt is in TIME")
        .into_owned();
    insta::assert_snapshot!(said, @"
    INFO the sync status of the servers of octo-corp at http://CLOUD is read each hour
    WARN the sync status of the servers could not be read: reading the license sync status was answered with status 503 (GET http://CLOUD/enterprises/octo-corp/license-sync-status); the next attempt is in TIME
    ---
    ---
    WARN the sync status of the servers could not be read: reading the license sync status was answered with status 401 (GET http://CLOUD/enterprises/octo-corp/license-sync-status); the next attempt is in TIME; replace the credential `connect-read-token`: a personal access token (classic) with `read:enterprise`, of an owner of the enterprise
    ---
    INFO the sync status of the servers of octo-corp at http://CLOUD is read each hour
    ---
    INFO the sync status of the servers can be read again
    ");
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_wait_that_the_cloud_asks_for_is_kept_over_a_reload_and_a_restart() {
    // Longer than any wait of the program's own.
    let watching = Watching::with_faults(&["status:429@50400"]).await;
    let kept = watching.asked().await;
    assert_eq!(kept.not_before, Some(watching.now() + TimeDelta::hours(14)));
    // A question before that time would take this fault.
    watching.bench.lab.sandbox.add_fault("status:503".parse().unwrap());
    watching.reload().await;
    watching.pass(3).await;
    assert_eq!(watching.bench.lab.sandbox.faults_left(), 1, "nobody asked");
    let watching = watching.restart().await;
    watching.pass(3).await;
    assert_eq!(watching.bench.lab.sandbox.faults_left(), 1, "nobody asked");
    let kept = watching.after(TimeDelta::hours(8)).await;
    assert_eq!(kept.failure.unwrap().reason, Reason::ServerError);
    watching.bench.stop().await;
}

#[tokio::test]
async fn a_run_and_a_question_do_not_wait_for_each_other() {
    let (lab, clock) = site(&["status:latency=300s*1"]).await;
    // No run is due, so that the first question is the watch's.
    let on = "[license-sync]\nenabled = true\nschedule = \"0 3 * * Tue\"";
    lab.edit_settings("[license-sync]\nenabled = false", on);
    let watching = Watching::start((lab, clock));
    in_time(async || (watching.bench.lab.sandbox.faults_left() == 0).then_some(())).await;
    watching.bench.commands.send(SignalAction::SyncNow).await.unwrap();
    let runs = watching.bench.settled(1).await;
    assert_eq!(runs[0].state, State::Confirmed);
    let kept = watching.bench.lab.store().await.cloud_record().await.unwrap();
    assert_eq!(kept, None, "and has no answer");
    // A daemon that stops does not wait for it either.
    watching.bench.stop().await;
}

#[tokio::test]
async fn after_a_run_the_cloud_is_asked_again_at_once() {
    let (lab, clock) = site(&[]).await;
    lab.edit_settings("[license-sync]\nenabled = false", "[license-sync]\nenabled = true");
    let watching = Watching::start((lab, clock));
    assert_eq!(watching.bench.settled(1).await[0].state, State::Confirmed);
    in_time(async || {
        watching.bench.advance(TimeDelta::zero());
        let kept = watching.bench.lab.store().await.cloud_record().await.unwrap();
        kept.filter(|record| {
            record
                .servers
                .iter()
                .any(|server| server.is_ours && server.freshness == "fresh")
        })
    })
    .await;
    assert_eq!(
        watching.now(),
        BEGIN.parse::<DateTime<Utc>>().unwrap(),
        "no hour has passed"
    );
    watching.bench.stop().await;
}
