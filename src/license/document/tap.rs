//! What is read of a document on its way to the parser: digested, counted, and ended when it takes too much.

use std::io::{self, Read};

use sha2::{Digest as _, Sha256};

use super::defect::{DocumentDefect, LONGEST_VALUE};
use crate::license::Digest;

/// Digests and counts what is read through it, and ends what takes too much.
pub(super) struct Tap<R> {
    reader: R,
    hasher: Sha256,
    pub(super) size: u64,
    limit: u64,
    /// Bytes since the last quotation mark that ends or begins a value; nothing when values are no longer inspected.
    value: Option<usize>,
    /// Whether the last byte escapes the next one.
    escapes: bool,
    /// Why reading ended, if it did not end by itself.
    pub(super) stopped: Option<DocumentDefect>,
}

impl<R: Read> Tap<R> {
    pub(super) fn of(reader: R, limit: u64) -> Self {
        Self {
            reader,
            hasher: Sha256::new(),
            size: 0,
            limit,
            value: Some(0),
            escapes: false,
            stopped: None,
        }
    }

    /// Reads what is left.
    pub(super) fn drain(&mut self) -> io::Result<()> {
        self.value = None;
        match io::copy(self, &mut io::sink()) {
            Err(error) if self.stopped.is_none() => Err(error),
            _ => Ok(()),
        }
    }

    /// SHA-256 of all that was read.
    pub(super) fn content(self) -> Digest {
        Digest(self.hasher.finalize().into())
    }

    fn is_value_too_long(&mut self, bytes: &[u8]) -> bool {
        let Some(mut value) = self.value else {
            return false;
        };
        for byte in bytes {
            value = match byte {
                b'"' if !self.escapes => 0,
                _ => value + 1,
            };
            self.escapes = *byte == b'\\' && !self.escapes;
            if value > LONGEST_VALUE {
                return true;
            }
        }
        self.value = Some(value);
        false
    }
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let size = self.reader.read(buffer)?;
        let bytes = &buffer[..size];
        self.hasher.update(bytes);
        self.size += size as u64;
        let stopped = match self.is_value_too_long(bytes) {
            _ if self.size > self.limit => Some(DocumentDefect::TooLarge { limit: self.limit }),
            true => Some(DocumentDefect::LongValue),
            false => return Ok(size),
        };
        self.stopped = stopped;
        Err(io::ErrorKind::FileTooLarge.into())
    }
}
