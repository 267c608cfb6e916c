//! A sync under way: a task of its own, so that a panic in it is a failed run and not a dead daemon, and its pulse.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::systemd::Systemd;
use crate::collect;
use crate::license::Totals;
use crate::sync::{Progress, Step};

/// Hears of each step of a run: tells systemd what is going on, and knows when the last step was.
pub(super) struct Pulse {
    systemd: Systemd,
    start: Instant,
    /// Milliseconds from `start` to the last step.
    last: AtomicU64,
}

impl Pulse {
    pub(super) fn new(systemd: Systemd) -> Arc<Self> {
        Arc::new(Self {
            systemd,
            start: Instant::now(),
            last: AtomicU64::new(0),
        })
    }

    /// Takes note of a sign of life.
    pub(super) fn beat(&self) {
        let now = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(now, Ordering::Relaxed);
    }

    /// How long ago the last sign of life was.
    pub(super) fn silence(&self) -> Duration {
        self.start
            .elapsed()
            .saturating_sub(Duration::from_millis(self.last.load(Ordering::Relaxed)))
    }

    fn tell(&self, status: &str) {
        self.beat();
        self.systemd.status(status);
    }
}

impl collect::Progress for Pulse {
    fn started(&self, expected_accounts: u64) {
        self.tell(&format!("collecting; about {expected_accounts} accounts"));
    }

    fn waiting(&self, waited: Duration, _again_in: Duration) {
        self.tell(&format!("waiting for the server's report, for {} s", waited.as_secs()));
    }

    fn read(&self, _accounts: u64, _bytes: u64) {
        self.beat();
    }

    fn done(&self, totals: Totals) {
        self.tell(&format!("freezing the license usage of {} people", totals.consumed));
    }
}

impl Progress for Pulse {
    fn step(&self, step: Step<'_>) {
        match step {
            Step::GateOpen(_) => self.tell("asking the server"),
            Step::Resuming(_) => self.tell("taking up an earlier run"),
            Step::Frozen(_) => self.tell("sending"),
            Step::Sent { .. } | Step::Asking | Step::Waiting { .. } | Step::Confirmed => self.beat(),
            Step::Retry { reason, after } => {
                self.tell(&format!(
                    "an attempt failed ({reason}), the next in {} s",
                    after.as_secs()
                ));
            }
            Step::Accepted(_) => self.tell("accepted; waiting for the cloud to process it"),
        }
    }
}
