//! What the enterprise server says about itself: version, license and its own counts of users.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::plain;
use crate::timestamp;

/// Everything about the server that goes into the document, and its counts to compare with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerFacts {
    /// Like `3.19.0`, if the server reports it.
    pub version: Option<String>,
    pub license: LicenseFacts,
    pub counts: ServerCounts,
}

/// The server's license, as far as the server reports it: the published description makes every member optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenseFacts {
    /// Like `standard`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<Seats>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// How many users the license admits.
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

impl std::fmt::Display for Seats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Seats::Unlimited => f.write_str("unlimited"),
            Seats::Limited(seats) => seats.fmt(f),
        }
    }
}

impl std::str::FromStr for Seats {
    type Err = std::num::ParseIntError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word.eq_ignore_ascii_case("unlimited") {
            true => Ok(Seats::Unlimited),
            false => word.parse().map(Seats::Limited),
        }
    }
}

impl<'de> Deserialize<'de> for Seats {
    /// An integer or the word `unlimited`, as the server's REST API has it, in any case.
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
                word.parse()
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(word), &self))
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What the server counts itself, as far as it answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct ServerCounts {
    pub users: Option<UserCounts>,
    /// The seats that it calls used (`GET /enterprise/settings/license`). Accounts that never signed in may not be in it.
    pub seats_used: Option<u64>,
    /// The seats of its license (the same endpoint).
    pub seats: Option<Seats>,
}

/// How old the all-users report was when the server answered with it, by the server's own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct ReportAge {
    #[serde(serialize_with = "timestamp::serialize")]
    pub made_at: DateTime<Utc>,
    pub age_seconds: u64,
}

/// A report is worth a remark when it is older, in seconds.
const OLD: u64 = 3600;

impl ReportAge {
    /// What an operator has to know of a report that was kept for long.
    pub fn remark(self) -> Option<String> {
        let age = plain::duration(Duration::from_secs(self.age_seconds));
        let made_at = timestamp::text(self.made_at);
        (self.age_seconds > OLD)
            .then(|| format!("the report was {age} old: made at {made_at}, so it lacks what changed since then"))
    }
}

/// The server's users (`GET /enterprise/stats/users`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct UserCounts {
    pub total: u64,
    pub suspended: u64,
}

impl UserCounts {
    /// The users who are not suspended.
    pub fn active(self) -> u64 {
        self.total.saturating_sub(self.suspended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_is_older_than_an_hour_is_worth_a_remark() {
        let remark = |age_seconds| {
            let made_at = "2026-11-02T03:00:00Z".parse().unwrap();
            ReportAge { made_at, age_seconds }.remark()
        };
        assert_eq!([remark(0), remark(3600)], [None, None]);
        insta::assert_snapshot!(remark(3601).unwrap(), @"the report was 1h 1s old: made at 2026-11-02T03:00:00Z, so it lacks what changed since then");
    }

    #[test]
    fn seats_are_a_number_or_the_word_unlimited() {
        let read = |json: &str| serde_json::from_str::<Seats>(json);
        assert_eq!(read("1400").ok(), Some(Seats::Limited(1400)));
        assert_eq!(read(r#""1400""#).ok(), Some(Seats::Limited(1400)));
        assert_eq!(read(r#""unlimited""#).ok(), Some(Seats::Unlimited));
        assert_eq!(read(r#""Unlimited""#).ok(), Some(Seats::Unlimited));
        for seats in [Seats::Limited(1400), Seats::Unlimited] {
            assert_eq!(seats.to_string().parse(), Ok(seats));
        }
        insta::assert_snapshot!(read("[]").unwrap_err(), @r#"invalid type: sequence, expected a number of seats or "unlimited" at line 1 column 2"#);
        insta::assert_snapshot!(read(r#""many""#).unwrap_err(), @r#"invalid value: string "many", expected a number of seats or "unlimited" at line 1 column 6"#);
    }
}
