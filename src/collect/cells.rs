//! Reads single cells, strictly: what is not exactly what the documentation shows is refused, never guessed.

use std::num::NonZeroU64;

use crate::license::UserId;

/// Words that somebody may write for a boolean and that are nobody's name.
const HARMLESS: [&str; 12] = [
    "true", "false", "yes", "no", "t", "f", "y", "n", "on", "off", "null", "nil",
];

/// A positive whole number in decimal digits.
pub(super) fn read_id(cell: &[u8]) -> Option<UserId> {
    // The digits are asked for on their own, because a leading plus sign parses too.
    let digits = cell.iter().all(u8::is_ascii_digit).then_some(cell)?;
    let id: NonZeroU64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(UserId(id.get()))
}

/// `true` or `false` in any ASCII case. `1`, `0`, `yes` and `no` are refused: no published report uses them, and who
/// is taken for suspended by mistake is not counted.
pub(super) fn read_boolean(cell: &[u8]) -> Option<bool> {
    match cell {
        b"true" => Some(true),
        b"false" => Some(false),
        _ if cell.eq_ignore_ascii_case(b"true") => Some(true),
        _ if cell.eq_ignore_ascii_case(b"false") => Some(false),
        _ => None,
    }
}

/// Describes a refused cell. In a row that is out of step any cell can hold a login, an address or a number that
/// belongs to somebody, so only a word for a boolean is shown as it is.
pub(super) fn describe(cell: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(cell) else {
        return format!("{} bytes that are not UTF-8", cell.len());
    };
    if text.is_empty() {
        return "nothing".to_owned();
    }
    match HARMLESS.iter().find(|word| text.eq_ignore_ascii_case(word)) {
        Some(word) => format!("\"{word}\""),
        None => match text.chars().count() {
            1 => "a text of one character".to_owned(),
            count => format!("a text of {count} characters"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_positive_number_in_digits() {
        assert_eq!(read_id(b"1"), Some(UserId(1)));
        assert_eq!(read_id(b"18446744073709551615"), Some(UserId(u64::MAX)));
        for wrong in [
            "",
            "0",
            "-1",
            "+1",
            " 1",
            "1.0",
            "1e3",
            "0x1",
            "18446744073709551616",
            "١",
        ] {
            assert_eq!(read_id(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn a_boolean_is_true_or_false_in_any_case() {
        assert_eq!(read_boolean(b"TRUE"), Some(true));
        assert_eq!(read_boolean(b"False"), Some(false));
        for wrong in ["", "1", "0", "yes", "t", " true", "truee"] {
            assert_eq!(read_boolean(wrong.as_bytes()), None, "{wrong}");
        }
    }

    #[test]
    fn only_what_cannot_be_personal_is_shown() {
        assert_eq!(describe(b"Yes"), "\"yes\"");
        assert_eq!(describe(b" yes"), "a text of 4 characters");
        assert_eq!(describe(b""), "nothing");
        assert_eq!(describe(b"mona"), "a text of 4 characters");
        assert_eq!(describe(b"203.0.113.7"), "a text of 11 characters");
        assert_eq!(describe(b"+1 555 0100"), "a text of 11 characters");
        assert_eq!(describe(b"\xff\xfe"), "2 bytes that are not UTF-8");
    }
}
