//! Finds and reads a secret: in a systemd credential, else in the file that the settings name, else in the environment.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use super::credential::Credential;
use super::error::SecretError;
use super::secret_origin::SecretOrigin;
use crate::settings::files::{self, unix_users};
use crate::settings::load::environment::Environment;

/// No key or token is longer than this, in bytes.
const LIMIT: usize = 64 * 1024;

/// What a key of RSA begins with in DER.
const LONG_SEQUENCE: [u8; 2] = [0x30, 0x82];

impl Credential {
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
