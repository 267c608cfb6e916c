//! Small answers in JSON. An error says where it is, of what kind, and at which of the members that are read; it quotes
//! nothing, since an answer can repeat what was sent.

use serde::de::value::Error as Stopped;
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::error::Category;

/// An answer that is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}{what} (line {line}, column {column})", .member.map(|name| format!("`{name}` ")).unwrap_or_default())]
pub struct JsonError {
    /// One of the members that the reader names, if it is at one.
    member: Option<&'static str>,
    what: &'static str,
    line: usize,
    column: usize,
}

/// Reads an answer.
///
/// # Errors
/// [`JsonError`] when it is not JSON or of another shape.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (member, what) = match error.classify() {
            Category::Data => find(&error, bytes, members::<T>()),
            Category::Eof => (None, "it ends too early"),
            Category::Syntax | Category::Io => (None, "it is not JSON"),
        };
        JsonError {
            member,
            what,
            line: error.line(),
            column: error.column(),
        }
    })
}

/// The member that is wrong, and what is wrong with it.
fn find(
    error: &serde_json::Error,
    bytes: &[u8],
    members: &'static [&'static str],
) -> (Option<&'static str>, &'static str) {
    let text = error.to_string();
    let is_missing = |name: &&&str| text.starts_with(&format!("missing field `{name}`"));
    if let Some(name) = members.iter().find(is_missing) {
        return (Some(*name), "is missing");
    }
    // The reader stops behind the value that it does not take; the member's name is the last one before it.
    let start: usize = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let read = &bytes[..bytes.len().min(start + error.column())];
    let last = |name: &&'static str| {
        let quoted = format!("\"{name}\"");
        read.windows(quoted.len()).rposition(|bytes| bytes == quoted.as_bytes())
    };
    let found = members.iter().filter_map(|name| Some((last(name)?, *name))).max();
    match found {
        Some((_, name)) => (Some(name), "is not of the expected kind"),
        None => (None, "a member is missing or not of the expected kind"),
    }
}

/// The members that a `T` is read from; none when it is not a struct.
fn members<T: DeserializeOwned>() -> &'static [&'static str] {
    let mut members: &'static [&'static str] = &[];
    let _stopped = T::deserialize(MemberNames(&mut members));
    members
}

/// Sees which members are read, and has none.
struct MemberNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for MemberNames<'_> {
    type Error = Stopped;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Stopped> {
        *self.0 = fields;
        Err(Stopped::custom("there is nothing to read"))
    }

    fn deserialize_any<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Stopped> {
        Err(Stopped::custom("there is nothing to read"))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "it is only read")]
    struct Token {
        token: String,
        lifetime: u64,
    }

    fn told<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> String {
        parse::<T>(json.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_quotes_nothing() {
        assert_eq!(
            told::<Vec<u64>>("[\"mona@example.com\"]"),
            "a member is missing or not of the expected kind (line 1, column 19)"
        );
        assert_eq!(told::<Vec<u64>>("<html>"), "it is not JSON (line 1, column 1)");
        assert_eq!(told::<Vec<u64>>("[1,"), "it ends too early (line 1, column 3)");
    }

    #[test]
    fn an_error_names_the_member_that_is_missing_or_of_another_kind() {
        assert_eq!(
            told::<Token>(r#"{"lifetime":7,"mona@example.com":1}"#),
            "`token` is missing (line 1, column 35)"
        );
        assert_eq!(
            told::<Token>("{\n  \"token\": \"a\",\n  \"lifetime\": \"mona@example.com\"\n}"),
            "`lifetime` is not of the expected kind (line 3, column 32)"
        );
        assert_eq!(
            told::<Token>(r#"{"x":"\"token\"","lifetime":-1,"token":"a"}"#),
            "`lifetime` is not of the expected kind (line 1, column 30)"
        );
        assert_eq!(
            told::<Token>(r#"["mona@example.com"]"#),
            "a member is missing or not of the expected kind (line 1, column 20)"
        );
    }
}
