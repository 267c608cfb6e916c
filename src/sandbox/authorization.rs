//! Reads the `Authorization` header in the three forms that GitHub takes. It does not judge what it reads.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a request came with.
pub(super) enum Presented {
    Nothing,
    /// `Bearer TOKEN` or `token TOKEN`.
    Token(String),
    /// `Basic` with a user name and a password, which is a token.
    Basic(String, String),
}

impl Presented {
    /// Reads the header; what cannot be understood counts as nothing.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let value = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, rest)) = value.and_then(|value| value.split_once(' ')) else {
            return Self::Nothing;
        };
        let rest = rest.trim();
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" | "token" => Self::Token(rest.to_owned()),
            "basic" => basic(rest).unwrap_or(Self::Nothing),
            _ => Self::Nothing,
        }
    }

    /// The token, however it came.
    pub(super) fn token(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Token(token) | Self::Basic(_, token) => Some(token),
        }
    }
}

fn basic(encoded: &str) -> Option<Presented> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Presented::Basic(user.to_owned(), password.to_owned()))
}
