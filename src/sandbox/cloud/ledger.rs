//! The uploads that were accepted, and what they did. One idempotency key has one effect.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::count::{LicenseTally, MatchCount, ServerUsage};
use super::other_server::OtherServer;
use super::upload_record::{SyncState, UploadRecord};
use crate::license::Digest;

/// Everything the cloud remembers of uploads.
pub(crate) struct Ledger {
    records: Vec<UploadRecord>,
    /// Requests by idempotency key, whether they were answered or not.
    attempts: HashMap<String, u64>,
    /// Per server, what it reported last, and that upload's place in `records`.
    servers: BTreeMap<Uuid, (Arc<ServerUsage>, usize)>,
    count: Arc<MatchCount>,
    /// Servers that report by themselves, by their IDs.
    pub(crate) others: BTreeMap<String, OtherServer>,
}

/// What an idempotency key was used for before.
pub(super) enum Before {
    Nothing,
    /// The same document: this is its upload.
    Same(String),
    Another,
}

/// An upload that is about to be accepted.
pub(super) struct Arrival {
    pub(super) key: String,
    pub(super) digest: Digest,
    pub(super) body_bytes: u64,
    pub(super) server_id: Uuid,
    pub(super) received_at: DateTime<Utc>,
    pub(super) usage: Arc<ServerUsage>,
    /// Of all servers, this one included.
    pub(super) count: MatchCount,
}

impl Ledger {
    /// An empty ledger.
    pub(super) fn new(before_uploads: MatchCount) -> Self {
        Self {
            records: Vec::new(),
            attempts: HashMap::new(),
            servers: BTreeMap::new(),
            count: Arc::new(before_uploads),
            others: BTreeMap::new(),
        }
    }

    /// Notes that a request with this key came in.
    pub(super) fn attempt(&mut self, key: &str) {
        *self.attempts.entry(key.to_owned()).or_default() += 1;
    }

    /// What `key` was used for before.
    pub(super) fn before(&self, key: &str, digest: Digest) -> Before {
        match self.records.iter().find(|record| record.idempotency_key == key) {
            None => Before::Nothing,
            Some(record) if record.digest == digest => Before::Same(record.id.clone()),
            Some(_) => Before::Another,
        }
    }

    /// The ID that the next accepted upload gets.
    pub(super) fn next_id(&self) -> String {
        format!("usage-{}", self.records.len() + 1)
    }

    /// What each server reported last, with `usage` as the last of this one.
    pub(super) fn usages_with(&self, server_id: Uuid, usage: &Arc<ServerUsage>) -> Vec<Arc<ServerUsage>> {
        let known = self.servers.iter().map(|(id, (known, _))| (*id, Arc::clone(known)));
        let mut usages: BTreeMap<_, _> = known.collect();
        usages.insert(server_id, Arc::clone(usage));
        usages.into_values().collect()
    }

    /// Accepts an upload whose key is new, and processes it.
    pub(super) fn accept(&mut self, arrival: Arrival) {
        let users = u64::from(arrival.usage.reported.count());
        self.servers
            .insert(arrival.server_id, (arrival.usage, self.records.len()));
        self.records.push(UploadRecord {
            id: self.next_id(),
            idempotency_key: arrival.key,
            digest: arrival.digest,
            body_bytes: arrival.body_bytes,
            users,
            attempts: 0,
            received_at: arrival.received_at,
            state: SyncState::Success,
        });
        self.count = Arc::new(arrival.count);
    }

    /// All accepted uploads, the oldest first.
    pub(crate) fn uploads(&self) -> Vec<UploadRecord> {
        let with_attempts = |record: &UploadRecord| UploadRecord {
            attempts: self.attempts.get(&record.idempotency_key).copied().unwrap_or_default(),
            ..record.clone()
        };
        self.records.iter().map(with_attempts).collect()
    }

    /// One accepted upload.
    pub(super) fn upload(&self, id: &str) -> Option<&UploadRecord> {
        self.records.iter().find(|record| record.id == id)
    }

    /// Every server that has uploaded: ID, name, last upload.
    pub(super) fn servers(&self) -> impl Iterator<Item = (&Uuid, &str, &UploadRecord)> {
        self.servers
            .iter()
            .filter_map(|(id, (usage, at))| Some((id, usage.hostname.as_str(), self.records.get(*at)?)))
    }

    /// What every server reported last, with that upload.
    pub(super) fn usages(&self) -> impl Iterator<Item = (&Arc<ServerUsage>, &UploadRecord)> {
        let servers = self.servers.values();
        servers.filter_map(|(usage, at)| Some((usage, self.records.get(*at)?)))
    }

    /// The count of the last processed upload of each server.
    pub(super) fn count(&self) -> Arc<MatchCount> {
        Arc::clone(&self.count)
    }

    /// What is counted now.
    pub(crate) fn tally(&self) -> LicenseTally {
        self.count.tally
    }
}
