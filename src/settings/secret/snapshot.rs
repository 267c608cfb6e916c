//! Settings and credential files that belong together: a token goes only to the host that it is for.
//!
//! Credentials are read when they are needed, so that a token can be replaced without a reload; settings are not. When
//! both were changed on disk, the new token may be for a host that only the new settings name.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::load::settings_file::SettingsFile;

/// The settings on disk are others than those in use, and so is a credential.
#[derive(Debug, thiserror::Error)]
#[error(
    "the settings file and the credential file {} were changed since the settings in use were read",
    path.display()
)]
pub struct BothChanged {
    path: PathBuf,
}

impl Explain for BothChanged {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        Some("a token goes only to the host it is for; run `systemctl reload` for the service, or the command again, and correct the settings if they are refused".to_owned())
    }
}

/// A credential file as it was when the settings that name it were read.
#[derive(Debug, Clone)]
pub struct CredentialSnapshot {
    settings: Arc<SettingsStamp>,
    /// Unknown when the settings were replaced while they were read: whatever lies there may have come with the new ones.
    content: FileVersion,
}

#[derive(Debug)]
struct SettingsStamp {
    file: PathBuf,
    /// The digest of what the settings were read from.
    digest: SettingsDigest,
}

type SettingsDigest = [u8; 32];

/// What identifies the content of a file; nothing for a missing file.
type FileVersion = Option<(u64, u64, i64, i64)>;

impl CredentialSnapshot {
    /// Makes sure, once the credential was read from `path`, that not both were changed. Settings that were written again
    /// as they were are not changed.
    pub(in crate::settings) fn check(&self, path: &Path) -> Result<(), BothChanged> {
        if content_of(path) != self.content && self.settings.is_changed() {
            return Err(BothChanged { path: path.to_owned() });
        }
        Ok(())
    }
}

impl SettingsStamp {
    fn is_changed(&self) -> bool {
        let text = SettingsFile::read(&self.file).map(|document| digest_of(&document));
        text.ok() != Some(self.digest)
    }
}

/// Stamps credential files that were named by this document.
pub(in crate::settings) fn stamp<'a>(
    document: &SettingsFile,
    files: impl Iterator<Item = (&'a Path, &'a mut Option<CredentialSnapshot>)>,
) {
    let settings = Arc::new(SettingsStamp {
        file: document.path().to_owned(),
        digest: digest_of(document),
    });
    let found: Vec<_> = files.map(|(file, stamp)| (content_of(file), stamp)).collect();
    let is_changed = settings.is_changed();
    for (content, stamp) in found {
        *stamp = Some(CredentialSnapshot {
            settings: Arc::clone(&settings),
            content: content.filter(|_| !is_changed),
        });
    }
}

fn digest_of(document: &SettingsFile) -> SettingsDigest {
    Sha256::digest(document.text()).into()
}

fn content_of(path: &Path) -> FileVersion {
    let file = path.metadata().ok()?;
    Some((file.ino(), file.size(), file.mtime(), file.mtime_nsec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::secret::SecretError;
    use crate::settings::{Credential, Environment, Link, Settings, Sources};

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
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        std::fs::write(&file, text).unwrap();
        file
    }

    fn link(file: &Path) -> Link {
        let sources = Sources {
            file: file.to_owned(),
            environment: Environment::default(),
            overrides: Vec::new(),
        };
        Settings::load(&sources).unwrap().gate.pass().unwrap().clone()
    }

    /// Whether the token cannot be used with these settings.
    fn is_apart(link: &Link) -> bool {
        let read = link.server.token.read(&Environment::default());
        matches!(read, Err(SecretError::BothChanged(_)))
    }

    #[test]
    fn a_token_that_came_with_new_settings_while_the_old_were_read_is_apart_from_them() {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "old.example.com", "old");
        let mut link = link(&file);
        let read = SettingsFile::read(&file).unwrap();
        write(directory.path(), "new.example.com", "the new one");
        stamp(&read, link.credentials().filter_map(Credential::stampable));
        assert!(is_apart(&link));
    }

    #[test]
    fn settings_that_are_written_again_as_they_were_are_not_changed() {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "old.example.com", "old");
        let link = link(&file);
        write(directory.path(), "old.example.com", "the new one");
        assert!(!is_apart(&link));
        write(directory.path(), "new.example.com", "the new one");
        assert!(is_apart(&link));
    }
}
