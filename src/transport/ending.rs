//! The end of an API version, as a host announces it: `Deprecation` (RFC 9745) and `Sunset` (RFC 8594). GitHub sends
//! both before a version of its REST API is no longer answered.
//!
//! It is reported as soon as it is read, so that a later failure or stop does not lose it.

use std::fmt;
use std::sync::Once;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;

use super::dates::header_date;
use super::fault::Peer;
use crate::observe::catalog::Milestone;
use crate::timestamp;

/// The version of GitHub's REST API that every request of it asks for.
pub const API_VERSION: &str = "2022-11-28";

const DEPRECATION: &str = "deprecation";
const SUNSET: &str = "sunset";

/// Reports the first end that one host announces.
pub struct Announcements {
    host: &'static str,
    reported: Once,
}

impl Announcements {
    /// Those of this host.
    pub fn of(peer: Peer) -> Self {
        Self {
            host: match peer {
                Peer::Server => "the enterprise server",
                Peer::Cloud => "the cloud",
            },
            reported: Once::new(),
        }
    }

    /// Reports what the headers of an answer announce, unless an earlier one did.
    pub fn hear(&self, headers: &HeaderMap) {
        let Some(ending) = Ending::announced(headers) else {
            return;
        };
        self.reported.call_once(|| {
            tracing::warn!(
                message_id = Milestone::ApiVersionEnding.message_id(),
                "{} announces {ending}; install a version of ghe-license-sync that asks in a newer one",
                self.host
            );
        });
    }
}

/// An announced end.
struct Ending {
    /// Since when it should no longer be requested, if the host reports a time.
    deprecated_at: Option<DateTime<Utc>>,
    /// When it is no longer answered, if the host reports that.
    ends_at: Option<DateTime<Utc>>,
}

impl Ending {
    /// What the headers of an answer announce. A header that is there and cannot be read announces an end without a time.
    fn announced(headers: &HeaderMap) -> Option<Self> {
        let is_announced = [DEPRECATION, SUNSET].iter().any(|name| headers.contains_key(*name));
        is_announced.then(|| Self {
            deprecated_at: structured_date(headers).or_else(|| header_date(headers, DEPRECATION)),
            ends_at: header_date(headers, SUNSET),
        })
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "that requests of the API version {API_VERSION} ")?;
        match (&self.ends_at, &self.deprecated_at) {
            (Some(ends), _) => write!(f, "are answered until {}", timestamp::text(*ends)),
            (None, Some(deprecated)) => write!(
                f,
                "are deprecated as of {}, and does not say when they end",
                timestamp::text(*deprecated)
            ),
            (None, None) => f.write_str("are deprecated, and does not say when they end"),
        }
    }
}

/// The time of `Deprecation`, like `@1688169599`.
fn structured_date(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let seconds = headers.get(DEPRECATION)?.to_str().ok()?.trim().strip_prefix('@')?;
    DateTime::from_timestamp(seconds.parse().ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(headers: &[(&'static str, &str)]) -> Option<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Ending::announced(&headers.collect()).map(|ending| ending.to_string())
    }

    #[test]
    fn an_end_is_reported_with_its_time_in_every_form() {
        const SUNSET: (&str, &str) = ("sunset", "Fri, 10 Mar 2028 00:00:00 GMT");
        let end = "that requests of the API version 2022-11-28 are answered until 2028-03-10T00:00:00Z";
        assert_eq!(told(&[SUNSET]).as_deref(), Some(end));
        assert_eq!(told(&[("deprecation", "@1773100800"), SUNSET]).as_deref(), Some(end));
        let deprecated = "that requests of the API version 2022-11-28 are deprecated as of 2026-03-10T00:00:00Z, and does not say when they end";
        for value in ["@1773100800", "Tue, 10 Mar 2026 00:00:00 GMT"] {
            assert_eq!(told(&[("deprecation", value)]).as_deref(), Some(deprecated), "{value}");
        }
    }

    #[test]
    fn an_end_whose_time_cannot_be_read_is_reported_without_it() {
        let unknown = "that requests of the API version 2022-11-28 are deprecated, and does not say when they end";
        for header in [
            ("deprecation", "true"),
            ("deprecation", "@soon"),
            ("deprecation", "@9223372036854775807"),
            ("sunset", "mona@example.com"),
        ] {
            assert_eq!(told(&[header]).as_deref(), Some(unknown), "{header:?}");
        }
        assert_eq!(told(&[("date", "Tue, 10 Mar 2026 00:00:00 GMT")]), None);
    }
}
