//! The last license sync status from the cloud, as metrics: a sample for each server, by its ID and host name.

use chrono::{DateTime, Utc};

use super::exposition::{Exposition, label};

/// The last question to the cloud, and the last answer.
#[derive(Debug, Clone)]
pub struct CloudSnapshot {
    /// Whether the last question has an answer.
    pub works: bool,
    pub answered_at: Option<DateTime<Utc>>,
    /// As the last answer lists them.
    pub servers: Vec<ServerSample>,
}

/// A server of the account.
#[derive(Debug, Clone)]
pub struct ServerSample {
    pub server_id: String,
    pub hostname: String,
    pub synced_at: Option<DateTime<Utc>>,
    pub is_stale: bool,
    pub is_failed: bool,
    pub is_never_synced: bool,
    /// Not known where the server sends no statistics.
    pub built_in_sync: Option<bool>,
}

/// Something of a server, as far as it is known.
type ServerFlag = fn(&ServerSample) -> Option<bool>;

impl Exposition {
    pub(super) fn cloud(&mut self, it: &CloudSnapshot) {
        self.gauge(
            "cloud_watch_works",
            "Whether the last request for the license sync status succeeded.",
            Some(u8::from(it.works)),
        );
        self.gauge(
            "cloud_answered_timestamp_seconds",
            "Time of the last license sync status from the cloud.",
            it.answered_at.map(|at| at.timestamp()),
        );
        self.servers(
            it,
            "last_sync_timestamp_seconds",
            "Time of the last license sync of a server, as the cloud lists it.",
            |server| Some(server.synced_at?.timestamp()),
        );
        let gauges: [(&str, &str, ServerFlag); 4] = [
            (
                "stale",
                "Whether the last license sync of a server is older than its schedule allows.",
                |it| Some(it.is_stale),
            ),
            (
                "failed",
                "Whether the last license sync of a server failed, as the cloud lists it.",
                |it| Some(it.is_failed),
            ),
            (
                "never_synced",
                "Whether the cloud lists no license sync of a server.",
                |it| Some(it.is_never_synced),
            ),
            (
                "built_in_sync",
                "Whether the built-in license sync of a server is on.",
                |it| it.built_in_sync,
            ),
        ];
        for (name, help, value) in gauges {
            self.servers(it, name, help, |server| value(server).map(i64::from));
        }
    }

    /// A sample for each server of which the value is known.
    fn servers(&mut self, it: &CloudSnapshot, name: &str, help: &str, value: impl Fn(&ServerSample) -> Option<i64>) {
        let samples = it.servers.iter().filter_map(|server| {
            let labels = [label("server_id", &server.server_id), label("host", &server.hostname)];
            Some((labels.join(","), value(server)?))
        });
        self.family(
            &format!("cloud_server_{name}"),
            "gauge",
            help,
            samples.collect::<Vec<_>>(),
        );
    }
}
