//! Waits are in the store: a restart and the timer keep them, a person cuts them short, and none costs a window.

use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::clock::Clock;
use ghe_license_sync::reason::Reason;
use ghe_license_sync::settings::Gate;
use ghe_license_sync::store::{Run, State, Trigger};
use ghe_license_sync::sync::{Asked, Context, Next, SyncError, destination, plan, resume, run_once};

use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;
use crate::support::service::Service;

/// What the daemon does, by a clock that a test moves.
struct Daemon {
    lab: Lab,
    clock: Arc<ManualClock>,
}

impl Daemon {
    async fn with_faults(faults: &[&str]) -> Self {
        let clock = Arc::new(ManualClock::at("2026-11-02T03:00:00Z"));
        let lab = Lab::with_clock(faults, clock.clone()).await;
        Self { lab, clock }
    }

    fn context(&self) -> Context {
        Context {
            clock: self.clock.clone(),
            ..self.lab.context(&["license-sync.confirm-timeout=1s"])
        }
    }

    async fn next(&self, asked: Asked) -> Next {
        let context = self.context();
        let Gate::Open(link) = context.settings.gate() else {
            panic!("the gate is open");
        };
        plan(&context, &link, asked).await.unwrap().next
    }

    /// Does what is due; nothing when nothing is.
    async fn act(&self) -> Option<Result<Option<Run>, SyncError>> {
        match self.next(Asked::InTime).await {
            Next::Wait(_) => None,
            Next::Resume(_) => Some(resume(&self.context()).await),
            Next::Run(trigger) => Some(run_once(&self.context(), &trigger).await.map(Some)),
        }
    }
}

/// One moment at the weekly time, and it is over.
const MOMENTS: [&str; 14] = [
    "token:skew=-900s",
    "token:skew=900s",
    "token:html",
    "token:401",
    "token:403",
    "token:404",
    "token:407",
    "upload:html",
    "upload:404",
    "upload:302",
    "location:404",
    "location:html",
    "report:html",
    "license:403",
];

#[tokio::test]
async fn one_bad_moment_at_the_weekly_time_does_not_cost_the_window() {
    for fault in MOMENTS {
        let daemon = Daemon::with_faults(&[fault]).await;
        let error = daemon.act().await.unwrap().unwrap_err();
        assert!(daemon.act().await.is_none(), "{fault}: it waits after {error}");
        daemon.clock.advance(TimeDelta::hours(2));
        let run = daemon.act().await.unwrap().unwrap().unwrap();
        assert_eq!(run.state, State::Confirmed, "{fault}");
        assert!(daemon.act().await.is_none(), "{fault}: the window is served");
        assert_eq!(daemon.lab.sandbox.uploads().len(), 1, "{fault}");
    }
}

#[tokio::test]
async fn a_restart_and_the_timer_keep_a_wait_and_a_reload_ends_it() {
    let lab = Lab::with_faults(&["upload:429@3600*1"]).await;
    let service = Service::start(&lab);
    service.says("rate-limited").await;
    service.signal("TERM");
    service.end().await;
    let waiting = lab.last_run().await;
    assert_eq!((waiting.state, waiting.attempts), (State::Frozen, 1));

    let ran = lab.run(&["sync", "--scheduled"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    assert!(ran.stdout.starts_with("nothing is due before "), "{ran}");
    let service = Service::start(&lab);
    service.says("READY=1").await;
    assert_eq!(lab.last_run().await, waiting, "no attempt was made");
    service.signal("HUP");
    service.says("last run confirmed").await;
    service.signal("TERM");
    service.end().await;
    assert_eq!(lab.sandbox.uploads()[0].attempts, 2);
}

/// A daemon whose run waits for five minutes before it asks for the confirmation again.
async fn daemon_that_waits_for_the_cloud() -> (Lab, Service) {
    let lab = Lab::with_faults(&["location:503@300*1"]).await;
    let timeout = [("GHE_LICENSE_SYNC__LICENSE_SYNC__CONFIRM_TIMEOUT", "1h")];
    let service = Service::start_with(&lab, &timeout);
    service.says("next poll is in 300 s").await;
    (lab, service)
}

#[tokio::test]
async fn a_gate_that_a_reload_closes_ends_a_run_in_the_middle_of_its_wait() {
    let (lab, service) = daemon_that_waits_for_the_cloud().await;
    lab.edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    service.signal("HUP");
    service.says("STATUS=gate closed").await;
    let run = lab.last_run().await;
    assert_eq!((run.state, run.reason), (State::Refused, Some(Reason::ConnectDisabled)));
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn a_signal_to_sync_ends_the_wait_of_the_run_under_way() {
    let (lab, service) = daemon_that_waits_for_the_cloud().await;
    service.signal("USR1");
    service.says("last run confirmed").await;
    assert_eq!(lab.sandbox.uploads().len(), 1);
    service.signal("TERM");
    service.end().await;
}

#[tokio::test]
async fn what_the_server_asks_for_is_kept_after_a_run_by_hand() {
    let daemon = Daemon::with_faults(&["report:429@7200*1"]).await;
    run_once(&daemon.context(), &Trigger::Manual).await.unwrap_err();
    let until = daemon.clock.now() + TimeDelta::seconds(7200);
    assert_eq!(daemon.next(Asked::InTime).await, Next::Wait(until));
}

#[tokio::test]
async fn a_collection_that_a_death_interrupted_waits_longer_each_time() {
    let daemon = Daemon::with_faults(&[]).await;
    let mut waits = Vec::new();
    for _ in 0..8 {
        assert!(matches!(daemon.next(Asked::InTime).await, Next::Run(_)));
        let (context, store) = (daemon.context(), daemon.lab.store().await);
        let Gate::Open(link) = context.settings.gate() else {
            panic!("the gate is open");
        };
        let destination = destination(&link, store.known_installation().await.unwrap());
        let trigger = Trigger::Scheduled("2026-11-02T03:00Z".to_owned());
        let now = daemon.clock.now();
        store.begin(&trigger, &destination, "127.0.0.1", now).await.unwrap();
        store.close().await;
        // The process is gone, and another one starts.
        let interrupted = daemon.lab.last_run().await.id;
        assert_eq!(daemon.next(Asked::InTime).await, Next::Resume(interrupted));
        assert!(daemon.act().await.unwrap().unwrap().is_none());
        let run = daemon.lab.last_run().await;
        assert_eq!((run.state, run.reason), (State::Failed, Some(Reason::Cancelled)));
        let until = run.next_attempt_at.unwrap();
        assert_eq!(daemon.next(Asked::InTime).await, Next::Wait(until));
        assert!(matches!(daemon.next(Asked::ByPerson).await, Next::Run(_)));
        waits.push(until - now);
        daemon.clock.advance(until - now);
    }
    assert!(waits.iter().all(|wait| *wait >= TimeDelta::minutes(5)), "{waits:?}");
    assert!(waits[3] <= TimeDelta::minutes(45), "{waits:?}");
    // The first is no longer than that. That none of the others is either happens once in a hundred million times.
    let longest = waits.iter().max().unwrap();
    assert!(*longest > TimeDelta::minutes(10), "{waits:?}");
    assert!(daemon.lab.sandbox.uploads().is_empty());
}

#[tokio::test]
async fn what_is_due_is_what_the_timer_does() {
    let lab = Lab::with_faults(&[]).await;
    let ran = lab.run(&["sync", "--scheduled"]).await;
    assert!(ran.exit == Some(0) && ran.stdout.contains("confirmed"), "{ran}");
    assert_eq!(lab.last_run().await.trigger.word(), "scheduled");
    let ran = lab.run(&["sync", "--scheduled", "--json"]).await;
    assert!(
        ran.exit == Some(0) && ran.stdout.contains("\"next_due_at\": \""),
        "{ran}"
    );
    assert_eq!(lab.sandbox.uploads().len(), 1);
    let closed = lab
        .run(&["sync", "--scheduled", "--set", "connect.enabled=false"])
        .await;
    assert_eq!(closed.exit, Some(3), "{closed}");
}

#[tokio::test]
async fn a_read_token_that_is_refused_is_reported_once_a_run() {
    let lab = Lab::with_faults(&["status:401*always", "location:pending*3"]).await;
    let ran = lab.run(&["sync", "--verbose"]).await;
    assert_eq!(ran.exit, Some(0), "{ran}");
    let warnings = ran.stderr.lines().filter(|line| line.contains(" WARN ")).count();
    assert_eq!(warnings, 1, "{ran}");
    assert!(ran.stderr.contains(Reason::CredentialsRefused.code()), "{ran}");
}

#[tokio::test]
async fn a_daemon_whose_settings_name_another_server_does_not_start_and_does_not_reload() {
    let lab = Lab::with_faults(&[]).await;
    assert_eq!(lab.run(&["sync"]).await.exit, Some(0));
    let service = Service::start(&lab);
    service.says("READY=1").await;
    lab.edit_settings("\nid = ", "\n# id = ");
    lab.edit_settings("[server]", "[server]\nid = \"0191d3a2-77aa-4c11-9b1e-5e2f8a4c0d17\"");
    service.signal("HUP");
    let refused = service.says("the changed settings were refused").await;
    assert!(refused.contains("belongs to the server ID"), "{refused}");
    service.signal("TERM");
    service.end().await;
    let (status, log) = Service::start(&lab).end().await;
    assert_eq!(status.code(), Some(78), "{log}");
    assert!(log.contains("belongs to the server ID"), "{log}");
}
