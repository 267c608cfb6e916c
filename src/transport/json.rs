//! Small answers in JSON. An error says where it is and of what kind; it quotes nothing, since an answer can repeat what
//! was sent.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

/// An answer that is not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} (line {line}, column {column})")]
pub struct JsonError {
    what: &'static str,
    line: usize,
    column: usize,
}

/// Reads an answer.
///
/// # Errors
/// [`JsonError`] when it is not JSON or of another shape.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    serde_json::from_slice(bytes).map_err(|error| JsonError {
        what: match error.classify() {
            Category::Data => "a member is missing or not of the expected kind",
            Category::Eof => "it ends too early",
            Category::Syntax | Category::Io => "it is not JSON",
        },
        line: error.line(),
        column: error.column(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_quotes_nothing() {
        let told = |json: &str| parse::<Vec<u64>>(json.as_bytes()).unwrap_err().to_string();
        assert_eq!(
            told("[\"mona@example.com\"]"),
            "a member is missing or not of the expected kind (line 1, column 19)"
        );
        assert_eq!(told("<html>"), "it is not JSON (line 1, column 1)");
        assert_eq!(told("[1,"), "it ends too early (line 1, column 3)");
    }
}
