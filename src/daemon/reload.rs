//! Settings that are read again while the daemon runs: they replace those in force as a whole, or are refused.

use crate::explain::{Explain, chain};
use crate::observe::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::{
    Collector, InputError, OtherHost, Settings, SettingsError, Sources, SuccessionError, make_sure_of_hosts,
};
use crate::store::{Store, StoreError};
use crate::sync;

/// Which settings a run under way has after a reload. A document is sent the way that the run began with, also one that was
/// frozen before; what is collected anew asks the gate.
pub(super) const KEEPS: &str = "the run under way keeps its connection to the cloud, and a list that it begins from now on is made with the new settings";

/// Why settings were refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Succession(#[from] SuccessionError),
    #[error(transparent)]
    OtherHost(#[from] OtherHost),
    #[error(transparent)]
    Input(#[from] InputError),
}

impl Explain for ReloadError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Settings(error) => Some(error),
            Self::Store(error) => Some(error),
            Self::Succession(error) => Some(error),
            Self::OtherHost(error) => Some(error),
            Self::Input(error) => Some(error),
        }
    }
}

impl ReloadError {
    /// Whether the settings were judged, and not something else kept from judging them, like a disk that is full.
    fn is_of_settings(&self) -> bool {
        !matches!(self, Self::Store(error) if error.reason() != Reason::ConfigInvalid)
    }

    /// Reports that the changed settings are not in force. Returns the line that says so.
    pub(super) fn log(&self) -> String {
        let what = match self.is_of_settings() {
            true => "the changed settings were refused",
            false => "the changed settings could not be compared with the store; reload again once it can be used",
        };
        let more = [self.details(), self.help()];
        let details = more.into_iter().flatten().collect::<Vec<_>>().join("\n");
        tracing::error!(message_id = Milestone::ReloadRefused.message_id(), reason = %self.reason(), "{what}, the old ones stay in force: {}\n{details}", chain(self));
        format!("{what}, the old ones stay in force: {self}")
    }
}

/// Reads the settings again for a daemon that works with the `old` ones.
///
/// # Errors
/// [`ReloadError`] when they cannot take the place of those in force.
pub(super) async fn load(sources: &Sources, old: &Settings) -> Result<Settings, ReloadError> {
    let settings = Settings::load(sources)?;
    settings.succeed(old)?;
    settings.make_sure_of_input(Collector::Daemon)?;
    if let Ok(link) = settings.gate.pass() {
        make_sure_of_hosts(link, &sources.environment)?;
    }
    make_sure_of_store(&settings).await?;
    Ok(settings)
}

/// A store under whose ID something was sent serves no other server.
///
/// # Errors
/// [`StoreError`] when it is another server's, or cannot be read.
pub(super) async fn make_sure_of_store(settings: &Settings) -> Result<(), StoreError> {
    let Ok(link) = settings.gate.pass() else { return Ok(()) };
    let store = Store::reopen(&settings.state_directory).await?;
    let belongs = match store.known_installation().await {
        Ok(known) => store.belongs_to(sync::server_id(link, known)).await,
        Err(error) => Err(error),
    };
    store.close().await;
    belongs
}

/// Reports that the gate is closed since no switch is written, where it was open before the process started: the settings
/// may have been lost, which nobody would notice as long as the alerts wait.
pub(super) async fn report_lost_switch(settings: &Settings) -> Result<(), StoreError> {
    let Err(closed) = settings.gate.pass() else {
        return Ok(());
    };
    if settings.is_switched_off {
        return Ok(());
    }
    let store = Store::reopen(&settings.state_directory).await?;
    let known = store.known_installation().await;
    store.close().await;
    if known?.is_some() {
        let lost = SuccessionError::LostSwitch(closed.key());
        let help = lost.help().unwrap_or_default();
        tracing::warn!(reason = %closed.reason(), "the gate was open before, and {lost}: nothing is sent, and what waits is neither sent nor deleted; {help}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn a_store_that_cannot_be_used_does_not_make_the_settings_wrong() {
        let unusable = Store::reopen(Path::new("/dev/null")).await.err().unwrap();
        let said = ReloadError::from(unusable).log();
        assert!(
            said.starts_with("the changed settings could not be compared with the store"),
            "{said}"
        );
        let path = Path::new("/var/lib/ghe-license-sync").join("state.db");
        let (theirs, ours) = (Uuid::nil(), Uuid::max());
        let said = ReloadError::from(StoreError::OtherServer { path, theirs, ours }).log();
        assert!(said.starts_with("the changed settings were refused"), "{said}");
    }
}
