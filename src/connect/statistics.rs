//! Whether the built-in license sync is on at each server, by what the servers report about themselves in `server-statistics`.
//!
//! An enterprise may not send statistics, and GHE.com has none, so the caller continues without them. Read leniently.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::api_call::ApiCall;
use super::consumed::PAGE_CAP;
use super::error::ConnectError;
use super::listing::{ListedServer, key};
use super::outcome::About;
use super::servers::ServerReader;
use crate::timestamp;
use crate::transport::read_time;

/// The feature by its name in the statistics.
const LICENSE_SYNC: &str = "license_usage_sync";

/// What a server reported about itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct BuiltInSync {
    #[serde(rename = "on")]
    pub is_on: bool,
    /// When it said so.
    #[serde(serialize_with = "timestamp::serialize")]
    pub as_of: DateTime<Utc>,
}

/// The newest that each server said.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ServerStatistics {
    by_id: BTreeMap<String, BuiltInSync>,
    by_hostname: BTreeMap<String, BuiltInSync>,
}

impl ServerStatistics {
    /// What this server said: that with its ID, or else that with its host name.
    pub fn of(&self, server: &ListedServer) -> Option<&BuiltInSync> {
        let by_hostname = || self.by_hostname.get(&server.hostname.as_ref()?.to_ascii_lowercase());
        self.by_id.get(&server.key()).or_else(by_hostname)
    }

    fn add(&mut self, row: &Value) -> Option<()> {
        let features = row["github_connect"]["features_enabled"].as_array()?;
        let sync = BuiltInSync {
            is_on: features.iter().any(|feature| feature == LICENSE_SYNC),
            as_of: read_time(row["collection_date"].as_str()?.trim())?,
        };
        if let Some(hostname) = row["host_name"].as_str() {
            keep_newer(&mut self.by_hostname, hostname.to_ascii_lowercase(), &sync);
        }
        keep_newer(&mut self.by_id, key(row["server_id"].as_str()?), &sync);
        Some(())
    }
}

fn keep_newer(known: &mut BTreeMap<String, BuiltInSync>, server: String, sync: &BuiltInSync) {
    let newest = known.entry(server).or_insert_with(|| sync.clone());
    if newest.as_of < sync.as_of {
        *newest = sync.clone();
    }
}

impl<'de> Deserialize<'de> for ServerStatistics {
    /// A row a server and day, one after the other; what cannot be read is left out.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Rows;
        impl<'de> Visitor<'de> for Rows {
            type Value = ServerStatistics;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of statistics")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<ServerStatistics, A::Error> {
                let mut statistics = ServerStatistics::default();
                while let Some(row) = rows.next_element::<Value>()? {
                    let _unreadable = statistics.add(&row);
                }
                Ok(statistics)
            }
        }
        deserializer.deserialize_seq(Rows)
    }
}

impl ServerReader {
    /// What the servers reported about themselves, as far as the first page of the answer shows.
    ///
    /// # Errors
    /// [`ConnectError`] when it could not be read.
    pub async fn statistics(&self) -> Result<ServerStatistics, ConnectError> {
        const STEP: ApiCall = ApiCall {
            name: "reading the server statistics",
            method: "GET",
            about: About::ReadToken,
        };
        let request = self.api.get(self.statistics_address.clone());
        let request = request.bearer_auth(self.token.expose_secret());
        let response = self.api.send(STEP, request).await?;
        self.api.expect_within(PAGE_CAP, STEP, 200, response).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> ServerStatistics {
        serde_json::from_str(json).unwrap()
    }

    fn server(id: &str, hostname: Option<&str>) -> ListedServer {
        ListedServer {
            id: id.to_owned(),
            hostname: hostname.map(str::to_owned),
            synced_at: None,
            status: None,
            failed: false,
            said: None,
            unreadable: Vec::new(),
        }
    }

    fn row(id: &str, hostname: &str, date: &str, features: &str) -> String {
        format!(
            r#"{{"server_id":"{id}","host_name":"{hostname}","collection_date":"{date}","github_connect":{{"features_enabled":{features}}}}}"#
        )
    }

    #[test]
    fn the_newest_row_of_a_server_counts_whatever_the_order() {
        let (on, off) = (
            r#"["content_analysis","license_usage_sync"]"#,
            r#"["content_analysis"]"#,
        );
        let older = row("a", "GHES.example.com", "2026-11-24T23:59:59Z", on);
        let newer = row("a", "ghes.example.com", "2026-11-25T23:59:59Z", off);
        for rows in [format!("[{older},{newer}]"), format!("[{newer},{older}]")] {
            let statistics = read(&rows);
            let newest = BuiltInSync {
                is_on: false,
                as_of: "2026-11-25T23:59:59Z".parse().unwrap(),
            };
            assert_eq!(statistics.of(&server("a", None)), Some(&newest));
            assert_eq!(statistics.of(&server("b", Some("Ghes.example.com"))), Some(&newest));
            assert_eq!(statistics.of(&server("b", Some("other.example.com"))), None);
        }
    }

    #[test]
    fn a_row_that_cannot_be_read_says_nothing_and_hides_no_other() {
        let good = row("a", "x", "2026-11-24T23:59:59Z", r#"["license_usage_sync",7]"#);
        let odd = [
            row("b", "y", "yesterday", "[]"),
            row("c", "z", "2026-11-24T23:59:59Z", "{}"),
            r#"7,null,[],{},{"server_id":7,"github_connect":[]}"#.to_owned(),
        ];
        let statistics = read(&format!("[{},{good}]", odd.join(",")));
        assert!(statistics.of(&server("a", None)).unwrap().is_on);
        assert_eq!(statistics.by_id.len(), 1);
        assert!(serde_json::from_str::<ServerStatistics>(r#"{"message":"no"}"#).is_err());
    }
}
