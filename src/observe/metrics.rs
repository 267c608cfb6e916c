//! Metrics for Prometheus, as a file for the textfile collector of its node exporter. No port is opened.
//!
//! The numbers are read from the store by the caller; nothing is counted here, so no counter starts again at a restart.
//! Points in time are written as such and not as ages: the file is written when something happens, and read at any time.

mod cloud;
mod exposition;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rustix::fs::{Access, access};

pub use cloud::{CloudSnapshot, ServerSample};
use exposition::{Exposition, label};

use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::files::{self, PathError};
use crate::settings::{ROOT, replace};

/// The metrics at one point in time.
#[derive(Debug, Clone)]
pub struct MetricsSnapshot {
    /// The label that distinguishes the instances on one machine.
    pub state_directory: String,
    pub taken_at: DateTime<Utc>,
    pub gate_open: bool,
    pub health: Choice,
    /// The state of the newest run; without a current one when there was none.
    pub run_state: Choice,
    /// Why the newest run is where it is, unless all is well.
    pub reason: Option<Reason>,
    pub last_run_started_at: Option<DateTime<Utc>>,
    /// How long the newest run took, once it has finished.
    pub last_run_took: Option<Duration>,
    pub last_confirmed_at: Option<DateTime<Utc>>,
    /// When that becomes too old for the schedule, while the gate is open.
    pub stale_at: Option<DateTime<Utc>>,
    /// How many users the last confirmed document listed.
    pub users_sent: Option<u64>,
    /// How many of them share an address with another one.
    pub shared_addresses: Option<u64>,
    /// How many of them use each product, if that was collected.
    pub product_users: Vec<(&'static str, u64)>,
    /// How long the encrypted users of the last confirmed license usage file are.
    pub encrypted_users_sent_bytes: Option<u64>,
    /// A run waits for a person.
    pub held: bool,
    /// Time since which a file waits for a person to upload it.
    pub file_since: Option<DateTime<Utc>>,
    /// Time since which a document waits for delivery or confirmation.
    pub outbox_since: Option<DateTime<Utc>>,
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When the next window begins, while the gate is open.
    pub next_window_at: Option<DateTime<Utc>>,
    /// Finished runs, by their last state.
    pub runs: Vec<(&'static str, u64)>,
    /// Attempts to send, by outcome.
    pub attempts: Vec<(&'static str, u64)>,
    /// Number of times that each reason occurred.
    pub reasons: Vec<(&'static str, u64)>,
    /// What the cloud said last of the servers of the account, if it is watched.
    pub cloud: Option<CloudSnapshot>,
}

/// One word out of several; each is written, with 1 for the one that applies.
#[derive(Debug, Clone)]
pub struct Choice {
    pub all: Vec<&'static str>,
    pub current: Option<&'static str>,
}

/// Why the metrics are not there.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    #[error("the metrics could not be written to {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("root cannot safely write the metrics to {}", path.display())]
    UnsafePath { path: PathBuf, source: PathError },
}

impl Explain for MetricsError {
    fn other_exit(&self) -> Option<Exit> {
        Some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Write { .. } => {
                "name a file in a directory that the program can write in `metrics.textfile`; the service can write below \
                 /run/ghe-license-sync"
                    .to_owned()
            }
            Self::UnsafePath { source, .. } => {
                source.help("name a file in a directory that only root can change in `metrics.textfile`")
            }
        })
    }
}

/// Replaces the file in one step, readable for all; a reader sees the old text or the new one, never a part. Root writes
/// in no directory in which another user can change something.
///
/// # Errors
/// [`MetricsError`]; the old file is as it was.
pub fn write(path: &Path, snapshot: &MetricsSnapshot) -> Result<(), MetricsError> {
    make_sure_of_way(path)?;
    // A collector reads `*.prom` only, so not at the draft.
    replace(path, 0o644, render(snapshot).as_bytes()).map_err(|source| MetricsError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Whether the file could be replaced, as far as that shows without writing.
///
/// # Errors
/// [`MetricsError`], as [`write()`] would have it.
pub fn look_at(path: &Path) -> Result<(), MetricsError> {
    make_sure_of_way(path)?;
    let directory = path.parent().unwrap_or(path);
    let writable = access(directory, Access::WRITE_OK | Access::EXEC_OK).map_err(io::Error::from);
    let writable = writable.and_then(|()| match path.is_dir() {
        true => Err(io::ErrorKind::IsADirectory.into()),
        false => Ok(()),
    });
    writable.map_err(|source| MetricsError::Write {
        path: path.to_owned(),
        source,
    })
}

fn make_sure_of_way(path: &Path) -> Result<(), MetricsError> {
    if uzers::get_effective_uid() == ROOT {
        let directory = path.parent().unwrap_or(path);
        files::check_directory(directory).map_err(|source| MetricsError::UnsafePath {
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// The text of the file.
pub fn render(snapshot: &MetricsSnapshot) -> String {
    let mut page = Exposition {
        text: String::new(),
        instance: label("state_directory", &snapshot.state_directory),
    };
    page.state(snapshot);
    page.moments(snapshot);
    page.counters(snapshot);
    if let Some(cloud) = &snapshot.cloud {
        page.cloud(cloud);
    }
    page.text
}

impl Exposition {
    fn state(&mut self, it: &MetricsSnapshot) {
        let version = label("version", env!("CARGO_PKG_VERSION"));
        self.family(
            "build_info",
            "gauge",
            "Version of the program that wrote the metrics.",
            [(version, 1)],
        );
        self.gauge(
            "gate_open",
            "Whether Connect and license sync are both enabled.",
            Some(u8::from(it.gate_open)),
        );
        self.choice("health", "Health of the sync.", "health", &it.health);
        self.choice("run_state", "State of the newest run.", "state", &it.run_state);
        let reason = it.reason.map(|reason| (label("reason", reason.code()), 1));
        self.family(
            "last_run_reason",
            "gauge",
            "Reason why the newest run is not a success.",
            reason,
        );
        self.gauge(
            "held",
            "Whether a list is held until a person approves or discards it.",
            Some(u8::from(it.held)),
        );
        self.gauge("users_sent", "Users in the last confirmed document.", it.users_sent);
        self.gauge(
            "shared_addresses",
            "Accounts in the last confirmed document that share an address with another one.",
            it.shared_addresses,
        );
        let users = it
            .product_users
            .iter()
            .map(|(word, count)| (label("product", word), count));
        self.family(
            "product_users",
            "gauge",
            "Users of each product in the last confirmed document.",
            users,
        );
        self.gauge(
            "encrypted_users_sent_bytes",
            "Size of the encrypted users in the last confirmed license usage file.",
            it.encrypted_users_sent_bytes,
        );
    }

    fn moments(&mut self, it: &MetricsSnapshot) {
        for (name, help, moment) in [
            (
                "written_timestamp_seconds",
                "Time when the metrics were written.",
                Some(it.taken_at),
            ),
            (
                "last_run_timestamp_seconds",
                "Time when the newest run started.",
                it.last_run_started_at,
            ),
            (
                "last_confirmed_timestamp_seconds",
                "Time when the cloud last confirmed a document.",
                it.last_confirmed_at,
            ),
            (
                "stale_timestamp_seconds",
                "Time when the last confirmation becomes too old for the schedule.",
                it.stale_at,
            ),
            (
                "outbox_since_timestamp_seconds",
                "Time since which a document waits for delivery or confirmation.",
                it.outbox_since,
            ),
            (
                "file_written_timestamp_seconds",
                "Time since which a file waits for a person to upload it.",
                it.file_since,
            ),
            (
                "next_attempt_timestamp_seconds",
                "Time of the next attempt to deliver a document.",
                it.next_attempt_at,
            ),
            (
                "next_window_timestamp_seconds",
                "Time of the next scheduled run.",
                it.next_window_at,
            ),
        ] {
            self.gauge(name, help, moment.map(|moment| moment.timestamp()));
        }
        let took = it.last_run_took.map(|took| took.as_secs_f64());
        self.gauge("last_run_duration_seconds", "Duration of the newest run.", took);
    }

    fn counters(&mut self, it: &MetricsSnapshot) {
        for (name, key, help, counts) in [
            ("runs_total", "outcome", "Finished runs, by outcome.", &it.runs),
            (
                "attempts_total",
                "outcome",
                "Attempts to send a document, by outcome.",
                &it.attempts,
            ),
            (
                "reasons_total",
                "reason",
                "Number of times that each reason occurred.",
                &it.reasons,
            ),
        ] {
            let samples = counts.iter().map(|(word, count)| (label(key, word), count));
            self.family(name, "counter", help, samples);
        }
    }

    fn choice(&mut self, name: &str, help: &str, key: &str, choice: &Choice) {
        let is = |word: &str| u8::from(choice.current == Some(word));
        let samples = choice.all.iter().map(|word| (label(key, word), is(word)));
        self.family(name, "gauge", help, samples);
    }
}

#[cfg(test)]
mod tests;
