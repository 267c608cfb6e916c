//! A sync in progress, and its pulse: a task of its own, so that a panic in it is a failed run and does not end the
//! daemon.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::systemd::Systemd;
use crate::collect;
use crate::license::Totals;
use crate::plain;
use crate::sync::{RunProgress, RunStep};

/// Receives each step of a run: reports to systemd what the run is doing, and knows for how long the run has been silent.
pub(super) struct Pulse {
    systemd: Systemd,
    start: Instant,
    life: Life,
}

/// Since when a run is silent. A planned wait is no silence; that begins at its end.
#[derive(Default)]
struct Life {
    /// In milliseconds from the start; in the future during a planned wait.
    silent_from: AtomicU64,
}

impl Life {
    /// A sign of life, and a wait of this length that begins with it.
    fn sign(&self, now: Duration, wait: Duration) {
        let millis = u64::try_from(now.saturating_add(wait).as_millis()).unwrap_or(u64::MAX);
        self.silent_from.store(millis, Ordering::Relaxed);
    }

    fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_millis(self.silent_from.load(Ordering::Relaxed)))
    }
}

impl Pulse {
    pub(super) fn new(systemd: Systemd) -> Arc<Self> {
        Arc::new(Self {
            systemd,
            start: Instant::now(),
            life: Life::default(),
        })
    }

    /// Takes note of a sign of life.
    pub(super) fn beat(&self) {
        self.wait(Duration::ZERO);
    }

    /// Takes note of a sign of life that is followed by a planned wait.
    fn wait(&self, wait: Duration) {
        self.life.sign(self.start.elapsed(), wait);
    }

    /// For how long there has been no sign of life and no planned wait.
    pub(super) fn silence(&self) -> Duration {
        self.life.silence(self.start.elapsed())
    }

    fn tell(&self, status: &str) {
        self.beat();
        self.systemd.status(status);
    }
}

impl collect::CollectProgress for Pulse {
    fn started(&self, expected_accounts: Option<u64>) {
        let counted = |accounts| plain::counted(accounts, "account", "accounts");
        let about = expected_accounts.map_or_else(String::new, |accounts| format!("; about {}", counted(accounts)));
        self.tell(&format!("collecting{about}"));
    }

    fn asking(&self, at_most: Duration) {
        self.wait(at_most);
    }

    fn waiting(&self, waited: Duration, again_in: Duration) {
        self.tell(&format!("waiting for the server's report, for {} s", waited.as_secs()));
        self.wait(again_in);
    }

    fn read(&self, _accounts: u64, _bytes: u64) {
        self.beat();
    }

    fn done(&self, totals: Totals) {
        let users = plain::counted(totals.consumed, "user", "users");
        self.tell(&format!("freezing the license usage of {users}"));
    }
}

impl RunProgress for Pulse {
    fn step(&self, step: RunStep<'_>) {
        match step {
            RunStep::GateOpen(_) => self.tell("asking the server"),
            RunStep::Resuming(_) => self.tell("resuming an earlier run"),
            RunStep::Frozen(_) => self.tell("sending"),
            RunStep::Sent { .. } | RunStep::Sending | RunStep::Asking | RunStep::Confirmed | RunStep::Written => {
                self.beat();
            }
            RunStep::Pausing(after) => {
                self.tell(&format!("accepted; the next poll is in {} s", after.as_secs()));
                self.wait(after);
            }
            RunStep::Retry { reason, after } => {
                self.tell(&format!(
                    "an attempt failed ({reason}), the next in {} s",
                    after.as_secs()
                ));
                self.wait(after);
            }
            RunStep::Accepted(_) => self.tell("accepted; waiting for the cloud to process it"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::CollectProgress as _;
    use crate::reason::Reason;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn silence_counts_from_the_last_sign_of_life() {
        let life = Life::default();
        assert_eq!(life.silence(seconds(7)), seconds(7));
        life.sign(seconds(10), Duration::ZERO);
        assert_eq!(life.silence(seconds(10)), Duration::ZERO);
        assert_eq!(life.silence(seconds(710)), seconds(700));
    }

    #[test]
    fn silence_counts_from_the_end_of_a_planned_wait() {
        let life = Life::default();
        life.sign(seconds(10), seconds(1800));
        assert_eq!(life.silence(seconds(1810)), Duration::ZERO);
        assert_eq!(life.silence(seconds(1811)), seconds(1));
    }

    #[test]
    fn a_sign_of_life_ends_a_planned_wait() {
        let life = Life::default();
        life.sign(seconds(10), seconds(1800));
        life.sign(seconds(20), Duration::ZERO);
        assert_eq!(life.silence(seconds(30)), seconds(10));
    }

    #[test]
    fn every_wait_of_a_run_is_a_planned_one() {
        type Plan<'a> = (&'a str, &'a dyn Fn(&Pulse));
        let wait = seconds(3600);
        let reason = Reason::UnreachableCloud;
        let waits: [Plan<'_>; 4] = [
            ("the server says to retry later", &|pulse| {
                pulse.waiting(seconds(1), wait);
            }),
            ("the server answers late", &|pulse| pulse.asking(wait)),
            ("the next poll is later", &|pulse| {
                pulse.step(RunStep::Pausing(wait));
            }),
            ("an attempt is made again later", &|pulse| {
                pulse.step(RunStep::Retry { reason, after: wait });
            }),
        ];
        for (name, plan) in waits {
            let pulse = Pulse::new(Systemd::none());
            plan(&pulse);
            let silent_from = Duration::from_millis(pulse.life.silent_from.load(Ordering::Relaxed));
            assert!(silent_from >= wait, "{name}");
            pulse.beat();
            let silent_from = Duration::from_millis(pulse.life.silent_from.load(Ordering::Relaxed));
            assert!(silent_from < wait, "{name}");
        }
    }
}
