//! Settings and credential files that belong together: a token goes only to the host that it is for.
//!
//! Credentials are read when they are needed, so that a token can be replaced without a reload; settings are not. When
//! both were changed on disk, the new token may be for a host that only the new settings name.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::{Link, Settings};
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
pub(super) struct Stamps {
    settings: Stamped,
    credentials: Vec<Stamped>,
}

impl Stamps {
    pub(super) fn of(settings: &Settings) -> Self {
        let credentials = settings.gate.pass().map(credential_files).unwrap_or_default();
        Self {
            settings: Stamped::of(settings.file.clone()),
            credentials: credentials.into_iter().map(Stamped::of).collect(),
        }
    }

    /// Makes sure that not both were changed.
    pub(super) fn check(&self) -> Result<(), Apart> {
        match self.credentials.iter().find(|file| file.is_changed()) {
            Some(file) if self.settings.is_changed() => Err(Apart {
                path: file.path.clone(),
            }),
            _ => Ok(()),
        }
    }
}

/// What tells one content of a file from another; nothing of a file that is not there.
type Stamp = Option<(u64, u64, i64, i64)>;

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
