//! What systemd is notified of: ready, reloading, stopping, a line of status, and that the worker is alive. Outside systemd
//! nothing is notified.

use std::time::Duration;

use sd_notify::NotifyState;

/// The way to the service manager.
#[derive(Debug, Clone)]
pub struct Systemd {
    connected: bool,
    watchdog: Option<Duration>,
}

impl Systemd {
    /// The service manager that started this process, if one did.
    pub fn of_process() -> Self {
        Self {
            connected: true,
            watchdog: sd_notify::watchdog_enabled(),
        }
    }

    /// None; for tests.
    pub fn none() -> Self {
        Self {
            connected: false,
            watchdog: None,
        }
    }

    /// How long systemd waits for a sign of life before it ends the process.
    pub(super) fn watchdog(&self) -> Option<Duration> {
        self.watchdog
    }

    pub(super) fn ready(&self, status: &str) {
        self.tell(&[NotifyState::Ready, NotifyState::Status(status)]);
    }

    pub(super) fn reloading(&self) {
        match NotifyState::monotonic_usec_now() {
            Ok(now) => self.tell(&[NotifyState::Reloading, now]),
            Err(_) => self.tell(&[NotifyState::Reloading]),
        }
    }

    pub(super) fn stopping(&self) {
        self.tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    }

    /// Reports in one line what the service is doing, or why it does nothing.
    pub fn status(&self, status: &str) {
        self.tell(&[NotifyState::Status(status)]);
    }

    pub(super) fn alive(&self) {
        self.tell(&[NotifyState::Watchdog]);
    }

    fn tell(&self, states: &[NotifyState<'_>]) {
        if !self.connected {
            return;
        }
        if let Err(error) = sd_notify::notify(states) {
            tracing::debug!("systemd could not be notified: {error}");
        }
    }
}
