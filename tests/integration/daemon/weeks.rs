//! The worker through weeks of a manual clock, against the sandbox.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use ghe_license_sync::daemon::{Command, Systemd, Worker};
use ghe_license_sync::settings::{Environment, Settings, Sources};
use ghe_license_sync::store::{Run, State, lock};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;

/// A worker with its clock in our hands.
struct Bench {
    lab: Lab,
    clock: Arc<ManualClock>,
    wake: Arc<Notify>,
    commands: mpsc::Sender<Command>,
    worker: JoinHandle<()>,
}

impl Bench {
    fn start(lab: Lab, clock: Arc<ManualClock>) -> Self {
        let sources = Sources {
            file: lab.sandbox.config_file().to_owned(),
            environment: Environment::default(),
            overrides: Vec::new(),
        };
        let settings = Settings::load(&sources).unwrap();
        let (commands, receiver) = mpsc::channel(1);
        let wake = Arc::new(Notify::new());
        let worker = Worker::new(&settings, sources, clock.clone(), Systemd::none());
        let alarm = Arc::clone(&wake);
        let worker = tokio::spawn(async move { worker.run(&alarm, receiver).await.unwrap() });
        Self {
            lab,
            clock,
            wake,
            commands,
            worker,
        }
    }

    /// Moves the clock and lets the alarm ring.
    fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.wake.notify_one();
    }

    /// Waits until there are so many runs and none of them is unfinished.
    async fn settled(&self, count: usize) -> Vec<Run> {
        let waiting = async {
            loop {
                let runs = self.lab.store().await.runs(99).await.unwrap();
                if runs.len() >= count && runs.iter().all(|run| run.state.is_final()) {
                    return runs;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap()
    }

    async fn stop(self) -> (Lab, Arc<ManualClock>) {
        self.commands.send(Command::Stop).await.unwrap();
        self.worker.await.unwrap();
        (self.lab, self.clock)
    }
}

fn triggers(runs: &[Run]) -> Vec<String> {
    runs.iter()
        .rev()
        .map(|run| format!("{} {}", run.trigger.word(), run.window.as_deref().unwrap_or("-")))
        .collect()
}

async fn bench() -> Bench {
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    Bench::start(lab, clock)
}

#[tokio::test]
async fn each_week_gets_one_run_in_its_own_window() {
    let bench = bench().await;
    bench.settled(1).await;
    for week in 1..4 {
        bench.advance(TimeDelta::days(7));
        bench.settled(week + 1).await;
        // Another ring in the same window is no reason for another run.
        bench.advance(TimeDelta::hours(1));
        bench.clock.advance(-TimeDelta::hours(1));
    }
    let (lab, _) = bench.stop().await;
    insta::assert_snapshot!(triggers(&lab.store().await.runs(99).await.unwrap()).join("\n"), @r"
    scheduled 2026-11-24T03:04Z
    scheduled 2026-12-01T03:04Z
    scheduled 2026-12-08T03:04Z
    scheduled 2026-12-15T03:04Z
    ");
    assert_eq!(lab.sandbox.uploads().len(), 4);
}

#[tokio::test]
async fn weeks_of_downtime_are_caught_up_with_one_run() {
    let bench = bench().await;
    bench.settled(1).await;
    let (lab, clock) = bench.stop().await;
    clock.advance(TimeDelta::days(24));
    let bench = Bench::start(lab, clock);
    let runs = bench.settled(2).await;
    assert_eq!(
        triggers(&runs),
        ["scheduled 2026-11-24T03:04Z", "catch-up 2026-12-15T03:04Z"]
    );
    bench.stop().await;
}

#[tokio::test]
async fn a_clock_that_jumps_back_does_not_run_twice_and_forward_again_neither() {
    let bench = bench().await;
    bench.settled(1).await;
    bench.advance(TimeDelta::days(7));
    bench.settled(2).await;
    bench.advance(-TimeDelta::days(3));
    bench.advance(TimeDelta::days(3));
    bench.advance(TimeDelta::days(7));
    let runs = bench.settled(3).await;
    assert_eq!(runs.len(), 3, "{:?}", triggers(&runs));
    bench.stop().await;
}

#[tokio::test]
async fn what_another_process_keeps_in_the_outbox_is_given_up_once_that_has_ended() {
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&["upload:503@3600*always"], clock.clone()).await;
    let bench = Bench::start(lab, clock);
    let state = async |wanted: State| {
        let waiting = async {
            while bench
                .lab
                .store()
                .await
                .runs(1)
                .await
                .unwrap()
                .first()
                .map(|run| run.state)
                != Some(wanted)
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap();
    };
    state(State::Frozen).await;
    let other = loop {
        // The run's own lock is given up a moment later.
        if let Ok(lock) = lock(&bench.lab.directory.path().join("state")) {
            break lock;
        }
        tokio::task::yield_now().await;
    };
    bench
        .lab
        .edit_settings("[connect]\nenabled = true", "[connect]\nenabled = false");
    bench.commands.send(Command::Reload).await.unwrap();
    bench.advance(TimeDelta::minutes(1));
    bench
        .commands
        .reserve_many(bench.commands.max_capacity())
        .await
        .unwrap();
    assert_eq!(bench.lab.last_run().await.state, State::Frozen);
    drop(other);
    bench.advance(TimeDelta::minutes(1));
    state(State::Refused).await;
    bench.stop().await;
}

/// A time in the metrics, or what else stands behind `name`.
fn sample(text: &str, name: &str) -> Option<i64> {
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("ghe_license_sync_{name}{{")))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

#[tokio::test]
async fn metrics_of_an_idle_daemon_judge_by_its_schedule_and_tell_when_the_last_confirmation_becomes_too_old() {
    let clock = Arc::new(ManualClock::at("2026-11-24T03:04:00Z"));
    let lab = Lab::with_clock(&[], clock.clone()).await;
    let path = lab.directory.path().join("sync.prom");
    lab.edit_settings(
        "[license-sync]\n",
        &format!(
            "[metrics]\ntextfile = \"{}\"\n[license-sync]\nschedule = \"0 3 1 * *\"\njitter = \"0s\"\n",
            path.display()
        ),
    );
    let bench = Bench::start(lab, clock);
    let written = async |what: &str, value: i64| {
        let waiting = async {
            loop {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                if sample(&text, what) == Some(value) {
                    return text;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting).await.unwrap()
    };
    let time = |time: &str| time.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    written("next_window_timestamp_seconds", time("2026-12-01T03:00:00Z")).await;

    bench.advance(TimeDelta::days(7));
    let text = written("last_confirmed_timestamp_seconds", time("2026-12-01T03:04:00Z")).await;
    assert!(text.contains("health=\"healthy\"} 1"), "{text}");
    assert_eq!(
        sample(&text, "next_window_timestamp_seconds"),
        Some(time("2027-01-01T03:00:00Z"))
    );

    assert_eq!(
        sample(&text, "stale_timestamp_seconds"),
        Some(time("2027-01-02T03:00:00Z"))
    );

    // Longer than a week, and the schedule is monthly.
    bench.advance(TimeDelta::days(9));
    let text = written("written_timestamp_seconds", time("2026-12-10T03:04:00Z")).await;
    assert!(text.contains("health=\"healthy\"} 1"), "{text}");
    bench.stop().await;
}
