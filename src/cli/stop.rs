//! Ctrl-C and SIGTERM. They are heard from the moment a command asks for them, so that none comes too early for it.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears both signals; from its creation on they no longer end the process by themselves.
pub(super) struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Returns when a person, or whoever supervises the process, wants it to stop.
    pub(super) async fn heard(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
