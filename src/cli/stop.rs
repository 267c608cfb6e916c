//! The signals that ask a command to stop: Ctrl-C, SIGTERM, and SIGHUP when its terminal closes. They are handled as
//! soon as a command asks for them, so that none is missed.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The bit of SIGHUP in the masks of `/proc/PID/status`.
const HANGUP: u64 = 1;

/// Hears the signals; from its creation on they no longer end the process by themselves. Nor does SIGUSR1, which is for the
/// daemon: sent to every process of a unit, it ends none.
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
    /// Nothing where it is ignored, as under `nohup`.
    hangup: Option<Signal>,
    _ignored: Signal,
}

impl Stop {
    pub(super) fn listen() -> io::Result<Self> {
        let hangup = || signal(SignalKind::hangup());
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: if ignores_hangup() { None } else { Some(hangup()?) },
            _ignored: signal(SignalKind::user_defined1())?,
        })
    }

    /// Returns when a person, or a supervisor, asks the process to stop.
    pub(super) async fn heard(&mut self) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = hangup => {}
        }
    }
}

/// Whether the caller wants this process to outlive the terminal.
fn ignores_hangup() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).is_ok_and(|mask| mask & HANGUP != 0))
}
