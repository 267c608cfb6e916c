//! What signals ask the daemon to do.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Something that the daemon is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP: read the settings again.
    Reload,
    /// SIGUSR1: sync now, whatever the schedule says.
    SyncNow,
}

/// Hands signals on as commands from now on.
pub(super) fn forward(commands: &mpsc::Sender<Command>) -> io::Result<()> {
    let heard = [
        (SignalKind::terminate(), Command::Stop),
        (SignalKind::interrupt(), Command::Stop),
        (SignalKind::hangup(), Command::Reload),
        (SignalKind::user_defined1(), Command::SyncNow),
    ];
    for (kind, command) in heard {
        tokio::spawn(relay(signal(kind)?, command, commands.clone()));
    }
    Ok(())
}

async fn relay(mut signal: Signal, command: Command, commands: mpsc::Sender<Command>) {
    while signal.recv().await.is_some() {
        if commands.send(command).await.is_err() {
            return;
        }
    }
}
