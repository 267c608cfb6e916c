//! The signals of the daemon and their commands.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;

/// Something that the daemon is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalAction {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP: read the settings again.
    Reload,
    /// SIGUSR1: sync now, whatever the schedule says.
    SyncNow,
}

/// Hands signals on as commands from now on.
pub(super) fn forward(commands: &mpsc::Sender<SignalAction>) -> io::Result<()> {
    let heard = [
        (SignalKind::terminate(), SignalAction::Stop),
        (SignalKind::interrupt(), SignalAction::Stop),
        (SignalKind::hangup(), SignalAction::Reload),
        (SignalKind::user_defined1(), SignalAction::SyncNow),
    ];
    for (kind, command) in heard {
        tokio::spawn(relay(signal(kind)?, command, commands.clone()));
    }
    Ok(())
}

async fn relay(mut signal: Signal, command: SignalAction, commands: mpsc::Sender<SignalAction>) {
    while signal.recv().await.is_some() {
        if commands.send(command).await.is_err() {
            return;
        }
    }
}
