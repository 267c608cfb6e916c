//! Bytes that are kept in the state directory while they are checked. The file has no name, so that a process that
//! is killed leaves none of them behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

/// What a file is called, without anything in it, where the file system has none without a name.
const NAMED: &str = "spool";

/// Written once, then read as often as it takes.
#[derive(Debug)]
pub struct Spool {
    file: File,
    size: u64,
}

impl Spool {
    /// An empty one in `directory`.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn create(directory: &Path) -> io::Result<Self> {
        let file = nameless(directory).or_else(|_| named(directory))?;
        Ok(Self { file, size: 0 })
    }

    /// How many bytes were written.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Reads from the beginning; several may read at once.
    pub fn reader(&self) -> impl Read + '_ {
        SpoolReader { spool: self, at: 0 }
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

struct SpoolReader<'a> {
    spool: &'a Spool,
    at: u64,
}

impl Read for SpoolReader<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.spool.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Not every file system has files without a name.
fn nameless(directory: &Path) -> io::Result<File> {
    options().custom_flags(libc::O_TMPFILE).open(directory)
}

/// The name is taken away before there is anything in it. One that a killed process left is taken away as well.
fn named(directory: &Path) -> io::Result<File> {
    let path = directory.join(format!("{NAMED}.{}", std::process::id()));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let file = options().create_new(true).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_has_no_name() {
        let directory = tempfile::tempdir().unwrap();
        for file in [nameless(directory.path()).unwrap(), named(directory.path()).unwrap()] {
            let mut spool = Spool { file, size: 0 };
            spool.write_all(b"license ").unwrap();
            spool.write_all(b"usage").unwrap();
            assert_eq!(spool.size(), 13);
            for _ in 0..2 {
                let mut read = String::new();
                spool.reader().read_to_string(&mut read).unwrap();
                assert_eq!(read, "license usage");
            }
            assert_eq!(directory.path().read_dir().unwrap().count(), 0);
        }
    }
}
