//! Names that travel in URLs and headers: the cloud account, the App's client ID, a user name, the server ID.

use uuid::Uuid;

use super::value::{Form, Text, ValueError};
use crate::settings::problem::redact;

/// One to a hundred letters, digits, `-`, `_` and `.`; safe as a path segment and as a Basic auth user name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct Name(String);

impl Name {
    const LONGEST: usize = 100;
}

impl Text for Name {
    fn parse(text: &str) -> Result<Self, ValueError> {
        if redact::is_token(text) {
            return Err(ValueError::new("this is a secret, not a name", redact::HELP));
        }
        if text.is_empty() {
            return Err(ValueError::new("this is empty", "write the name, or leave the key out"));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if text.len() > Self::LONGEST || text.starts_with('.') || !text.chars().all(allowed) {
            return Err(ValueError::new(
                "this is not a name",
                "write it as in the URL of its page: letters, digits, `-`, `_` and `.`",
            ));
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// The ID under which the server is known to the cloud.
impl Text for Uuid {
    const FORM: Form = Form::Format("uuid");

    fn parse(text: &str) -> Result<Self, ValueError> {
        match Self::try_parse(text) {
            Ok(id) if !id.is_nil() => Ok(id),
            _ => Err(ValueError::new(
                "this is not a server ID",
                "write a UUID like `6ba7b810-9dad-41d1-80b4-00c04fd430c8`, or leave the key out to have one made",
            )),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}
