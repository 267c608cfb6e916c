//! Reads a document that was made earlier and is kept as a file, if the file is whole, unaltered and new enough.
//!
//! The file is read once. All that is done with it later follows from what was read then, so later changes of the file
//! do not matter. It knows nothing of the server and the account that the document is sent for.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::usage_file_error::UsageFileError;
use crate::license::document::read::{self, DocumentDefect, ReadDocument, Reading};
use crate::license::usage_file::{UsageFileName, checksum_of, checksum_path};
use crate::license::{Digest, ExportReader, ReportAge};

/// The largest document, in bytes: 10 000 000 users and more.
const LIMIT: u64 = 2 << 30;

/// What is read of it at a time.
const PIECE: usize = 64 * 1024;

/// Of a file with checksums no more is read.
const CHECKSUM_LIMIT: u64 = 64 * 1024;

/// The clocks of this host and of the one that made the document may differ by this.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(5);

/// A file as a person names it.
#[derive(Debug, Clone)]
pub struct UsageFile {
    pub path: PathBuf,
    /// Its SHA-256, if the person gives it; else it is in the file beside it.
    pub sha256: Option<Digest>,
    /// How old its document may be.
    pub max_age: Duration,
}

/// What is in it.
pub struct KeptDocument {
    pub document: ReadDocument,
    pub digest: Digest,
    /// How old it is now.
    pub age: ReportAge,
}

impl UsageFile {
    /// Reads and verifies it, as of `now`.
    ///
    /// # Errors
    /// [`UsageFileError`]; nothing of a file that is not as it has to be is handed out.
    pub fn read(&self, now: DateTime<Utc>) -> Result<KeptDocument, UsageFileError> {
        let document = self.read_unaltered()?;
        let digest = document.document().digest();
        match UsageFileName::parse(&name(&self.path)) {
            Some(name) if !name.is_of(digest) => Err(UsageFileError::Misnamed {
                path: self.path.clone(),
                digest,
            }),
            _ => Ok(KeptDocument {
                age: self.age(document.collected_at, now)?,
                document,
                digest,
            }),
        }
    }

    /// The document, if the bytes of the file are those that were written.
    fn read_unaltered(&self) -> Result<ReadDocument, UsageFileError> {
        let path = || self.path.clone();
        let unread = |source| UsageFileError::Unread { path: path(), source };
        let defective = |source| UsageFileError::Defective { path: path(), source };
        let opened = match self.path == Path::new("-") {
            true => Err(NotOpened::NotRegular),
            false => open(&self.path),
        };
        let file = opened.map_err(|error| error.about(&self.path))?;
        if file.metadata().map_err(unread)?.len() > LIMIT {
            return Err(defective(DocumentDefect::TooLarge { limit: LIMIT }));
        }
        let expected = match self.sha256 {
            Some(sha256) => Ok(sha256),
            None => beside(&self.path),
        };
        let expected = match expected {
            // The server writes no checksum.
            Err(UsageFileError::NoChecksum { .. }) if is_exported(&self.path) => {
                return Err(UsageFileError::Exported { path: path() });
            }
            expected => expected?,
        };
        let Reading { content, document, .. } = read::read(file, LIMIT).map_err(unread)?;
        match document {
            Err(source @ DocumentDefect::TooLarge { .. }) => Err(defective(source)),
            // Whatever else is wrong with an altered file does not matter.
            _ if content != expected => Err(UsageFileError::Altered {
                path: path(),
                found: content,
                expected,
            }),
            Err(_) if is_exported(&self.path) => Err(UsageFileError::Exported { path: path() }),
            document => document.map_err(defective),
        }
    }

    fn age(&self, collected_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<ReportAge, UsageFileError> {
        let path = self.path.clone();
        let age = now - collected_at;
        if age < -CLOCKS_APART {
            return Err(UsageFileError::Future { path, collected_at });
        }
        let age = age.to_std().unwrap_or_default();
        if age > self.max_age {
            return Err(UsageFileError::TooOld {
                path,
                age,
                limit: self.max_age,
            });
        }
        Ok(ReportAge {
            made_at: collected_at,
            age_seconds: age.as_secs(),
        })
    }
}

/// Why a file was not opened.
enum NotOpened {
    Failed(io::Error),
    NotRegular,
}

impl NotOpened {
    fn about(self, path: &Path) -> UsageFileError {
        let path = path.to_owned();
        match self {
            Self::Failed(source) => UsageFileError::Unread { path, source },
            Self::NotRegular => UsageFileError::NotRegular { path },
        }
    }
}

/// Opens a regular file. Anything else could keep the command waiting, also while it is opened.
fn open(path: &Path) -> Result<File, NotOpened> {
    let mut options = File::options();
    let opened = options.read(true).custom_flags(libc::O_NONBLOCK).open(path);
    let file = opened.map_err(NotOpened::Failed)?;
    match file.metadata().map_err(NotOpened::Failed)?.is_file() {
        true => Ok(file),
        false => Err(NotOpened::NotRegular),
    }
}

/// The SHA-256 that is kept beside the file.
fn beside(path: &Path) -> Result<Digest, UsageFileError> {
    let name = name(path);
    let checksum = checksum_path(path);
    let file = match open(&checksum) {
        Err(NotOpened::Failed(error)) if error.kind() == ErrorKind::NotFound => {
            let path = path.to_owned();
            return Err(match path.extension() {
                Some(extension) if extension == "sha256" => UsageFileError::IsChecksum {
                    document: path.with_extension(""),
                    path,
                },
                _ => UsageFileError::NoChecksum { path, checksum },
            });
        }
        opened => opened.map_err(|error| error.about(&checksum))?,
    };
    let mut content = Vec::new();
    let read = file.take(CHECKSUM_LIMIT).read_to_end(&mut content);
    if let Err(source) = read {
        return Err(UsageFileError::Unread { path: checksum, source });
    }
    checksum_of(&String::from_utf8_lossy(&content), &name).ok_or(UsageFileError::NotAChecksum { checksum, name })
}

/// Whether it is a license usage file that the enterprise server exported. It is read once more, for the message alone.
fn is_exported(path: &Path) -> bool {
    let Ok(mut file) = open(path) else { return false };
    let (mut reader, mut piece) = (ExportReader::default(), vec![0; PIECE]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return reader.finish().is_ok(),
            Ok(read) if reader.push(&piece[..read]).is_ok() => {}
            _ => return false,
        }
    }
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
