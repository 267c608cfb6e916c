//! The server's own facts: version, license, and its counts of users.
//!
//! Source: the REST reference of GitHub Enterprise Server (`GET /meta`, `/enterprise/settings/license`,
//! `/enterprise/stats/users`).

use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};
use reqwest::StatusCode;
use reqwest::header::HeaderName;

use super::error::CollectError;
use super::fields::{Fields, number, seats, word};
use super::refusal::{Endpoint, ServerRefusal};
use super::session::Session;
use crate::explain::chain;
use crate::license::{LicenseFacts, ServerCounts, ServerFacts, UserCounts};
use crate::plain;
use crate::transport::{Peer, StatusKind, Tier, read_capped, read_time};

/// A whole answer has to be there within this time.
const TIMEOUT: Duration = Duration::from_secs(60);

/// No answer is larger than this, in bytes; the largest, `/meta`, lists the network addresses of a server.
const CAP: u64 = 1024 * 1024;

/// The header with the server's version in every response.
const VERSION: HeaderName = HeaderName::from_static("x-github-enterprise-version");

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenRole {
    /// Whose source of the list takes a site administrator anyway.
    Administrator,
    /// A user who may not read what site administrators may.
    Anybody,
}

/// Asks for all facts, one after the other.
pub(super) async fn read(session: &Session, asker: TokenRole) -> Result<ServerFacts, CollectError> {
    let meta = ask(session, Endpoint::Meta, "api/v3/meta").await?;
    let license = match ask(session, Endpoint::Administration, "api/v3/enterprise/settings/license").await {
        Err(error) if is_withheld(&error, asker) => {
            tracing::warn!("the document says nothing of the server's license: {}", chain(&error));
            Fields::default()
        }
        license => license?.fields,
    };
    let seats = license.optional("seats", seats);
    let seats_used = license.optional("seats_used", number);
    let users = match user_counts(session).await {
        Ok(users) => Some(users),
        Err(error) if is_unanswered(&error) || is_withheld(&error, asker) => {
            let instead = match seats_used {
                Some(_) => "the number of used seats alone",
                None => "nothing that the server counts",
            };
            tracing::warn!("the list is compared with {instead}: {}", chain(&error));
            None
        }
        Err(error) => return Err(error),
    };
    Ok(ServerFacts {
        version: meta.fields.optional("installed_version", word).or(meta.version),
        license: LicenseFacts {
            kind: license.optional("kind", word),
            seats,
            expires_at: license.optional("expire_at", |value| parse_time(value.as_str()?.trim())),
        },
        counts: ServerCounts {
            users,
            seats_used,
            seats,
        },
    })
}

async fn user_counts(session: &Session) -> Result<UserCounts, CollectError> {
    let stats = ask(session, Endpoint::Administration, "api/v3/enterprise/stats/users").await?;
    let count = |key| {
        stats.fields.count(key).map_err(|source| CollectError::Answer {
            url: stats.url.clone(),
            source,
        })
    };
    Ok(UserCounts {
        total: count("total_users")?,
        suspended: count("suspended_users")?,
    })
}

/// Whether the server did not get to an answer. GitHub lists it as a known problem that it does not count its users in time
/// when they are many.
fn is_unanswered(error: &CollectError) -> bool {
    match error {
        CollectError::Transport(_) | CollectError::Body(_) => error.tier() == Tier::Passing,
        CollectError::Refused(refusal) => matches!(refusal.kind, StatusKind::ServerFailure),
        _ => false,
    }
}

/// Whether the server does not say it to this one.
fn is_withheld(error: &CollectError, asker: TokenRole) -> bool {
    let CollectError::Refused(refusal) = error else {
        return false;
    };
    let is_forbidden = matches!(refusal.kind, StatusKind::Permission | StatusKind::Hidden);
    is_forbidden && asker == TokenRole::Anybody
}

struct FactsResponse {
    url: String,
    fields: Fields,
    version: Option<String>,
}

async fn ask(session: &Session, endpoint: Endpoint, path: &str) -> Result<FactsResponse, CollectError> {
    let url = session.url(path);
    let answer = session.send(&url, session.get_from_api(&url).timeout(TIMEOUT)).await?;
    if answer.status() != StatusCode::OK {
        return Err(ServerRefusal::of(endpoint, &answer).into());
    }
    let version = answer.headers().get(VERSION).and_then(|value| value.to_str().ok());
    let version = version.and_then(|version| word(&version.into()));
    let bytes = read_capped(answer, Peer::Server, "GET", CAP).await?;
    let url = plain::url(&url);
    match Fields::parse(&bytes) {
        Ok(fields) => Ok(FactsResponse { url, fields, version }),
        Err(source) => Err(CollectError::Answer { url, source }),
    }
}

/// A point in time, or a day, which starts at midnight UTC.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let midnight = || {
        let forms = ["%Y/%m/%d", "%Y-%m-%d"];
        let day = forms
            .iter()
            .find_map(|form| NaiveDate::parse_from_str(text, form).ok())?;
        // The document has no form for another year.
        (0..=9999)
            .contains(&day.year())
            .then(|| day.and_time(NaiveTime::MIN).and_utc())
    };
    read_time(text).or_else(midnight)
}

#[cfg(test)]
mod tests {
    use super::*;

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
