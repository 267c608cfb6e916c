//! The digest that identifies an upload: SHA-256 of the document's bytes without the member `collected_at`.

use sha2::{Digest as _, Sha256};

use crate::license::Digest;

const MEMBER: &[u8] = br#","collected_at":""#;

/// Takes the document's bytes in any pieces and hashes them with `,"collected_at":"…"` cut out once.
#[derive(Default)]
pub(super) struct UsageDigest {
    hasher: Sha256,
    place: DigestState,
}

/// Where in the document the next byte is.
#[derive(Default, Clone, Copy)]
enum DigestState {
    /// Before the member; so many of its bytes have just been seen.
    Before(usize),
    Value,
    After,
    #[default]
    Start,
}

impl UsageDigest {
    /// Hashes the next bytes.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(byte) = rest.first().copied() {
            rest = match self.place {
                DigestState::After => {
                    self.hasher.update(rest);
                    return;
                }
                DigestState::Start => {
                    self.place = DigestState::Before(0);
                    rest
                }
                DigestState::Before(seen) => self.search(seen, byte, rest),
                DigestState::Value => {
                    if byte == b'"' {
                        self.place = DigestState::After;
                    }
                    &rest[1..]
                }
            };
        }
    }

    fn search<'a>(&mut self, seen: usize, byte: u8, rest: &'a [u8]) -> &'a [u8] {
        if byte == MEMBER[seen] {
            self.place = if seen + 1 == MEMBER.len() {
                DigestState::Value
            } else {
                DigestState::Before(seen + 1)
            };
            return &rest[1..];
        }
        self.hasher.update(&MEMBER[..seen]);
        self.place = DigestState::Before(0);
        if seen > 0 {
            return rest;
        }
        let plain = rest.iter().position(|byte| *byte == MEMBER[0]).unwrap_or(rest.len());
        self.hasher.update(&rest[..plain]);
        &rest[plain..]
    }

    /// The digest of all that was taken.
    pub(super) fn finish(mut self) -> Digest {
        if let DigestState::Before(seen) = self.place {
            self.hasher.update(&MEMBER[..seen]);
        }
        Digest(self.hasher.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(pieces: &[&str]) -> Digest {
        let mut digest = UsageDigest::default();
        for piece in pieces {
            digest.update(piece.as_bytes());
        }
        digest.finish()
    }

    fn sha256(text: &str) -> Digest {
        Digest(Sha256::digest(text).into())
    }

    #[test]
    fn the_time_is_cut_out_wherever_the_pieces_end() {
        let document = r#"{"schema":",","users":[],"collected_at":"2026-11-02T03:04:05Z"}"#;
        let expected = sha256(r#"{"schema":",","users":[]}"#);
        for end in 0..document.len() {
            assert_eq!(digest(&[&document[..end], &document[end..]]), expected, "cut at {end}");
        }
    }

    #[test]
    fn everything_else_counts() {
        for document in [
            "",
            "{}",
            r#"{"a":1,"collected_at":null}"#,
            r#"{"a":"1","b":"collected_at"}"#,
            r#"{"a":1,"collected_a"#,
        ] {
            assert_eq!(digest(&[document]), sha256(document), "{document}");
        }
    }

    #[test]
    fn only_the_first_member_is_cut_out() {
        assert_eq!(
            digest(&[r#"{"a":1,"collected_at":"1","collected_at":"2"}"#]),
            sha256(r#"{"a":1,"collected_at":"2"}"#)
        );
    }
}
