//! The evidence of an explanation besides both lists, in counts.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::words;
use crate::license::explain::Evidence;
use crate::timestamp;

/// One kind of evidence that was there, live or saved.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(in crate::cli) struct EvidenceCount {
    what: &'static str,
    count: usize,
    /// When the cloud got it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "timestamp::serialize")]
    as_of: Option<DateTime<Utc>>,
}

impl EvidenceCount {
    pub(super) fn of(evidence: &Evidence<'_>, uploaded_at: Option<DateTime<Utc>>) -> Vec<Self> {
        let read = |what, count: Option<usize>, as_of| count.map(|count| Self { what, count, as_of });
        [
            read("verified-domains", evidence.verified_domains.map(<[_]>::len), None),
            read("servers", evidence.servers.map(<[_]>::len), None),
            read("secondary-addresses", evidence.secondary.map(HashMap::len), uploaded_at),
            read("identities", evidence.identities.map(<[_]>::len), None),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    pub(super) fn says(&self) -> String {
        let (one, several) = match self.what {
            "verified-domains" => ("verified domain", "verified domains"),
            "servers" => ("reporting server", "reporting servers"),
            "secondary-addresses" => ("uploaded account", "uploaded accounts"),
            _ => ("identity", "identities"),
        };
        words::counted(self.count as u64, one, several)
    }
}
