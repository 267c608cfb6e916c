//! Where the key of the fingerprints comes from: a systemd credential, else a file that the program creates.
//!
//! Neither is in the state directory, so a copy of that directory does not allow to look for users in it. Without a key a sync
//! still works: the guard compares counts. So nothing here ends a run.

use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use crate::explain::Explain as _;
use crate::license::SECRET_SIZE;
use crate::settings::files::{self, PathError};
use crate::settings::load::environment::Environment;
use crate::settings::secret::read::{from_file, from_systemd};
use crate::settings::secret::{SecretError, SecretOrigin};

/// The name of the systemd credential.
const NAME: &str = "fingerprint-key";

/// The key as it was given or created.
pub type FingerprintSecret = SecretBox<[u8; SECRET_SIZE]>;

/// Where the key may be found.
#[derive(Debug, Clone)]
pub struct FingerprintKeySource {
    /// The file in which it is when there is no systemd credential.
    pub file: PathBuf,
}

/// Why the key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FingerprintKeyError {
    #[error(transparent)]
    Unreadable(#[from] SecretError),
    #[error("the credential `{NAME}` in {origin} is not {SECRET_SIZE} bytes in base64")]
    Malformed { origin: SecretOrigin },
    #[error("the file of the fingerprint key {} cannot be created", path.display())]
    NotCreated { path: PathBuf, source: io::Error },
}

impl FingerprintKeyError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable(SecretError::Exposed { path, .. }) => anew(path),
            Self::Malformed { origin }
            | Self::Unreadable(
                SecretError::Empty { origin, .. }
                | SecretError::NotText { origin, .. }
                | SecretError::Der { origin, .. }
                | SecretError::TooLarge { origin, .. },
            ) => match origin {
                SecretOrigin::File(path) => anew(path),
                _ => format!("write the output of `openssl rand -base64 {SECRET_SIZE}` into it"),
            },
            Self::Unreadable(error) => return error.help(),
            Self::NotCreated { path, .. } => format!(
                "make the directory of {} writable for the user that runs this program, and for nobody else, name another \
                 file in `state.fingerprint-key-file`, or give the systemd credential `{NAME}`",
                path.display()
            ),
        })
    }
}

/// Nobody issues this key, and nothing is lost with it but one comparison.
fn anew(path: &Path) -> String {
    format!("delete {}; the next sync creates a new key", path.display())
}

impl FingerprintKeySource {
    /// Finds and reads the key; nothing when there is none yet.
    ///
    /// # Errors
    /// [`FingerprintKeyError`] when there is one and it cannot be used.
    pub fn read(
        &self,
        environment: &Environment,
    ) -> Result<Option<(FingerprintSecret, SecretOrigin)>, FingerprintKeyError> {
        let (text, origin) = match from_systemd(NAME, environment)? {
            Some(found) => found,
            None => match from_file(NAME, &self.file) {
                Err(SecretError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Ok(None),
                found => found?,
            },
        };
        match decode(&text) {
            Some(key) => Ok(Some((key, origin))),
            None => Err(FingerprintKeyError::Malformed { origin }),
        }
    }

    /// Finds and reads the key, which is created in the file when there is none yet.
    ///
    /// # Errors
    /// [`FingerprintKeyError`] when it can neither be read nor created.
    pub fn read_or_create(&self, environment: &Environment) -> Result<FingerprintSecret, FingerprintKeyError> {
        if let Some((key, _)) = self.read(environment)? {
            return Ok(key);
        }
        create(&self.file).map_err(|source| self.not_created(source))
    }

    /// Finds out whether the key could be created, and creates nothing.
    ///
    /// # Errors
    /// [`FingerprintKeyError::NotCreated`] when it could not.
    pub fn check_creation(&self) -> Result<(), FingerprintKeyError> {
        let needed = Access::WRITE_OK | Access::EXEC_OK;
        place(&self.file)
            .and_then(|(_, there)| Ok(accessat(CWD, there, needed, AtFlags::EACCESS)?))
            .map_err(|source| self.not_created(source))
    }

    fn not_created(&self, source: io::Error) -> FingerprintKeyError {
        FingerprintKeyError::NotCreated {
            path: self.file.clone(),
            source,
        }
    }
}

/// Whether `file` is in `directory` or below it, by whatever links their paths lead there.
pub(in crate::settings) fn lies_within(file: &Path, directory: &Path) -> bool {
    resolved(file).starts_with(resolved(directory))
}

/// The path without links, as far as it exists.
pub(in crate::settings) fn resolved(path: &Path) -> PathBuf {
    let real = |path: &Path| path.canonicalize().ok();
    let existing = path.ancestors().find_map(|ancestor| Some((ancestor, real(ancestor)?)));
    let Some((ancestor, mut resolved)) = existing else {
        return path.to_owned();
    };
    for component in path.strip_prefix(ancestor).unwrap_or(path).components() {
        match component {
            Component::Normal(name) => resolved.push(name),
            Component::ParentDir => _ = resolved.pop(),
            _ => {}
        }
    }
    resolved
}

fn decode(text: &SecretString) -> Option<FingerprintSecret> {
    let bytes = Zeroizing::new(BASE64.decode(text.expose_secret()).ok()?);
    Some(SecretBox::new(Box::new(bytes.as_slice().try_into().ok()?)))
}

/// A key from the random numbers of the operating system.
fn draw() -> io::Result<FingerprintSecret> {
    let mut key = Box::new([0; SECRET_SIZE]);
    aws_lc_rs::rand::fill(key.as_mut_slice()).map_err(io::Error::other)?;
    Ok(SecretBox::new(key))
}

/// Where the key would be created: the directory, and what is there of it. Root creates nothing where another user decides
/// where that is, and nobody creates a key that would be refused when it is read.
fn place(path: &Path) -> io::Result<(&Path, PathBuf)> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    match files::check_directory(directory) {
        Ok(there) => Ok((directory, there)),
        Err(PathError::Broken { source, .. }) => Err(source),
        Err(error) => Err(io::Error::other(error)),
    }
}

fn create(path: &Path) -> io::Result<FingerprintSecret> {
    let (directory, _) = place(path)?;
    let key = draw()?;
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let text = Zeroizing::new(BASE64.encode(key.expose_secret()) + "\n");
    files::replace(path, 0o600, text.as_bytes())?;
    File::open(directory)?.sync_all()?;
    Ok(key)
}
