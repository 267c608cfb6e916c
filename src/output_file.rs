//! A file that an answer is written to: readable by its owner alone, never in place of another one unless that is wanted,
//! and there only once it is whole. Until then it has no name where the file system allows that, so that a process that is
//! killed leaves nobody's address behind.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, linkat};
use sha2::{Digest as _, Sha256};

/// Where a file without a name is found.
const OPEN_FILES: &str = "/proc/self/fd";

/// What is written, counted and digested on its way to another writer.
pub struct Hashing<W> {
    pub inner: W,
    pub bytes: u64,
    hasher: Sha256,
}

impl<W> Hashing<W> {
    /// Nothing was written yet.
    pub fn to(inner: W) -> Self {
        Self {
            inner,
            bytes: 0,
            hasher: Sha256::new(),
        }
    }

    /// The SHA-256 of what was written until now.
    pub fn sha256(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file that is being written; dropped before [`finish`](Self::finish), it is gone.
pub struct OutputFile {
    file: BufWriter<File>,
    /// Where it is while it is written, if it has a name.
    written: Option<PathBuf>,
    /// Where it is to be.
    wanted: PathBuf,
    force: bool,
}

impl OutputFile {
    /// Begins a file; another one of this name is replaced at the end, with `force` only.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] without `force`, and whatever else keeps it from being made.
    pub fn create(wanted: &Path, force: bool) -> io::Result<Self> {
        match fs::symlink_metadata(wanted) {
            Ok(_) if !force => return Err(io::ErrorKind::AlreadyExists.into()),
            Ok(it) if !it.is_file() => return Err(io::Error::other("it is no regular file")),
            _ => {}
        }
        let (file, written) = match nameless(wanted) {
            Some(file) => (file, None),
            None => {
                let written = beside(wanted)?;
                (options().create_new(true).open(&written)?, Some(written))
            }
        };
        Ok(Self {
            file: BufWriter::new(file),
            written,
            wanted: wanted.to_owned(),
            force,
        })
    }

    /// Brings it to the disk and to its place, and its name to the disk as well.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] when another one came meanwhile and is not to be replaced, and whatever else keeps
    /// it from being written.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        self.put_in_place()?;
        File::open(directory_of(&self.wanted))?.sync_all()
    }

    fn put_in_place(&mut self) -> io::Result<()> {
        if self.written.is_none() && !self.force {
            return self.name(&self.wanted);
        }
        let written = match self.written.take() {
            Some(written) => written,
            // Only a name can take the place of another one.
            None => beside(&self.wanted).and_then(|written| self.name(&written).map(|()| written))?,
        };
        let written = self.written.insert(written);
        // A link takes the place of no file that came meanwhile; the other name goes when this is dropped.
        match self.force {
            true => fs::rename(written, &self.wanted),
            false => fs::hard_link(written, &self.wanted),
        }
    }

    /// Gives it a name that no other file has.
    fn name(&self, path: &Path) -> io::Result<()> {
        let open = format!("{OPEN_FILES}/{}", self.file.get_ref().as_raw_fd());
        Ok(linkat(CWD, open, CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

/// A file without a name in the directory of the wanted one. Not every file system has such files.
fn nameless(wanted: &Path) -> Option<File> {
    let file = options().custom_flags(libc::O_TMPFILE).open(directory_of(wanted));
    file.ok().filter(|_| Path::new(OPEN_FILES).exists())
}

/// The directory in which a file is to be.
fn directory_of(wanted: &Path) -> &Path {
    let directory = wanted.parent().filter(|directory| !directory.as_os_str().is_empty());
    directory.unwrap_or(Path::new("."))
}

/// A name in the same directory.
fn beside(wanted: &Path) -> io::Result<PathBuf> {
    let name = wanted.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let name = format!(".{}.{}.part", name.to_string_lossy(), std::process::id());
    Ok(wanted.with_file_name(name))
}

/// Whether a process that died can have left this file while it wrote one whose name is `ours`.
pub fn is_left_over(name: &OsStr, ours: impl Fn(&str) -> bool) -> bool {
    let wanted = || {
        let (wanted, process) = name
            .to_str()?
            .strip_prefix('.')?
            .strip_suffix(".part")?
            .rsplit_once('.')?;
        process.parse::<u32>().ok().map(|_| wanted)
    };
    wanted().is_some_and(ours)
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        // After a rename there is nothing left under this name.
        let _gone = self.written.as_ref().map(fs::remove_file);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_of_its_owner_alone_and_replaces_another_one_only_when_that_is_wanted() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.csv");
        let write = |text: &str, force| {
            let mut file = OutputFile::create(&path, force)?;
            file.write_all(text.as_bytes())?;
            file.finish()
        };
        write("one", false).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = write("two", false).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "one");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write("three", true).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_was_not_finished_is_gone_and_the_old_one_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.csv");
        drop(OutputFile::create(&path, false).unwrap());
        assert!(!path.exists());
        fs::write(&path, "old").unwrap();
        let mut half = OutputFile::create(&path, true).unwrap();
        half.write_all(b"new").unwrap();
        drop(half);
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_came_meanwhile_is_neither_replaced_nor_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.csv");
        let late = OutputFile::create(&path, false).unwrap();
        assert_eq!(directory.path().read_dir().unwrap().count(), 0, "it has no name yet");
        fs::write(&path, "another one's").unwrap();
        assert_eq!(late.finish().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&path).unwrap(), "another one's");
        assert_eq!(directory.path().read_dir().unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_written_under_a_name_where_the_file_system_has_none_without() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("report.csv");
        for force in [false, true] {
            let written = beside(&path).unwrap();
            let file = options().create_new(true).open(&written).unwrap();
            let mut named = OutputFile {
                file: BufWriter::new(file),
                written: Some(written),
                wanted: path.clone(),
                force,
            };
            named.write_all(b"whole").unwrap();
            named.finish().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
            assert_eq!(directory.path().read_dir().unwrap().count(), 1);
        }
    }

    #[test]
    fn what_is_no_regular_file_is_not_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let link = directory.path().join("report.csv");
        std::os::unix::fs::symlink("/dev/null", &link).unwrap();
        assert!(OutputFile::create(&link, true).is_err());
        assert!(link.is_symlink());
    }
}
