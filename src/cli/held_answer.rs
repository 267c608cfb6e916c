//! An answer for standard output, held until it is whole.
//!
//! A reader of standard output acts on a line before the exit code is known, and half a CSV is a valid CSV. So the answer is
//! complete or missing. It names users, so it is held in memory and never in a file. It is compressed there: a row of about
//! 500 bytes takes about 50.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

/// An answer that grows.
pub(super) struct HeldAnswer(DeflateEncoder<Vec<u8>>);

/// An answer that is complete.
pub(super) struct WholeAnswer(Vec<u8>);

impl HeldAnswer {
    pub(super) fn new() -> Self {
        // The packing must not take longer than the cloud takes for a page.
        Self(DeflateEncoder::new(Vec::new(), Compression::fast()))
    }

    pub(super) fn finish(self) -> io::Result<WholeAnswer> {
        self.0.finish().map(WholeAnswer)
    }
}

impl WholeAnswer {
    /// The text, unpacked while it is read.
    pub(super) fn text(&self) -> impl Read {
        DeflateDecoder::new(self.0.as_slice())
    }
}

impl Write for HeldAnswer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    /// Nobody reads it before it is whole, and a packer that is flushed packs badly.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_the_same_when_it_is_printed_and_small_while_it_is_held() {
        let rows: String = (0..10_000_u32)
            .map(|number| {
                let name = number.wrapping_mul(2_654_435_761);
                format!("merged,enterprise,{name:08x},ghes.example.com:{number},{name:08x}@corp.example.com,Member\n")
            })
            .collect();
        let mut held = HeldAnswer::new();
        for row in rows.split_inclusive('\n') {
            held.write_all(row.as_bytes()).unwrap();
            held.flush().unwrap();
        }
        let (whole, mut printed) = (held.finish().unwrap(), String::new());
        whole.text().read_to_string(&mut printed).unwrap();
        assert!(printed == rows);
        assert!(
            whole.0.len() < rows.len() / 3,
            "{} of {} bytes",
            whole.0.len(),
            rows.len()
        );
    }
}
