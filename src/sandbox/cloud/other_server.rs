//! A server of the account that is not this sandbox's own, as the cloud lists it: its built-in license sync reports.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// What the cloud says about it; what is not given, it does not say.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherServer {
    pub server_id: String,
    pub hostname: Option<String>,
    /// When its last sync was.
    pub synced_at: Option<DateTime<Utc>>,
    /// How that ended; `success` if it is not given.
    pub status: Option<String>,
    /// Whether the built-in license sync is on, if the server sends statistics.
    pub built_in_sync: Option<bool>,
}

impl OtherServer {
    /// Its entry in the license sync status.
    pub(super) fn entry(&self) -> Value {
        let last_sync = self.synced_at.map(|at| {
            let status = self.status.as_deref().unwrap_or("success");
            json!({ "date": at, "status": status, "error": "" })
        });
        let mut entry = json!({ "server_id": self.server_id });
        if let Some(hostname) = &self.hostname {
            entry["hostname"] = json!(hostname);
        }
        if let Some(last_sync) = last_sync {
            entry["last_sync"] = last_sync;
        }
        entry
    }

    /// Its row in the statistics.
    pub(super) fn row(&self, now: DateTime<Utc>) -> Option<Value> {
        let features: &[&str] = if self.built_in_sync? {
            &["license_usage_sync"]
        } else {
            &[]
        };
        Some(json!({
            "server_id": self.server_id,
            "host_name": self.hostname.as_deref().unwrap_or_default(),
            "collection_date": now,
            "github_connect": { "features_enabled": features },
        }))
    }
}
