//! Finds a credential, and tries it without a connection.

use secrecy::SecretString;

use super::finding::Finding;
use crate::cli::credential_store::{CredentialStore, FoundSecret, Stored};
use crate::connect::KeyError;
use crate::explain::chain;
use crate::settings::secret::{SecretError, SecretOrigin};
use crate::settings::{Credential, Environment};

/// A credential as a command finds it, else as the service gets it; or the finding that it cannot be looked into.
pub(super) fn find(
    credential: &Credential,
    environment: &Environment,
    store: &mut CredentialStore,
) -> Result<FoundSecret, Finding> {
    let found = credential.read(environment);
    if !matches!(found, Err(SecretError::Missing(_))) {
        return Ok(found);
    }
    match store.take(credential) {
        None => Ok(found),
        Some(Stored::Plain(stored)) => Ok(stored),
        Some(Stored::Encrypted(path)) => Err(Finding::doubtful(
            credential.name,
            format!(
                "in {}, which only the service manager decrypts; it was not looked into",
                path.display()
            ),
            None,
        )),
    }
}

/// A credential that was found, tried as far as that is possible without a connection.
pub(super) fn judge(
    credential: &Credential,
    found: Result<FoundSecret, Finding>,
    try_it: impl Fn(&SecretString) -> Result<(), KeyError>,
) -> Finding {
    let name = credential.name;
    let (secret, origin) = match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => return Finding::bad(name, chain(&error), &error),
        Err(finding) => return finding,
    };
    if let Err(error) = try_it(&secret) {
        return Finding::bad(name, format!("{} ({origin})", chain(&error)), &error);
    }
    let advice = "anybody who can read this process's environment can read it; prefer a systemd credential or a file";
    let help = matches!(origin, SecretOrigin::Environment(_)).then(|| advice.to_owned());
    let given = match &origin {
        SecretOrigin::File(path) if credential.file.is_none() && credential.stored.as_ref() == Some(path) => {
            ", which the service is given when it starts"
        }
        _ => "",
    };
    Finding::good(name, format!("{origin}{given}"), help)
}
