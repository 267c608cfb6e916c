//! What an enabled Connect allows without license sync: to read the cloud account, and to send nothing.

use std::sync::{Mutex, PoisonError};

use url::Url;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::gate::Closed;
use crate::settings::load::settings_file::SettingsFile;
use crate::settings::{AddressKey, Credential, Network, Settings, Sources};

/// The cloud account as far as the classic token may read it.
#[derive(Debug, Clone)]
pub struct ReadAccess {
    /// Like `https://api.github.com/`; ends with a slash.
    pub api_url: Url,
    /// The setting that it comes from.
    pub api_url_key: AddressKey,
    pub enterprise: String,
    pub read_token: Credential,
    pub network: Network,
}

impl ReadAccess {
    /// All that it needs.
    pub(in crate::settings) fn credentials(&mut self) -> impl Iterator<Item = &mut Credential> {
        let proxy = self.network.proxy.as_mut();
        let proxy = proxy.and_then(|proxy| proxy.credentials.as_mut());
        std::iter::once(&mut self.read_token).chain(proxy)
    }
}

/// Follows whether Connect is on while the cloud account is read, which can take an hour.
pub struct Watching<'a> {
    sources: &'a Sources,
    /// What was in the file when it allowed to read the last time.
    allowed: Mutex<Option<String>>,
}

impl<'a> Watching<'a> {
    #[must_use]
    pub fn of(sources: &'a Sources) -> Self {
        Self {
            sources,
            allowed: Mutex::default(),
        }
    }

    /// Makes sure that the settings on disk still allow to read. Wrong ones change nothing.
    ///
    /// # Errors
    /// [`Unwatchable::Closed`].
    pub fn make_sure(&self) -> Result<(), Unwatchable> {
        let mut allowed = self.allowed.lock().unwrap_or_else(PoisonError::into_inner);
        let text = SettingsFile::read(&self.sources.file).map(|document| document.text().to_owned());
        // The environment and the flags stay as they are.
        if allowed.is_some() && allowed.as_ref() == text.as_ref().ok() {
            return Ok(());
        }
        match Settings::load(self.sources).as_ref().map(Settings::watch) {
            Ok(Err(closed @ Unwatchable::Closed(_))) => Err(closed),
            _ => {
                *allowed = text.ok();
                Ok(())
            }
        }
    }
}

/// Why the cloud account cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unwatchable {
    #[error(transparent)]
    Closed(#[from] Closed),
    #[error("no cloud account is named")]
    NoAccount,
    #[error(
        "GitHub lists servers and consumed licenses for enterprise accounts only, and `connect.organization` names an organization"
    )]
    Organization,
    #[error("the address of the cloud's API does not follow from `connect.host`")]
    NoAddress,
}

impl Explain for Unwatchable {
    fn reason(&self) -> Reason {
        match self {
            Self::Closed(closed) => closed.reason(),
            _ => Reason::ConfigInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Closed(closed) => return closed.help(),
            Self::Organization => {
                "license sync through Connect does not need them, as each upload is confirmed by its own state; to read servers \
                 and licenses, use settings with `connect.enterprise`: the account as in the URL of its page, \
                 github.com/enterprises/NAME"
                    .to_owned()
            }
            Self::NoAccount => {
                "set `connect.enterprise` to the account as in the URL of its page: github.com/enterprises/NAME"
                    .to_owned()
            }
            Self::NoAddress => "set `connect.api-url`".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Environment;

    #[test]
    fn connect_that_is_turned_off_is_noticed_and_a_file_that_is_wrong_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let sources = Sources {
            file: directory.path().join("config.toml"),
            environment: Environment::default(),
            overrides: Vec::new(),
        };
        let write = |text: &str| std::fs::write(&sources.file, text).unwrap();
        let on = "[connect]\nenabled = true\nenterprise = \"octo\"\n";
        let watching = Watching::of(&sources);
        for text in [on, on, "", "[connect", on] {
            write(text);
            let closed = watching.make_sure().is_err();
            assert_eq!(closed, text.is_empty(), "{text}");
        }
        std::fs::remove_file(&sources.file).unwrap();
        assert_eq!(watching.make_sure(), Ok(()));
        write(&on.replace("true", "false"));
        assert_eq!(watching.make_sure(), Err(Unwatchable::Closed(Closed::Connect)));
    }
}
