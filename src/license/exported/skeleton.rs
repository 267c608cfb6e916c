//! A JSON text without its long texts: small enough to be parsed, however long the texts are.
//!
//! Of a long text only its length is kept: it becomes a text of one letter with the length behind it, longer than any that
//! is kept, so that nothing in the file can pass for it.

use super::defect::{ExportDefect, SKELETON_CAP};

/// A text up to this length is kept, in bytes as it is written.
const KEPT: usize = 1024;

/// How many digits a length has.
const DIGITS: usize = 20;

/// Takes a JSON text in pieces.
#[derive(Default)]
pub(super) struct Skeleton {
    kept: Vec<u8>,
    place: ScanState,
    /// The start of a character whose end is in the next piece.
    partial: Vec<u8>,
}

/// Where the next byte is.
#[derive(Default, Clone, Copy)]
enum ScanState {
    #[default]
    Outside,
    /// In a text that began behind `start`, and has `length` bytes so far.
    Text { start: usize, length: u64, escape: Escape },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    /// Behind a backslash.
    Begun,
    /// So many hexadecimal digits are to come.
    Digits(u8),
}

impl Skeleton {
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), ExportDefect> {
        self.check_characters(piece)?;
        let mut rest = piece;
        while let Some((byte, after)) = rest.split_first() {
            rest = match self.place {
                ScanState::Outside => {
                    self.outside(*byte);
                    after
                }
                ScanState::Text { start, length, escape } => self.text(rest, start, length, escape)?,
            };
            if self.kept.len() > SKELETON_CAP {
                return Err(ExportDefect::TooMuchInClear);
            }
        }
        Ok(())
    }

    /// The skeleton, if the text is not in the middle of anything that it leaves out.
    pub(super) fn finish(self) -> Result<Vec<u8>, ExportDefect> {
        match self.place {
            ScanState::Text { .. } => Err(ExportDefect::Half),
            ScanState::Outside if !self.partial.is_empty() => Err(ExportDefect::NotUtf8),
            ScanState::Outside => Ok(self.kept),
        }
    }

    /// How many bytes are held.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.kept.capacity() + self.partial.capacity()
    }

    /// All white space between two words is as good as one blank.
    fn outside(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' if self.kept.last() == Some(&b' ') => {}
            b' ' | b'\t' | b'\r' | b'\n' => self.kept.push(b' '),
            _ => self.kept.push(byte),
        }
        if byte == b'"' {
            self.place = ScanState::Text {
                start: self.kept.len(),
                length: 0,
                escape: Escape::None,
            };
        }
    }

    /// Reads on in a text; what follows.
    fn text<'a>(
        &mut self,
        rest: &'a [u8],
        start: usize,
        length: u64,
        escape: Escape,
    ) -> Result<&'a [u8], ExportDefect> {
        let plain = match escape {
            Escape::None => rest.iter().take_while(|byte| is_plain(**byte)).count(),
            Escape::Begun | Escape::Digits(_) => 0,
        };
        if plain > 0 {
            self.keep(&rest[..plain], length);
            self.place = ScanState::Text {
                start,
                length: length + plain as u64,
                escape,
            };
            return Ok(&rest[plain..]);
        }
        let (byte, after) = rest.split_first().ok_or(ExportDefect::Half)?;
        if (*byte, escape) == (b'"', Escape::None) {
            self.end_text(start, length);
            return Ok(after);
        }
        let escape = escaped(escape, *byte).ok_or(ExportDefect::NotJson)?;
        self.keep(&[*byte], length);
        self.place = ScanState::Text {
            start,
            length: length + 1,
            escape,
        };
        Ok(after)
    }

    /// What goes beyond the longest text that is kept is not needed any more.
    fn keep(&mut self, bytes: &[u8], length: u64) {
        let room = (KEPT as u64).saturating_sub(length).min(bytes.len() as u64);
        self.kept.extend(bytes.iter().take(usize::try_from(room).unwrap_or(0)));
    }

    fn end_text(&mut self, start: usize, length: u64) {
        if length > KEPT as u64 {
            self.kept.truncate(start);
            self.kept.resize(start + KEPT, b'x');
            self.kept.extend(format!("{length:0DIGITS$}").as_bytes());
        }
        self.kept.push(b'"');
        self.place = ScanState::Outside;
    }

    /// The parser sees no more than the skeleton, so the characters are checked here.
    fn check_characters(&mut self, piece: &[u8]) -> Result<(), ExportDefect> {
        let joined;
        let bytes = if self.partial.is_empty() {
            piece
        } else {
            joined = [&self.partial[..], piece].concat();
            &joined[..]
        };
        let valid = match std::str::from_utf8(bytes) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(ExportDefect::NotUtf8),
        };
        self.partial = bytes[valid..].to_vec();
        Ok(())
    }
}

/// How long the text was that stands here in the skeleton.
pub(super) fn length(text: &str) -> u64 {
    let digits = text.get(KEPT..).filter(|digits| digits.len() == DIGITS);
    digits
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(text.len() as u64)
}

fn is_plain(byte: u8) -> bool {
    byte >= b' ' && byte != b'"' && byte != b'\\'
}

/// Where in an escape the byte after `byte` is; nothing if JSON has no such escape.
fn escaped(escape: Escape, byte: u8) -> Option<Escape> {
    match (escape, byte) {
        (Escape::None, b'\\') => Some(Escape::Begun),
        (Escape::Begun, b'u') => Some(Escape::Digits(4)),
        (Escape::Begun, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Some(Escape::None),
        (Escape::Digits(1), _) if byte.is_ascii_hexdigit() => Some(Escape::None),
        (Escape::Digits(left), _) if byte.is_ascii_hexdigit() => Some(Escape::Digits(left - 1)),
        _ => None,
    }
}
