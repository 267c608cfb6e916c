//! What is made fit to be shown: text that comes from elsewhere, so that it stays on one line, steers no terminal, names
//! nobody and is short; and numbers with their nouns and units.

use std::borrow::Cow;
use std::time::Duration;

use url::Url;

/// At most so many bytes of a URL are shown.
pub const LONGEST_URL: usize = 512;

/// What replaces a word that may be an address.
const MASK: &str = "***";

/// The text with every character written out that would steer a terminal or turn the direction of a line around.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if steers(character) {
            plain.extend(character.escape_unicode());
        } else {
            plain.push(character);
        }
    }
    Cow::Owned(plain)
}

/// The same for JSON: it has escapes of its own, and a writer of JSON does not use them for all that steers.
pub fn escaped_json(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        if steers(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                plain.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

/// The text, [`escaped`], with at most `longest` bytes and a mark where it was cut off.
pub fn shortened(text: &str, longest: usize) -> String {
    let mut plain = escaped(text).into_owned();
    if plain.len() > longest {
        plain.truncate(plain.floor_char_boundary(longest));
        plain.push('…');
    }
    plain
}

/// Text from elsewhere, [`shortened`], without those that hold an `@`, also one in other writing: they may be addresses.
pub fn masked(text: &str, longest: usize) -> String {
    let separates = |character: char| character.is_whitespace() || "\"'`<>()[]{},;".contains(character);
    let mut words = String::with_capacity(text.len());
    for part in text.split_inclusive(separates) {
        let word = part.strip_suffix(separates).unwrap_or(part);
        words.push_str(if may_be_address(word) { MASK } else { word });
        words.push_str(&part[word.len()..]);
    }
    shortened(&words, longest)
}

/// Whether there is an `@`, or what stands for one in other scripts, in a URL, in HTML or in JSON.
fn may_be_address(word: &str) -> bool {
    const SIGNS: [&str; 7] = ["@", "\u{ff20}", "\u{fe6b}", "%40", "&#64", "&#x40", "\\u0040"];
    let word = word.to_lowercase();
    SIGNS.iter().any(|sign| word.contains(sign))
}

/// The URL without credentials, query and fragment, and without its path if that may hold an address; of a long one only
/// the beginning. For people, not for requests.
pub fn url(url: &Url) -> String {
    let path = match url.path() {
        path if path.contains('@') || path.contains("%40") => "/***",
        path => path,
    };
    // A redirect can lead to any address.
    shortened(&format!("{}{path}", url.origin().ascii_serialization()), LONGEST_URL)
}

/// A number with what it counts.
pub fn counted(number: u64, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}

/// How long something takes or took, like `30 days 2h 5m`: a unit that is a word stands apart from its number.
pub fn duration(duration: Duration) -> String {
    let text = humantime::format_duration(duration).to_string();
    let parts = text.split(' ').map(|part| {
        let unit = part.trim_start_matches(|character: char| character.is_ascii_digit());
        match unit.len() {
            0..=2 => part.to_owned(),
            _ => format!("{} {unit}", &part[..part.len() - unit.len()]),
        }
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// An age on which nothing depends, cut to whole minutes.
pub fn age(age: Duration) -> String {
    duration(whole_minutes(age))
}

/// An age that is beyond a limit, and looks it: cut to whole minutes, or else to the second that it has begun.
pub fn age_beyond(limit: Duration, beyond: Duration) -> String {
    match whole_minutes(beyond) {
        cut if cut > limit => duration(cut),
        _ => duration(Duration::from_secs(
            beyond.as_secs() + u64::from(beyond.subsec_nanos() > 0),
        )),
    }
}

fn whole_minutes(age: Duration) -> Duration {
    Duration::from_mins(age.as_secs() / 60)
}

/// Control characters, and those that Unicode has for the direction and the end of a line.
fn steers(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_unit_that_is_a_word_stands_apart_from_its_number() {
        let hours = |hours| duration(Duration::from_hours(hours));
        assert_eq!(
            [hours(30 * 24), hours(24), hours(49)],
            ["30 days", "1 day", "2 days 1h"]
        );
        assert_eq!(duration(Duration::from_millis(14 * 60_000 + 59_007)), "14m 59s 7ms");
    }

    #[test]
    fn a_refused_age_is_shown_as_more_than_its_limit() {
        let beyond = |limit: u64, millis| age_beyond(Duration::from_secs(limit), Duration::from_millis(millis));
        assert_eq!(beyond(90, 119_000), "1m 59s");
        assert_eq!(beyond(90, 90_001), "1m 31s");
        assert_eq!(beyond(60, 60_500), "1m 1s");
        assert_eq!(beyond(90, 179_000), "2m");
        assert_eq!(beyond(86_400, 93_607_000), "1 day 2h");
    }

    #[test]
    fn what_steers_a_terminal_is_written_out() {
        assert_eq!(
            escaped("a\u{1b}[2J\u{9b}1m\n\u{202e}b"),
            r"a\u{1b}[2J\u{9b}1m\u{a}\u{202e}b"
        );
        assert_eq!(escaped("größer"), "größer");
    }

    #[test]
    fn json_stays_the_same_json() {
        let json = serde_json::to_string("\u{9b}1m\u{7f}\u{202e}\n").unwrap();
        let plain = escaped_json(&json);
        assert_eq!(plain, r#""\u009b1m\u007f\u202e\n""#);
        assert_eq!(
            serde_json::from_str::<String>(&plain).unwrap(),
            "\u{9b}1m\u{7f}\u{202e}\n"
        );
    }

    #[test]
    fn words_with_an_at_sign_are_not_shown() {
        let said = "no user <mona@example.com>, 'x@y' or\u{a0}z@é; fine";
        assert_eq!(masked(said, 100), "no user <***>, '***' or\u{a0}***; fine");
        assert_eq!(masked("@", 100), "***");
        for address in ["x%40y", "x\u{ff20}y", "x\u{fe6b}y", "x&#64", "x&#X40", r"x\u0040y"] {
            assert_eq!(
                masked(&format!("no user {address} here"), 100),
                "no user *** here",
                "{address}"
            );
        }
    }

    #[test]
    fn a_long_text_is_cut_off_between_two_characters() {
        assert_eq!(shortened("éé", 3), "é…");
        assert_eq!(shortened("éé", 4), "éé");
    }

    proptest! {
        #[test]
        fn nothing_that_steers_and_no_at_sign_is_left(text in any::<String>(), longest in 0_usize..100) {
            let plain = masked(&text, longest);
            prop_assert!(!plain.contains(steers) && !plain.contains('@'), "{plain:?}");
            prop_assert!(plain.len() <= longest + '…'.len_utf8());
        }
    }
}
