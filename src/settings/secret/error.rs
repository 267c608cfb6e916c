//! Why a secret could not be read, and what to do.

use std::io;
use std::path::PathBuf;

use super::bound_hosts::OtherHost;
use super::credential::Credential;
use super::secret_origin::SecretOrigin;
use super::snapshot::BothChanged;
use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::{WriterError, unix_users};

/// Why a secret could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("the credential `{}` is not there", .0.name)]
    Missing(Box<Credential>),
    #[error("the credential `{name}` could not be read from {}", path.display())]
    Read {
        name: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("the credential file {} is readable by other users (mode {mode:04o})", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the credential file {} belongs to another user (number {owner})", path.display())]
    Foreign { path: PathBuf, owner: u32 },
    #[error(transparent)]
    Writer(#[from] WriterError),
    #[error(transparent)]
    BothChanged(#[from] BothChanged),
    #[error(transparent)]
    OtherHost(#[from] OtherHost),
    #[error("the credential file {} is not a regular file", path.display())]
    NotAFile { path: PathBuf },
    #[error("the credential `{name}` in {origin} is empty")]
    Empty { name: &'static str, origin: SecretOrigin },
    #[error("the credential `{name}` in {origin} is not UTF-8 text")]
    NotText { name: &'static str, origin: SecretOrigin },
    #[error("the credential `{name}` in {origin} is in DER, not in PEM")]
    Der { name: &'static str, origin: SecretOrigin },
    #[error("the credential `{name}` in {origin} is larger than 64 KiB")]
    TooLarge { name: &'static str, origin: SecretOrigin },
    #[error("the credential `{name}` in {origin} is not the secret alone: {what}")]
    NotAlone {
        name: &'static str,
        origin: SecretOrigin,
        what: &'static str,
    },
    #[error("the credential `{name}` in {origin} is {kind}, which the enterprise server does not accept here")]
    OtherKind {
        name: &'static str,
        origin: SecretOrigin,
        kind: &'static str,
    },
}

impl Explain for SecretError {
    fn reason(&self) -> Reason {
        match self {
            Self::BothChanged(error) => error.reason(),
            Self::OtherHost(error) => error.reason(),
            _ => Reason::CredentialsMissing,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Missing(missing) => {
                let Credential {
                    name, key, variable, ..
                } = &**missing;
                match &missing.stored {
                    Some(stored) => format!(
                        "write it to {} (mode 0600), which the service reads when it starts and a shell cannot read; or \
                         name a file of mode 0600 in `{key}`, or set {variable}",
                        stored.display()
                    ),
                    None => format!(
                        "give it as the systemd credential `{name}` (LoadCredential=), or name a file of mode 0600 in \
                         `{key}`, or set {variable}"
                    ),
                }
            }
            Self::Read { path, source, .. } if source.kind() == io::ErrorKind::NotFound => format!(
                "write the secret into {} (mode 0600), or correct the path in the settings",
                path.display()
            ),
            Self::Read { path, source, .. } => match unix_users::stranger(path) {
                Some((_, owner)) if source.kind() == io::ErrorKind::PermissionDenied => unix_users::run_as(&owner),
                _ => format!(
                    "make {} readable for the user {}, who runs this program, and for nobody else",
                    path.display(),
                    unix_users::name_of_process()
                ),
            },
            Self::Exposed { path, .. } => format!(
                "run `chmod 0600 {}`; if other users may have read it, replace the secret as well",
                path.display()
            ),
            Self::Foreign { path, .. } => format!(
                "run this program as that user, or `chown` {} to the user that runs it, or to root",
                path.display()
            ),
            Self::Writer(error) => return error.help(),
            Self::BothChanged(error) => return error.help(),
            Self::OtherHost(error) => return error.help(),
            Self::NotAFile { path } => format!(
                "name the file itself; {} is a link, a directory or a device",
                path.display()
            ),
            Self::OtherKind { .. } => {
                "issue a personal access token (classic), which begins with `ghp_`, with the scope `site_admin`"
                    .to_owned()
            }
            Self::NotAlone { .. } => "write the secret into it as it was issued, and nothing else".to_owned(),
            Self::Der { .. } => {
                "convert it: `openssl pkey -inform DER -in FILE -out FILE.pem`, and give the PEM file".to_owned()
            }
            Self::Empty { .. } | Self::NotText { .. } | Self::TooLarge { .. } => {
                "write the key or token into it as it was issued, as plain text".to_owned()
            }
        })
    }
}
