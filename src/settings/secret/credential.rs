//! What is known of a secret before it is read.

use std::path::{Path, PathBuf};

use super::snapshot::CredentialSnapshot;

/// A secret by name, and where it may be found.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The systemd credential's name, like `connect-private-key`.
    pub name: &'static str,
    /// The key in the settings that names the file, like `connect.private-key-file`.
    pub key: &'static str,
    /// The environment variable, like `GHE_LICENSE_SYNC_CONNECT_PRIVATE_KEY`.
    pub variable: &'static str,
    /// Where it is sent, like `https://github.example.com`.
    pub hosts: String,
    /// The file named in the settings.
    pub file: Option<PathBuf>,
    /// The file from which the service gets the systemd credential; unknown for settings of no unit.
    pub stored: Option<PathBuf>,
    /// The file as it was when the settings were read.
    pub stamp: Option<CredentialSnapshot>,
}

impl Credential {
    /// A credential, and the file that the settings name for it.
    pub(in crate::settings) fn new(
        name: &'static str,
        key: &'static str,
        variable: &'static str,
        file: Option<PathBuf>,
    ) -> Self {
        Self {
            name,
            key,
            variable,
            hosts: String::new(),
            file,
            stored: None,
            stamp: None,
        }
    }

    /// The file named in the settings, and where its snapshot goes.
    pub(in crate::settings) fn stampable(&mut self) -> Option<(&Path, &mut Option<CredentialSnapshot>)> {
        Some((self.file.as_deref()?, &mut self.stamp))
    }
}
