//! Settings that are read again while the daemon runs: they take the place of those in force as a whole, or are refused.

use std::path::PathBuf;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::{Settings, SettingsError, Sources};
use crate::store::{Store, StoreError};
use crate::sync;

/// Why settings were refused.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReloadError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "`state.directory` is now {}, and this process works in {}", .named.display(), .used.display()
    )]
    OtherDirectory { named: PathBuf, used: PathBuf },
    #[error("`{0}` is no longer in the settings")]
    LostSwitch(&'static str),
}

impl Explain for ReloadError {
    fn reason(&self) -> Reason {
        match self {
            Self::Settings(error) => error.reason(),
            Self::Store(error) => error.reason(),
            Self::OtherDirectory { .. } | Self::LostSwitch(_) => Reason::ConfigInvalid,
        }
    }

    fn details(&self) -> Option<String> {
        match self {
            Self::Settings(error) => error.details(),
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Settings(error) => error.help(),
            Self::Store(error) => error.help(),
            Self::OtherDirectory { .. } => Some(
                "restart the service to change the state directory; the document in the old one, if there is one, is not sent"
                    .to_owned(),
            ),
            Self::LostSwitch(key) => Some(format!(
                "write `{key} = false` to turn it off; what waits to be delivered is deleted then"
            )),
        }
    }
}

/// Reads the settings again for a daemon that works with the `old` ones.
///
/// # Errors
/// [`ReloadError`] when they cannot take the place of those in force.
pub(super) async fn load(sources: &Sources, old: &Settings) -> Result<Settings, ReloadError> {
    let settings = Settings::load(sources)?;
    if let Some(key) = old.gate.lost_switch(&settings) {
        return Err(ReloadError::LostSwitch(key));
    }
    if settings.state_directory != old.state_directory {
        return Err(ReloadError::OtherDirectory {
            named: settings.state_directory,
            used: old.state_directory.clone(),
        });
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
