//! The files from which the service manager gives the service its credentials. Only root can read them, so they are
//! read before the process becomes another user.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use crate::settings::secret::{SecretError, SecretOrigin};
use crate::settings::{Credential, Environment, ROOT, Settings};

/// Where the files are that are bound to this machine.
const ENCRYPTED: &str = "/etc/credstore.encrypted";

/// A secret with the place where it was found.
pub(super) type FoundSecret = Result<(SecretString, SecretOrigin), SecretError>;

/// What is kept for the service.
pub(super) enum Stored {
    Plain(FoundSecret),
    /// Only the service manager decrypts it.
    Encrypted(PathBuf),
}

/// The credentials by their names; none of them for anybody but root.
#[derive(Default)]
pub(super) struct CredentialStore(BTreeMap<&'static str, Stored>);

impl CredentialStore {
    /// Looks for the credentials that an open gate needs, or that it takes to watch the cloud account.
    pub(super) fn look(settings: &Settings) -> Self {
        let mut store = Self::default();
        if uzers::get_effective_uid() != ROOT {
            return store;
        }
        let credentials = match (settings.gate.pass(), settings.watch()) {
            (Ok(link), _) => {
                let key = link.cloud.app.iter().map(|app| &app.private_key);
                [&link.server.token, &link.cloud.read_token]
                    .into_iter()
                    .chain(key)
                    .collect()
            }
            (Err(_), Ok(watch)) => vec![&watch.read_token],
            (Err(_), Err(_)) => Vec::new(),
        };
        for credential in credentials {
            if let Some(stored) = stored(credential) {
                store.0.insert(credential.name, stored);
            }
        }
        store
    }

    /// Hands out what is kept under this name.
    pub(super) fn take(&mut self, credential: &Credential) -> Option<Stored> {
        self.0.remove(credential.name)
    }
}

/// The credential as a command finds it that root runs outside of the service: if it is nowhere else, in the file from which
/// the service gets it.
pub(super) fn within_reach(credential: &Credential, environment: &Environment) -> Credential {
    let is_missing = || matches!(credential.read(environment), Err(SecretError::Missing(_)));
    let stored = credential.stored.as_ref().filter(|path| path.exists());
    let stored = stored.filter(|_| uzers::get_effective_uid() == ROOT && is_missing());
    Credential {
        file: stored.or(credential.file.as_ref()).cloned(),
        ..credential.clone()
    }
}

fn stored(credential: &Credential) -> Option<Stored> {
    let encrypted = || {
        let name = credential.stored.as_ref()?.file_name()?;
        let path = Path::new(ENCRYPTED).join(name);
        path.exists().then_some(Stored::Encrypted(path))
    };
    match credential.read_stored() {
        Ok(None) => encrypted(),
        Ok(Some(found)) => Some(Stored::Plain(Ok(found))),
        Err(error) => Some(Stored::Plain(Err(error))),
    }
}
