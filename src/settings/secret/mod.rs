//! Where secrets come from: a systemd credential, else a file named in the settings, else the environment.
//!
//! A secret is read when it is needed and never kept in the settings. None implements `Display` or `Serialize`.

pub mod bound_hosts;
pub mod fingerprint_key;
pub mod snapshot;
pub mod token;

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::unix_users;
use crate::settings::files::{self, WriterError};
use crate::settings::load::environment::Environment;
use crate::settings::secret::bound_hosts::OtherHost;
use crate::settings::secret::snapshot::{BothChanged, CredentialSnapshot};

/// No key or token is longer than this, in bytes.
const LIMIT: usize = 64 * 1024;

/// What a key of RSA begins with in DER.
const LONG_SEQUENCE: [u8; 2] = [0x30, 0x82];

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

/// Where a secret was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretOrigin {
    SystemdCredential(PathBuf),
    File(PathBuf),
    Environment(&'static str),
}

impl std::fmt::Display for SecretOrigin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SystemdCredential(path) => write!(f, "systemd credential {}", path.display()),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Environment(variable) => write!(f, "environment variable {variable}"),
        }
    }
}

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

    /// Finds and reads the secret; white space around it is cut off.
    pub fn read(&self, environment: &Environment) -> Result<(SecretString, SecretOrigin), SecretError> {
        if let Some(found) = from_systemd(self.name, environment)? {
            environment.bindings().bind(self)?;
            return Ok(found);
        }
        if let Some(path) = &self.file {
            let found = from_file(self.name, path)?;
            self.stamp.as_ref().map_or(Ok(()), |stamp| stamp.check(path))?;
            return Ok(found);
        }
        match environment.get(self.variable) {
            Some(value) => {
                environment.bindings().bind(self)?;
                accept(self.name, value, SecretOrigin::Environment(self.variable))
            }
            None => Err(SecretError::Missing(Box::new(self.clone()))),
        }
    }

    /// Whether it comes from what the process got when it started.
    pub(in crate::settings) fn is_given(&self, environment: &Environment) -> bool {
        let by_systemd = systemd_file(self.name, environment).is_some_and(|path| path.exists());
        by_systemd || (self.file.is_none() && environment.get(self.variable).is_some())
    }

    /// The secret in the file from which the service gets it; nothing where there is none. Only root can read it there.
    pub fn read_stored(&self) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
        match self.stored.as_ref().map(|path| from_file(self.name, path)) {
            None => Ok(None),
            Some(Err(SecretError::Read { source, .. })) if source.kind() == io::ErrorKind::NotFound => Ok(None),
            Some(found) => found.map(Some),
        }
    }
}

/// The secret `name` that the service manager gave to this process, if it gave one.
pub(in crate::settings) fn from_systemd(
    name: &'static str,
    environment: &Environment,
) -> Result<Option<(SecretString, SecretOrigin)>, SecretError> {
    let Some(path) = systemd_file(name, environment) else {
        return Ok(None);
    };
    match File::open(&path) {
        Ok(file) => read_file(name, file, SecretOrigin::SystemdCredential(path.clone()), &path).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SecretError::Read { name, path, source }),
    }
}

fn systemd_file(name: &str, environment: &Environment) -> Option<PathBuf> {
    environment
        .get("CREDENTIALS_DIRECTORY")
        .map(|directory| Path::new(directory).join(name))
}

/// The secret `name` in a file that nobody else can read.
pub(in crate::settings) fn from_file(
    name: &'static str,
    path: &Path,
) -> Result<(SecretString, SecretOrigin), SecretError> {
    read_file(
        name,
        open_private(name, path)?,
        SecretOrigin::File(path.to_owned()),
        path,
    )
}

/// Opens without following a link, then asks the open file for its mode, so that nothing can change in between.
fn open_private(name: &'static str, path: &Path) -> Result<File, SecretError> {
    let read_error = |source| SecretError::Read {
        name,
        path: path.to_owned(),
        source,
    };
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    let opened = File::options()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let file = opened.map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) => SecretError::NotAFile { path: path.to_owned() },
        _ => read_error(error),
    })?;
    let metadata = file.metadata().map_err(read_error)?;
    if !metadata.is_file() {
        return Err(SecretError::NotAFile { path: path.to_owned() });
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    if unix_users::is_foreign(metadata.uid()) {
        return Err(SecretError::Foreign {
            path: path.to_owned(),
            owner: metadata.uid(),
        });
    }
    files::check_path_of(path)?;
    Ok(file)
}

fn read_file(
    name: &'static str,
    file: File,
    origin: SecretOrigin,
    path: &Path,
) -> Result<(SecretString, SecretOrigin), SecretError> {
    // Large enough that no copy is left behind where it was too small.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT + 1));
    let read = file.take(LIMIT as u64 + 1).read_to_end(&mut bytes);
    let size = read.map_err(|source| SecretError::Read {
        name,
        path: path.to_owned(),
        source,
    })?;
    match std::str::from_utf8(&bytes) {
        _ if size > LIMIT => Err(SecretError::TooLarge { name, origin }),
        Ok(text) => accept(name, text, origin),
        Err(_) if bytes.starts_with(&LONG_SEQUENCE) => Err(SecretError::Der { name, origin }),
        Err(_) => Err(SecretError::NotText { name, origin }),
    }
}

fn accept(name: &'static str, text: &str, origin: SecretOrigin) -> Result<(SecretString, SecretOrigin), SecretError> {
    let secret = text.trim();
    let is_quoted = |quote| secret.starts_with(quote) && secret.ends_with(quote);
    match secret {
        "" => Err(SecretError::Empty { name, origin }),
        _ if is_quoted('"') || is_quoted('\'') => Err(SecretError::NotAlone {
            name,
            origin,
            what: "it is in quotation marks",
        }),
        _ => Ok((SecretString::from(secret), origin)),
    }
}
