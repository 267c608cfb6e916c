//! A worker in this process, by a clock that a test moves.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::TimeDelta;
use ghe_license_sync::daemon::{SignalAction, Systemd, Worker};
use ghe_license_sync::settings::{Environment, Settings, Sources};
use ghe_license_sync::store::{Lock, Run, State, lock};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::support::lab::Lab;
use crate::support::manual_clock::ManualClock;
use crate::support::patience::in_time;

/// A worker with its clock in our hands.
pub(super) struct Bench {
    pub(super) lab: Lab,
    pub(super) clock: Arc<ManualClock>,
    wake: Arc<Notify>,
    pub(super) commands: mpsc::Sender<SignalAction>,
    worker: JoinHandle<()>,
}

impl Bench {
    pub(super) fn start(lab: Lab, clock: Arc<ManualClock>) -> Self {
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
    pub(super) fn advance(&self, by: TimeDelta) {
        self.clock.advance(by);
        self.wake.notify_one();
    }

    /// Waits until there are so many runs and none of them is unfinished.
    pub(super) async fn settled(&self, count: usize) -> Vec<Run> {
        in_time(async || {
            let runs = self.lab.store().await.runs(99).await.unwrap();
            (runs.len() >= count && runs.iter().all(|run| run.state.is_final())).then_some(runs)
        })
        .await
    }

    /// Waits until the newest run is in this state.
    pub(super) async fn newest_is(&self, state: State) -> Run {
        in_time(async || {
            let newest = self.lab.store().await.runs(1).await.unwrap().pop();
            newest.filter(|run| run.state == state)
        })
        .await
    }

    /// Takes the state directory. The lock of a run is released a moment after its end.
    pub(super) async fn locked(&self) -> Lock {
        in_time(async || lock(&self.lab.directory.path().join("state")).await.ok()).await
    }

    /// Waits until the metrics hold this value under `name`.
    pub(super) async fn written(&self, name: &str, value: i64) -> String {
        in_time(async || {
            let text = std::fs::read_to_string(metrics(&self.lab)).unwrap_or_default();
            (sample(&text, name) == Some(value)).then_some(text)
        })
        .await
    }

    pub(super) async fn stop(self) -> (Lab, Arc<ManualClock>) {
        self.commands.send(SignalAction::Stop).await.unwrap();
        self.worker.await.unwrap();
        (self.lab, self.clock)
    }
}

fn metrics(lab: &Lab) -> PathBuf {
    lab.directory.path().join("sync.prom")
}

/// Has the metrics written.
pub(super) fn write_metrics(lab: &Lab) {
    let metrics = format!("[metrics]\ntextfile = \"{}\"\n[license-sync]\n", metrics(lab).display());
    lab.edit_settings("[license-sync]\n", &metrics);
}

/// A time in the metrics, or what else stands behind `name`.
pub(super) fn sample(text: &str, name: &str) -> Option<i64> {
    let line = text
        .lines()
        .find(|line| line.starts_with(&format!("ghe_license_sync_{name}{{")))?;
    line.rsplit_once(' ')?.1.parse().ok()
}
