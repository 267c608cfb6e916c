//! Settings and credential files that belong together: a token goes only to the host that it is for.
//!
//! Credentials are read when they are needed, so that a token can be replaced without a reload; settings are not. When
//! both were changed on disk, the new token may be for a host that only the new settings name.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::document::Document;
use super::{Gate, Link};
use crate::explain::Explain;
use crate::reason::Reason;

/// The settings on disk are others than those in force, and so is a credential.
#[derive(Debug, thiserror::Error)]
#[error(
    "the settings file and the credential file {} were changed since the settings in force were read",
    path.display()
)]
pub struct Apart {
    path: PathBuf,
}

impl Explain for Apart {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        Some("a token goes only to the host it is for; run `systemctl reload` for the service, and correct the settings if that is refused".to_owned())
    }
}

/// The files that belong together, as they were when the settings were read.
#[derive(Debug, Clone)]
pub(super) struct Stamps {
    file: PathBuf,
    /// The digest of what the settings were read from.
    settings: Digest,
    credentials: Vec<Stamped>,
}

impl Stamps {
    /// Of settings that were read from this document, taken before anything else happens.
    pub(super) fn of(document: &Document<'_>, gate: &Gate) -> Self {
        let credentials = gate.pass().map(credential_files).unwrap_or_default();
        let mut stamps = Self {
            file: document.path().to_owned(),
            settings: Sha256::digest(document.text()).into(),
            credentials: credentials.into_iter().map(Stamped::of).collect(),
        };
        if stamps.settings_are_changed() {
            // Whatever lies there now may be for the settings that came meanwhile.
            stamps.credentials.iter_mut().for_each(|file| file.stamp = None);
        }
        stamps
    }

    /// Makes sure that not both were changed. Settings that were written again as they were are not changed.
    pub(super) fn check(&self) -> Result<(), Apart> {
        match self.credentials.iter().find(|file| file.is_changed()) {
            Some(file) if self.settings_are_changed() => Err(Apart {
                path: file.path.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn settings_are_changed(&self) -> bool {
        let text = Document::read(&self.file).map(|document| Digest::from(Sha256::digest(document.text())));
        text.ok() != Some(self.settings)
    }
}

type Digest = [u8; 32];

/// What tells one content of a credential from another; nothing of a file that is not there.
type Stamp = Option<(u64, u64, i64, i64)>;

#[derive(Debug, Clone)]
struct Stamped {
    path: PathBuf,
    stamp: Stamp,
}

impl Stamped {
    fn of(path: PathBuf) -> Self {
        let stamp = stamp_of(&path);
        Self { path, stamp }
    }

    fn is_changed(&self) -> bool {
        stamp_of(&self.path) != self.stamp
    }
}

fn credential_files(link: &Link) -> Vec<PathBuf> {
    let proxies = [&link.server.network, &link.cloud.network].map(|network| network.proxy.as_ref());
    let proxies = proxies
        .into_iter()
        .flatten()
        .filter_map(|proxy| proxy.credentials.as_ref());
    let credentials = [&link.server.token, &link.cloud.private_key, &link.cloud.read_token];
    credentials
        .into_iter()
        .chain(proxies)
        .filter_map(|credential| credential.file.clone())
        .collect()
}

fn stamp_of(path: &Path) -> Stamp {
    let file = path.metadata().ok()?;
    Some((file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::super::{Environment, Settings, Sources};
    use super::*;

    /// Settings whose token is in a file of this directory.
    fn write(directory: &Path, server: &str, token: &str) -> PathBuf {
        let (file, secret) = (directory.join("config.toml"), directory.join("token"));
        let text = format!(
            "[connect]\nenabled = true\nenterprise = \"octo\"\nclient-id = \"Iv1\"\ninstallation-id = 1\n\
             [license-sync]\nenabled = true\n[server]\nurl = \"https://{server}\"\ntoken-file = \"{}\"\n\
             [server.source.report]\nusername = \"bot\"\n",
            secret.display()
        );
        std::fs::write(&secret, token).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    fn load(file: &Path) -> Settings {
        let sources = Sources {
            file: file.to_owned(),
            environment: Environment::default(),
            overrides: Vec::new(),
        };
        Settings::load(&sources).unwrap()
    }

    #[test]
    fn a_token_that_came_with_new_settings_while_the_old_were_read_is_apart_from_them() {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "old.example.com", "old");
        let gate = load(&file).gate;
        let read = Document::read(&file).unwrap();
        write(directory.path(), "new.example.com", "the new one");
        assert!(Stamps::of(&read, &gate).check().is_err());
    }

    #[test]
    fn settings_that_are_written_again_as_they_were_are_not_changed() {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "old.example.com", "old");
        let stamps = load(&file).stamps;
        write(directory.path(), "old.example.com", "the new one");
        assert!(stamps.check().is_ok());
        write(directory.path(), "new.example.com", "the new one");
        assert!(stamps.check().is_err());
    }
}
