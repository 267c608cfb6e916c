//! Single words from the cloud's answers: what is kept, shown or sent back is short, controls neither a terminal nor a
//! header, and is no address. It does not know the meaning of a word.

use secrecy::SecretString;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The longest ID of an upload, in bytes.
const LONGEST_ID: usize = 255;

/// The longest token, in bytes; GitHub's have 40 to some hundred.
const LONGEST_TOKEN: usize = 4096;

/// The longest request ID, in bytes; GitHub's have about 40.
const LONGEST_REQUEST_ID: usize = 128;

/// Reads the ID of an upload.
pub(super) fn upload_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    word(deserializer, LONGEST_ID)
}

/// Reads a token.
pub(super) fn token<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    word(deserializer, LONGEST_TOKEN).map(SecretString::from)
}

fn word<'de, D: Deserializer<'de>>(deserializer: D, longest: usize) -> Result<String, D::Error> {
    let word = String::deserialize(deserializer)?;
    // The message is never shown: it could quote the answer.
    is_word(&word, longest)
        .then_some(word)
        .ok_or_else(|| D::Error::custom("no word"))
}

/// A request's ID for a support case; nothing when it cannot be one.
pub(super) fn request_id(text: &str) -> Option<String> {
    is_word(text, LONGEST_REQUEST_ID).then(|| text.to_owned())
}

/// Whether this is one word of visible ASCII characters, and no address.
fn is_word(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_has_neither_spaces_nor_control_characters_and_is_not_too_long() {
        assert!(is_word("0A1B:2C:3", 9));
        for wrong in ["", "0A1B:2C:34", "a b", "a\n", "a@b", "\u{1b}[2J", "é"] {
            assert!(!is_word(wrong, 9), "{wrong:?}");
        }
    }
}
