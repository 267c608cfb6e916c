//! Where the key of the fingerprints comes from: a systemd credential, else a file that the program creates.
//!
//! Neither is in the state directory, so whoever copies that directory cannot look for users in it. Without a key a sync
//! still works: the guard compares counts. So nothing here ends a run.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use uuid::Uuid;

use super::environment::Environment;
use super::secret::{Origin, SecretError, from_file, from_systemd};
use crate::explain::Explain as _;

/// The name of the systemd credential.
const NAME: &str = "fingerprint-key";

/// How many random bytes the key has.
const SIZE: usize = 32;

/// The key as it was given or created.
pub type FingerprintSecret = SecretBox<[u8; SIZE]>;

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
    #[error("the credential `{NAME}` in {origin} is not {SIZE} bytes in hex or base64")]
    Malformed { origin: Origin },
    #[error("the file of the fingerprint key {} could not be created", path.display())]
    NotCreated { path: PathBuf, source: io::Error },
}

impl FingerprintKeyError {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unreadable(error) => error.help(),
            Self::Malformed { origin } => Some(match origin {
                Origin::File(path) => format!("delete {}; the next sync creates a new key", path.display()),
                _ => format!("write the output of `openssl rand -hex {SIZE}` into it"),
            }),
            Self::NotCreated { path, .. } => Some(format!(
                "make the directory of {} writable for the user that runs this program, name another file in \
                 `state.fingerprint-key-file`, or give the systemd credential `{NAME}`",
                path.display()
            )),
        }
    }
}

impl FingerprintKeySource {
    /// Finds and reads the key; nothing when there is none yet.
    ///
    /// # Errors
    /// [`FingerprintKeyError`] when there is one and it cannot be used.
    pub fn read(&self, environment: &Environment) -> Result<Option<(FingerprintSecret, Origin)>, FingerprintKeyError> {
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
        let created = draw().and_then(|key| create(&self.file, &key).map(|()| key));
        created.map_err(|source| FingerprintKeyError::NotCreated {
            path: self.file.clone(),
            source,
        })
    }
}

/// Whether `file` is in `directory` or below it, by whatever links their paths lead there.
pub(super) fn lies_within(file: &Path, directory: &Path) -> bool {
    resolved(file).starts_with(resolved(directory))
}

/// The path without links, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
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
    let text = text.expose_secret();
    let bytes = Zeroizing::new(match text.len() {
        length if length == 2 * SIZE => from_hex(text)?,
        _ => BASE64.decode(text).ok()?,
    });
    Some(SecretBox::new(Box::new(bytes.as_slice().try_into().ok()?)))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

fn to_hex(key: &FingerprintSecret) -> Zeroizing<String> {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let digits = key
        .expose_secret()
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]);
    Zeroizing::new(digits.chain(['\n']).collect())
}

/// A key from the random numbers of the operating system.
fn draw() -> io::Result<FingerprintSecret> {
    let mut key = Box::new([0; SIZE]);
    aws_lc_rs::rand::fill(key.as_mut_slice()).map_err(io::Error::other)?;
    Ok(SecretBox::new(key))
}

/// Writes the key under a name that nobody else has, and gives it its own when it is whole and on the disk.
fn create(path: &Path, key: &FingerprintSecret) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}.new", Uuid::now_v7().simple()));
    let draft = PathBuf::from(draft);
    let written = write(&draft, key).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _not_there_or_not_removable = fs::remove_file(&draft);
    }
    written.and_then(|()| File::open(directory)?.sync_all())
}

fn write(draft: &Path, key: &FingerprintSecret) -> io::Result<()> {
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(draft)?;
    file.write_all(to_hex(key).as_bytes())?;
    file.sync_all()
}
