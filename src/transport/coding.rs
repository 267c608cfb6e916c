//! Content codings of responses: gzip and none. Everything else was not asked for and is refused.
//!
//! It decodes as the bytes arrive and in small pieces, so that a response that expands a thousandfold never fills the
//! memory. It counts nothing: the reader of the response has the cap.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::write::GzDecoder;
use reqwest::header::{CONTENT_ENCODING, HeaderMap};

use super::fault::Fault;
use crate::plain;

/// So many compressed bytes are decoded at once; they expand to 4 MiB at most.
const PIECE: usize = 4 * 1024;

/// The first byte of each member.
const MAGIC: u8 = 0x1f;

/// At most so many bytes of an unknown coding are shown.
const LONGEST_SHOWN: usize = 40;

/// How the body of a response is encoded.
pub(super) enum Coding {
    Identity,
    Gzip(Box<Gunzip>),
    /// Not asked for; shortened, without control characters.
    Unknown(String),
}

impl Coding {
    /// The coding that `headers` name.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers.get_all(CONTENT_ENCODING).iter();
        let text: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        let text = text.join(",").to_ascii_lowercase();
        let mut codings = text
            .split(',')
            .map(str::trim)
            .filter(|coding| !matches!(*coding, "" | "identity"));
        match (codings.next(), codings.next()) {
            (None, _) => Self::Identity,
            (Some("gzip" | "x-gzip"), None) => Self::Gzip(Box::default()),
            _ => Self::Unknown(plain::masked(&text, LONGEST_SHOWN)),
        }
    }

    /// Decodes a part of `received` and takes it from there. `last` says that nothing follows what is left of it.
    pub(super) fn decode(&mut self, received: &mut Bytes, last: bool) -> Result<Bytes, Fault> {
        match self {
            Self::Unknown(coding) => Err(Fault::Coding(coding.clone())),
            Self::Identity => Ok(std::mem::take(received)),
            Self::Gzip(gunzip) if received.is_empty() && last => {
                let rest = gunzip.finish()?;
                *self = Self::Identity;
                Ok(rest.into())
            }
            Self::Gzip(gunzip) => {
                let piece = received.split_to(received.len().min(PIECE));
                Ok(gunzip.push(&piece)?.into())
            }
        }
    }
}

/// Decodes gzip: all members, and nothing that is not a member.
pub(super) struct Gunzip {
    member: GzDecoder<Vec<u8>>,
    /// How many members before this one are complete.
    earlier: u64,
    /// Whether nothing of this one was seen.
    is_new: bool,
}

impl Default for Gunzip {
    fn default() -> Self {
        Self {
            member: GzDecoder::new(Vec::new()),
            earlier: 0,
            is_new: true,
        }
    }
}

impl Gunzip {
    /// What `bytes` add to the decoded text.
    fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        while let Some(first) = bytes.first() {
            if self.is_new && *first != MAGIC {
                return Err(Fault::Damaged(match self.earlier {
                    0 => "it is not gzip".to_owned(),
                    _ => "bytes after the gzip data that are not gzip".to_owned(),
                }));
            }
            self.is_new = false;
            let taken = self.member.write(bytes);
            match taken.map_err(|error| damaged(&error))? {
                // The member is complete and takes no more.
                0 => {
                    let decoded = self.end_member()?;
                    self.member = GzDecoder::new(decoded);
                    self.earlier += 1;
                    self.is_new = true;
                }
                taken => bytes = bytes.get(taken..).unwrap_or_default(),
            }
        }
        Ok(std::mem::take(self.member.get_mut()))
    }

    /// The rest of the decoded text, if the last member is complete.
    fn finish(&mut self) -> Result<Vec<u8>, Fault> {
        // Only a complete member takes no further byte.
        match self.member.write(&[0]) {
            Ok(0) => self.end_member(),
            _ => Err(Fault::CutShort),
        }
    }

    /// Checks length and checksum of a complete member.
    fn end_member(&mut self) -> Result<Vec<u8>, Fault> {
        let checked = self.member.try_finish();
        checked.map_err(|error| damaged(&error))?;
        Ok(std::mem::take(self.member.get_mut()))
    }
}

fn damaged(error: &io::Error) -> Fault {
    Fault::Damaged(error.to_string())
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn member(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    /// Decodes `bytes` that arrive in chunks of this size.
    fn decoded(bytes: &[u8], chunk: usize) -> Result<Vec<u8>, Fault> {
        let mut coding = Coding::Gzip(Box::default());
        let mut text = Vec::new();
        for chunk in bytes.chunks(chunk) {
            let mut received = Bytes::copy_from_slice(chunk);
            while !received.is_empty() {
                text.extend(coding.decode(&mut received, false)?);
            }
        }
        text.extend(coding.decode(&mut Bytes::new(), true)?);
        text.extend(coding.decode(&mut Bytes::new(), true)?);
        Ok(text)
    }

    #[test]
    fn all_members_are_read_in_chunks_of_any_size() {
        let long = b"0123456789".repeat(50_000);
        let bytes = [member(b"one,"), member(b""), member(&long), member(b",four")].concat();
        let text = [b"one,", &long[..], b",four"].concat();
        for chunk in [1, 7, 4095, bytes.len()] {
            assert_eq!(decoded(&bytes, chunk).unwrap(), text, "{chunk}");
        }
    }

    #[test]
    fn an_empty_text_is_a_text_and_no_bytes_are_cut_short() {
        assert_eq!(decoded(&member(b""), 5), Ok(Vec::new()));
        assert_eq!(decoded(b"", 5), Err(Fault::CutShort));
    }

    #[test]
    fn data_that_is_cut_anywhere_is_refused() {
        let one = member(b"some text");
        let two = [one.clone(), one.clone()].concat();
        for end in (1..one.len()).chain(one.len() + 1..two.len()) {
            assert_eq!(decoded(&two[..end], 3), Err(Fault::CutShort), "{end}");
        }
    }

    #[test]
    fn bytes_after_the_last_member_are_refused() {
        for rest in [&[0; 512][..], b"plain text", b"\n"] {
            let bytes = [&member(b"some text")[..], rest].concat();
            let fault = decoded(&bytes, 6).unwrap_err();
            assert_eq!(
                fault,
                Fault::Damaged("bytes after the gzip data that are not gzip".to_owned())
            );
        }
        let other = [&member(b"some text")[..], b"\x1f\x8c12345678"].concat();
        assert_eq!(
            decoded(&other, 6),
            Err(Fault::Damaged("invalid gzip header".to_owned()))
        );
    }

    #[test]
    fn a_wrong_checksum_of_any_member_is_refused() {
        for wrong in 0..2 {
            let mut members = [member(b"one"), member(b"two")];
            let crc = members[wrong].len() - 8;
            members[wrong][crc] ^= 1;
            assert!(
                matches!(decoded(&members.concat(), 9), Err(Fault::Damaged(_))),
                "{wrong}"
            );
        }
    }

    #[test]
    fn only_gzip_and_no_coding_are_accepted() {
        let of = |values: &[&'static str]| {
            let values = values.iter().map(|value| (CONTENT_ENCODING, value.parse().unwrap()));
            match Coding::of(&HeaderMap::from_iter(values)) {
                Coding::Identity => "none".to_owned(),
                Coding::Gzip(_) => "gzip".to_owned(),
                Coding::Unknown(coding) => format!("unknown {coding}"),
            }
        };
        for (values, coding) in [
            (&[][..], "none"),
            (&["identity"], "none"),
            (&[""], "none"),
            (&["GZIP"], "gzip"),
            (&["x-gzip, identity"], "gzip"),
            (&["br"], "unknown br"),
            (&["gzip, gzip"], "unknown gzip, gzip"),
            (&["deflate", "gzip"], "unknown deflate,gzip"),
        ] {
            assert_eq!(of(values), coding, "{values:?}");
        }
    }
}
