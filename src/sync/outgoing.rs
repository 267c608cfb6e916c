//! The file of a document that a person uploads: whole under its name or not there, with its checksum beside it.
//!
//! Both follow from what is frozen alone, so after a crash the next process finds what its own run wrote, and writes no
//! second one. The checksum comes first: a person who sees the file can check it.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::outgoing_directory::{check_directory, check_usable};
use super::outgoing_error::OutgoingError;
use crate::license::usage_file::{CHECKSUM_SUFFIX, checksum, checksum_path};
use crate::license::{Digest, UsageFileName, document};
use crate::output_file::{Hashing, OutputFile, is_left_over};
use crate::store::{Frozen, Run, RunId, Store, WrittenFile};

/// Pieces that may wait to be unpacked.
const PIECES_IN_FLIGHT: usize = 2;

/// The file of a document, whether or not it is there.
pub(super) struct Outgoing {
    pub(super) path: PathBuf,
    pub(super) sha256: Digest,
    /// How many bytes it has; nothing where an older version wrote it.
    pub(super) bytes: Option<u64>,
}

impl Outgoing {
    /// As it was noted.
    pub(super) fn of(file: &WrittenFile) -> Self {
        Self {
            path: PathBuf::from(&file.path),
            sha256: file.sha256,
            bytes: file.bytes,
        }
    }

    /// The file of the checksum, and what is in it.
    fn checksum(&self) -> (PathBuf, String) {
        let name = self.path.file_name().map(OsStr::to_string_lossy).unwrap_or_default();
        (checksum_path(&self.path), checksum(self.sha256, &name))
    }

    /// Whether it is there with its checksum.
    ///
    /// # Errors
    /// [`OutgoingError::Occupied`] when one of the two is there and was altered.
    pub(super) fn is_whole(&self) -> Result<bool, OutgoingError> {
        let (beside, text) = self.checksum();
        Ok(is_there(&self.path, self.sha256)? & is_there(&beside, digest(&text))?)
    }
}

/// Where what is frozen of `run` is to be written: into the directory, unless it is already where an earlier process noted
/// that it would write it.
pub(super) async fn place(
    store: &Store,
    run: &Run,
    frozen: &Frozen,
    directory: &Path,
    state_directory: &Path,
) -> Result<Outgoing, OutgoingError> {
    let noted = run.file.as_ref().map(Outgoing::of);
    if let Some(noted) = noted
        && is_there(&noted.path, noted.sha256)?
    {
        return Ok(noted);
    }
    check_directory(directory, state_directory)?;
    let content = unpacked(store, run.id, |mut document| {
        let mut content = Hashing::to(End::default());
        io::copy(&mut document, &mut content)?;
        Ok(content)
    })
    .await?;
    let collected_at = document::collected_at(&content.inner.0).unwrap_or(run.started_at);
    let name = UsageFileName::new(collected_at, &run.hostname, frozen.digest).to_string();
    Ok(Outgoing {
        path: directory.join(&name),
        sha256: Digest(content.sha256()),
        bytes: Some(content.bytes),
    })
}

/// Writes what is frozen of `run` to the file, and its checksum, as far as they are not there.
pub(super) async fn write(store: &Store, run: &Run, outgoing: &Outgoing) -> Result<(), OutgoingError> {
    failpoint!("before-file");
    let Outgoing { path, sha256, .. } = outgoing;
    if let Some(directory) = path.parent() {
        check_usable(directory)?;
        remove_left_overs(directory, &run.hostname);
    }
    let (beside, text) = outgoing.checksum();
    if !is_there(&beside, digest(&text))? {
        let written = OutputFile::create(&beside, false).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.finish()
        });
        written.map_err(|source| OutgoingError::Write { path: beside, source })?;
    }
    failpoint!("after-checksum");
    if !is_there(path, *sha256)? {
        let (place, sha256) = (path.clone(), *sha256);
        let written = unpacked(store, run.id, move |mut document| {
            let written = OutputFile::create(&place, false).and_then(|file| {
                let mut file = Hashing::to(file);
                io::copy(&mut document, &mut file)?;
                match Digest(file.sha256()) == sha256 {
                    true => file.inner.finish(),
                    false => Err(io::Error::other("it is not what was frozen")),
                }
            });
            Ok(written)
        })
        .await?;
        written.map_err(|source| OutgoingError::Write {
            path: path.clone(),
            source,
        })?;
    }
    failpoint!("after-file");
    Ok(())
}

fn digest(text: &str) -> Digest {
    Digest(Sha256::digest(text).into())
}

/// Whether the file is there with this content.
fn is_there(path: &Path, sha256: Digest) -> Result<bool, OutgoingError> {
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK)
        .open(path);
    let is_same = |mut file: File| {
        let mut content = Hashing::to(io::sink());
        let is_file = file.metadata()?.is_file();
        if !is_file {
            return Ok(false);
        }
        io::copy(&mut file, &mut content)?;
        Ok(Digest(content.sha256()) == sha256)
    };
    match opened.and_then(is_same) {
        Ok(true) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        // `O_NOFOLLOW` says so of a symbolic link.
        Err(error) if error.raw_os_error() != Some(libc::ELOOP) => Err(OutgoingError::Look {
            path: path.to_owned(),
            source: error,
        }),
        Ok(false) | Err(_) => Err(OutgoingError::Occupied { path: path.to_owned() }),
    }
}

/// Removes what a process left that died while it wrote a file of this server, where the file system has no files without
/// a name. Nobody else writes them: this one has the state directory.
fn remove_left_overs(directory: &Path, hostname: &str) {
    let ours = |name: &str| {
        let name = name.strip_suffix(CHECKSUM_SUFFIX).unwrap_or(name);
        UsageFileName::parse(name).is_some_and(|name| name.is_of_server(hostname))
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_left_over(&entry.file_name(), ours)) {
        // What cannot be removed is in nobody's way.
        let _gone = fs::remove_file(entry.path());
    }
}

/// Hands the frozen document, unpacked, to `work` on another thread.
async fn unpacked<T: Send + 'static>(
    store: &Store,
    run: RunId,
    work: impl FnOnce(GzDecoder<PieceReader>) -> io::Result<T> + Send + 'static,
) -> Result<T, OutgoingError> {
    let (sender, receiver) = mpsc::channel(PIECES_IN_FLIGHT);
    let pieces = PieceReader {
        receiver,
        piece: Vec::new(),
        read: 0,
    };
    let working = tokio::task::spawn_blocking(move || work(GzDecoder::new(pieces)));
    let mut seq = 0;
    while let Some(piece) = store.piece(run, seq).await? {
        if sender.send(piece).await.is_err() {
            break;
        }
        seq += 1;
    }
    drop(sender);
    let result = working.await.map_err(io::Error::other).and_then(|result| result);
    result.map_err(OutgoingError::Unpack)
}

/// The pieces of a payload, as they come from the store's task.
struct PieceReader {
    receiver: mpsc::Receiver<Vec<u8>>,
    piece: Vec<u8>,
    read: usize,
}

impl Read for PieceReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            match self.receiver.blocking_recv() {
                Some(piece) => (self.piece, self.read) = (piece, 0),
                None => return Ok(0),
            }
        }
        let count = buffer.len().min(self.piece.len() - self.read);
        buffer[..count].copy_from_slice(&self.piece[self.read..self.read + count]);
        self.read += count;
        Ok(count)
    }
}

/// How what is written ends; the rest is not kept.
#[derive(Default)]
pub(super) struct End(pub(super) Vec<u8>);

impl End {
    /// As much as says when a document was collected.
    const LENGTH: usize = 64;
}

impl Write for End {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .extend_from_slice(&bytes[bytes.len().saturating_sub(Self::LENGTH)..]);
        self.0.drain(..self.0.len().saturating_sub(Self::LENGTH));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_and_the_digest_are_kept_however_the_bytes_come() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for at_once in [1, 63, 64, 65, 256] {
            let mut content = Hashing::to(End::default());
            for part in bytes.chunks(at_once) {
                content.write_all(part).unwrap();
            }
            assert_eq!(content.inner.0, bytes[256 - 64..]);
            assert_eq!((content.bytes, content.sha256()), (256, Sha256::digest(&bytes).into()));
        }
    }

    #[test]
    fn a_file_with_another_content_and_what_is_no_file_are_not_taken_for_ours() {
        let directory = tempfile::tempdir().unwrap();
        let sha256 = Digest(Sha256::digest("document").into());
        let path = directory.path().join("document.json");
        assert!(!is_there(&path, sha256).unwrap());
        fs::write(&path, "document").unwrap();
        assert!(is_there(&path, sha256).unwrap());
        let link = directory.path().join("link.json");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(is_there(&link, sha256), Err(OutgoingError::Occupied { .. })));
        fs::write(&path, "another").unwrap();
        assert!(matches!(is_there(&path, sha256), Err(OutgoingError::Occupied { .. })));
        assert!(matches!(
            is_there(directory.path(), sha256),
            Err(OutgoingError::Occupied { .. })
        ));
    }

    #[test]
    fn a_file_that_cannot_be_read_is_not_taken_for_another_one() {
        let directory = tempfile::tempdir().unwrap();
        let sha256 = Digest(Sha256::digest("document").into());
        let long = directory.path().join("a".repeat(300));
        assert!(matches!(is_there(&long, sha256), Err(OutgoingError::Look { .. })));
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(!is_there(&file.join("document.json"), sha256).unwrap());
    }

    #[test]
    fn what_a_dead_process_left_of_this_server_is_removed_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let name = |host: &str| UsageFileName::new(chrono::DateTime::UNIX_EPOCH, host, Digest([0; 32])).to_string();
        let (ours, theirs) = (name("ghes.example.com"), name("other.example.com"));
        let gone = [format!(".{ours}.77.part"), format!(".{ours}.sha256.78.part")];
        let stays = [
            ours.clone(),
            format!(".{theirs}.77.part"),
            format!(".{ours}.part"),
            "notes.part".to_owned(),
        ];
        for file in gone.iter().chain(&stays) {
            fs::write(directory.path().join(file), "").unwrap();
        }
        remove_left_overs(directory.path(), "ghes.example.com");
        let exists = |file: &String| directory.path().join(file).exists();
        assert!(!gone.iter().any(exists) && stays.iter().all(exists));
    }
}
