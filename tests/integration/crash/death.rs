//! A daemon that comes to its end at a failpoint.

use std::time::Duration;

use rustix::process::Signal;

use super::rows::Row;
use crate::support::lab::Lab;
use crate::support::process::{Process, command};
use crate::support::service::Service;
use crate::support::set_clock::SetClock;

/// Nothing here takes so long unless something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// What happens at the failpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    /// The process aborts itself there.
    Abort,
    /// The step fails there; once the daemon has reported it or has got over it, it is stopped.
    Error,
    /// The process is killed there from outside.
    Kill,
    /// The same with a `sync` by hand instead of the daemon.
    KillSync,
}

/// What the daemon says when it has nothing to do for now.
const IDLE: [&str; 3] = ["waiting; next at", "gate closed", "the store cannot be used"];

impl Death {
    /// Those of the daemon.
    pub(super) const DAEMON: [Self; 3] = [Self::Abort, Self::Error, Self::Kill];

    fn word(self) -> &'static str {
        match self {
            Self::Abort => "abort",
            Self::Error => "error",
            Self::Kill | Self::KillSync => "stop",
        }
    }
}

/// Runs the daemon, or a sync, until it is gone.
pub(super) async fn die(lab: &Lab, row: &Row, death: Death) {
    let word = death.word();
    let told = told(row, death);
    let dying = async {
        let by_hand = death == Death::KillSync;
        let mut process = start(lab, if by_hand { &["sync", "--verbose"] } else { &["run"] }, &told);
        process.wait_for(&format!("failpoint {}: {word}", row.point)).await;
        match death {
            Death::Abort => {}
            Death::Error => {
                let failed = format!("the failpoint {} was set to fail", row.point);
                process
                    .wait_for_any(&[&failed, "the cloud processed the license usage"])
                    .await;
                process.signal(Signal::TERM);
            }
            Death::Kill | Death::KillSync => process.signal(Signal::KILL),
        }
        process.end().await
    };
    let ran = tokio::time::timeout(PATIENCE, dying).await;
    let ran = ran.unwrap_or_else(|_| panic!("{told} was not reached"));
    assert!(!ran.stderr.contains("panicked"), "{told}: {ran}");
    match death {
        // No exit code: a signal.
        Death::Abort | Death::Kill | Death::KillSync => assert_eq!(ran.exit, None, "{told}: {ran}"),
        // 74 when it could not even start.
        Death::Error => assert!(matches!(ran.exit, Some(0 | 74)), "{told}: {ran}"),
    }
}

/// Runs the daemon until it is idle after an error at the failpoint, or because it got over it.
pub(super) async fn fail(lab: &Lab, row: &Row, clock: &SetClock) -> Service {
    let (told, (variable, clock)) = (told(row, Death::Error), clock.variable());
    let service = Service::start_with(lab, &[("FAILPOINTS", &told), (variable, &clock)]);
    service.says_any(&IDLE).await;
    service
}

/// Runs the daemon until it aborts itself, as `told`.
pub(super) async fn abort(lab: &Lab, told: &str) {
    until_abort(lab, "run", told).await;
}

/// The same with a `sync` by hand.
pub(super) async fn sync_until_abort(lab: &Lab, told: &str) {
    until_abort(lab, "sync", told).await;
}

async fn until_abort(lab: &Lab, command: &str, told: &str) {
    let ended = tokio::time::timeout(PATIENCE, start(lab, &[command], told).end()).await;
    let ran = ended.unwrap_or_else(|_| panic!("{told} was not reached"));
    assert_eq!(ran.exit, None, "{told}: {ran}");
}

fn told(row: &Row, death: Death) -> String {
    format!("{}={}*off->1*return({})", row.point, row.passes, death.word())
}

fn start(lab: &Lab, words: &[&str], told: &str) -> Process {
    let config = lab.sandbox.config_file().to_string_lossy();
    let mut command = command(&[&["--config", &config], words].concat());
    command.env("FAILPOINTS", told);
    Process::of(command)
}
