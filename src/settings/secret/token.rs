//! The form of tokens among the secrets: one word that fits into a header, and for the enterprise server one of the right kind.
//!
//! Whether a token is still valid and what it allows is not known here.

use secrecy::{ExposeSecret, SecretString};

use crate::settings::load::environment::Environment;
use crate::settings::secret::{Credential, SecretError, SecretOrigin};

impl Credential {
    /// Finds and reads a token, which has to fit into a header.
    pub fn read_token(&self, environment: &Environment) -> Result<(SecretString, SecretOrigin), SecretError> {
        self.read(environment).and_then(|found| self.as_token(found))
    }

    /// The same for a token that has to be a classic one of a person.
    pub fn read_classic_token(&self, environment: &Environment) -> Result<(SecretString, SecretOrigin), SecretError> {
        self.read_token(environment)
            .and_then(|found| self.as_classic_token(found))
    }

    /// The secret, if it is a token alone.
    ///
    /// # Errors
    /// [`SecretError::NotAlone`].
    pub fn as_token(
        &self,
        (token, origin): (SecretString, SecretOrigin),
    ) -> Result<(SecretString, SecretOrigin), SecretError> {
        match foreign_to_token(token.expose_secret()) {
            None => Ok((token, origin)),
            Some(what) => Err(SecretError::NotAlone {
                name: self.name,
                origin,
                what,
            }),
        }
    }

    /// The token, unless it is known to be no classic one of a person.
    ///
    /// # Errors
    /// [`SecretError::OtherKind`].
    pub fn as_classic_token(
        &self,
        (token, origin): (SecretString, SecretOrigin),
    ) -> Result<(SecretString, SecretOrigin), SecretError> {
        match other_kind(&token) {
            None => Ok((token, origin)),
            Some(kind) => Err(SecretError::OtherKind {
                name: self.name,
                origin,
                kind,
            }),
        }
    }
}

/// How tokens begin that are no classic one of a person, and what they are. Those of an OAuth app have scopes as well.
const OTHER_KINDS: [(&str, &str); 4] = [
    ("github_pat_", "a fine-grained personal access token"),
    ("ghs_", "an installation token of a GitHub App"),
    ("ghu_", "a user access token of a GitHub App"),
    ("ghr_", "a refresh token of a GitHub App"),
];

/// What a token is by its beginning, if that is no classic one of a person. Tokens of old servers have no beginning.
pub fn other_kind(token: &SecretString) -> Option<&'static str> {
    let token = token.expose_secret();
    let kind = OTHER_KINDS.iter().find(|(beginning, _)| token.starts_with(beginning));
    kind.map(|(_, kind)| *kind)
}

/// What is in the text beside the token, if anything is.
fn foreign_to_token(text: &str) -> Option<&'static str> {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_name = |name: &str| name.chars().all(is_name_char);
    let without_export = text.strip_prefix("export ").map_or(text, str::trim_start);
    if text.starts_with('\u{feff}') {
        Some("it begins with a byte order mark")
    } else if without_export != text && without_export.contains('=') {
        Some("it begins with `export`, a name and `=`")
    } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Some("it is not one word of ASCII characters")
    } else if text
        .split_once('=')
        .is_some_and(|(name, rest)| is_name(name) && rest.contains(is_name_char))
    {
        Some("it begins with a name and `=`")
    } else {
        None
    }
}
