//! What the enterprise server says about itself: version, license and its own counts of users.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything about the server that goes into the document, and its counts to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFacts {
    /// Like `3.19.0`.
    pub version: String,
    pub license: LicenseFacts,
    pub counts: ServerCounts,
}

/// The server's license.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseFacts {
    /// Like `standard`.
    pub kind: String,
    pub seats: Seats,
    pub expires_at: Option<DateTime<Utc>>,
}

/// How many people the license admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seats {
    Unlimited,
    Limited(u64),
}

impl Serialize for Seats {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Seats::Unlimited => serializer.serialize_str("unlimited"),
            Seats::Limited(seats) => serializer.serialize_u64(*seats),
        }
    }
}

impl<'de> Deserialize<'de> for Seats {
    /// An integer or the word `unlimited`, which is how the server's REST API tells it.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Seats;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number of seats or \"unlimited\"")
            }
            fn visit_u64<E: serde::de::Error>(self, seats: u64) -> Result<Seats, E> {
                Ok(Seats::Limited(seats))
            }
            fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Seats, E> {
                match word {
                    "unlimited" => Ok(Seats::Unlimited),
                    other => other
                        .parse()
                        .map(Seats::Limited)
                        .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(other), &self)),
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The server's own counts (`GET /enterprise/stats/users`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerCounts {
    pub total_users: u64,
    pub admin_users: u64,
    pub suspended_users: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_a_number_or_the_word_unlimited() {
        let read = |json: &str| serde_json::from_str::<Seats>(json);
        assert_eq!(read("1400").ok(), Some(Seats::Limited(1400)));
        assert_eq!(read(r#""1400""#).ok(), Some(Seats::Limited(1400)));
        assert_eq!(read(r#""unlimited""#).ok(), Some(Seats::Unlimited));
        insta::assert_snapshot!(read("[]").unwrap_err(), @r#"invalid type: sequence, expected a number of seats or "unlimited" at line 1 column 2"#);
        insta::assert_snapshot!(read(r#""many""#).unwrap_err(), @r#"invalid value: string "many", expected a number of seats or "unlimited" at line 1 column 6"#);
    }
}
