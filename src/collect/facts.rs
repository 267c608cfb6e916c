//! What the server says of itself: version, license, and its own counts of users.
//!
//! Source: the REST reference of GitHub Enterprise Server (`GET /meta`, `/enterprise/settings/license`,
//! `/enterprise/stats/users`).

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use reqwest::StatusCode;

use super::error::CollectError;
use super::fields::{FieldError, Fields};
use super::refusal::{Endpoint, Refusal};
use super::session::Session;
use crate::license::{LicenseFacts, ServerCounts, ServerFacts};
use crate::plain;
use crate::transport::{Peer, read_capped};

/// A whole answer has to be there within this time.
const TIMEOUT: Duration = Duration::from_secs(60);

/// No answer is larger than this, in bytes; the largest, `/meta`, lists the network addresses of a server.
const CAP: u64 = 1024 * 1024;

/// Asks for all facts, one after the other.
pub(super) async fn read(session: &Session) -> Result<ServerFacts, CollectError> {
    let version = ask(session, Endpoint::Meta, "api/v3/meta", |meta| {
        meta.word("installed_version")
    })
    .await?;
    let license = ask(
        session,
        Endpoint::Administration,
        "api/v3/enterprise/settings/license",
        license_facts,
    )
    .await?;
    let counts = ask(
        session,
        Endpoint::Administration,
        "api/v3/enterprise/stats/users",
        |stats| {
            Ok(ServerCounts {
                total_users: stats.count("total_users")?,
                admin_users: stats.count("admin_users")?,
                suspended_users: stats.count("suspended_users")?,
            })
        },
    )
    .await?;
    Ok(ServerFacts {
        version,
        license,
        counts,
    })
}

async fn ask<T>(
    session: &Session,
    endpoint: Endpoint,
    path: &str,
    read: impl FnOnce(&Fields) -> Result<T, FieldError>,
) -> Result<T, CollectError> {
    let url = session.url(path);
    let answer = session.send(&url, session.get_from_api(&url).timeout(TIMEOUT)).await?;
    if answer.status() != StatusCode::OK {
        return Err(Refusal::of(endpoint, &answer).into());
    }
    let bytes = read_capped(answer, Peer::Server, "GET", CAP).await?;
    Fields::parse(&bytes)
        .and_then(|fields| read(&fields))
        .map_err(|source| CollectError::Answer {
            url: plain::url(&url),
            source,
        })
}

fn license_facts(license: &Fields) -> Result<LicenseFacts, FieldError> {
    let expires_at = license.optional_text("expire_at").and_then(|text| {
        let time = parse_time(text);
        if time.is_none() {
            // Nobody's seat depends on this date, so it does not stop a sync.
            tracing::warn!(
                key = "expire_at",
                "the server's license has an expiry date of an unknown form; the document goes without it"
            );
        }
        time
    });
    Ok(LicenseFacts {
        kind: license.word("kind")?,
        seats: license.seats("seats")?,
        expires_at,
    })
}

/// A time in a year of four digits, since the document cannot tell of another.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    read_time(text).filter(|time| (0..=9999).contains(&time.year()))
}

/// ISO 8601, the server's own `2016/02/06 12:41:52 -0600`, or a day, which starts at midnight UTC.
fn read_time(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let zoned = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |time| format!("{time}+0000"));
    let with_time = ["%Y/%m/%d %H:%M:%S %z", "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M:%S%z"];
    if let Some(time) = with_time
        .iter()
        .find_map(|form| DateTime::parse_from_str(&zoned, form).ok())
    {
        return Some(time.to_utc());
    }
    let day = ["%Y/%m/%d", "%Y-%m-%d"]
        .iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_date_is_the_same_moment() {
        let forms = [
            "2016/02/06 12:41:52 -0600",
            "2016-02-06 12:41:52 -0600",
            "2016-02-06T18:41:52Z",
            "2016-02-06T18:41:52.000Z",
            "2016-02-06T12:41:52-06:00",
            "2016-02-06T12:41:52-0600",
            "2016-02-06 18:41:52 UTC",
        ];
        for form in forms {
            assert_eq!(
                parse_time(form).map(|time| time.to_rfc3339()).as_deref(),
                Some("2016-02-06T18:41:52+00:00"),
                "{form}"
            );
        }
    }

    #[test]
    fn a_day_starts_at_midnight() {
        for form in ["2016/02/06", "2016-02-06"] {
            assert_eq!(
                parse_time(form).map(|time| time.to_rfc3339()).as_deref(),
                Some("2016-02-06T00:00:00+00:00")
            );
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "never",
            "2016-02-31",
            "12:41:52",
            "2016/02/06 12:41:52",
            "+12016-02-06",
            "-0001/02/06",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }
}
