//! What a cloud took, and whom it lists for that.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use ghe_license_sync::clock::Clock;
use serde_json::json;

use super::cloud::{Host, Tenant};
use super::request::Request;

/// A document that was taken.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    /// Where the token was issued that it came with.
    pub(super) api: Host,
    pub(super) uploads: Host,
    pub(super) account: String,
    pub(super) key: String,
    pub(super) server_id: String,
    hostname: String,
    at: DateTime<Utc>,
}

/// The same key again is the same document.
pub(super) fn take(tenant: &mut Tenant, request: &Request, to: (Host, Host, &str), key: String) -> usize {
    let (api, uploads, account) = to;
    let is_it = |taken: &Taken| (taken.api, taken.uploads, &*taken.account) == to && taken.key == key;
    if let Some(id) = tenant.taken.iter().position(is_it) {
        return id;
    }
    let server = &request.document()["server"];
    let word = |name: &str| server[name].as_str().unwrap().to_owned();
    tenant.taken.push(Taken {
        api,
        uploads,
        account: account.to_owned(),
        key,
        server_id: word("id"),
        hostname: word("hostname"),
        at: tenant.clock.now(),
    });
    tenant.taken.len() - 1
}

/// The servers that report to the account, as this API knows them.
pub(super) fn list(tenant: &Tenant, api: Host, account: &str) -> String {
    let mut servers = HashMap::new();
    for taken in &tenant.taken {
        if taken.api == api && taken.account == account {
            servers.insert(&taken.server_id, taken);
        }
    }
    let servers = servers.values().map(|taken| {
        let date = taken.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        json!({
            "server_id": taken.server_id, "hostname": taken.hostname,
            "last_sync": { "date": date, "status": "success", "error": "" },
        })
    });
    json!({ "server_instances": servers.collect::<Vec<_>>() }).to_string()
}
