//! Names that travel in URLs and headers: the cloud account, the App's client ID, a user name, the server ID.

use serde::{Deserialize, Serialize};

use crate::settings::problem::redact;
use crate::settings::schema::value::{Refusal, written_as_text};

/// One to a hundred letters, digits, `-`, `_` and `.`; safe as a path segment and as a Basic auth user name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

written_as_text!(Name);

impl Name {
    const LONGEST: usize = 100;

    fn parse(text: &str) -> Result<Self, Refusal> {
        if redact::is_token(text) {
            return Err(Refusal::new("this is a secret, not a name", redact::HELP));
        }
        if text.is_empty() {
            return Err(Refusal::new("this is empty", "write the name, or leave the key out"));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if text.len() > Self::LONGEST || text.starts_with('.') || !text.chars().all(allowed) {
            return Err(Refusal::new(
                "this is not a name",
                "write it as it stands in the address of its page: letters, digits, `-`, `_` and `.`",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ID under which the server is known to the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServerId(uuid::Uuid);

written_as_text!(ServerId);

impl ServerId {
    /// The ID itself.
    #[must_use]
    pub fn get(self) -> uuid::Uuid {
        self.0
    }

    fn parse(text: &str) -> Result<Self, Refusal> {
        match uuid::Uuid::try_parse(text) {
            Ok(id) if !id.is_nil() => Ok(Self(id)),
            _ => Err(Refusal::new(
                "this is not a server ID",
                "write a UUID like `6ba7b810-9dad-41d1-80b4-00c04fd430c8`, or leave the key out to have one made",
            )),
        }
    }
}

impl std::fmt::Display for ServerId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
