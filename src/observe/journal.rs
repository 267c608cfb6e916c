//! The native way to journald, with fields of their own, if standard error leads there anyway.
//!
//! Every record that has a reason or a state gets the `MESSAGE_ID` of its catalog entry here, so that no place that
//! writes records has to think of it. Nothing is written in pieces: a record that journald does not take is lost.

use std::fmt::Debug;
use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::BoxedLayer;
use super::catalog::Milestone;
use crate::reason::Reason;
use crate::settings::Environment;

const SOCKET: &str = "/run/systemd/journal/socket";

/// A layer that writes to the journal. None when standard error goes elsewhere, or journald cannot be reached.
pub(super) fn layer(environment: &Environment) -> Option<BoxedLayer> {
    if environment.get("JOURNAL_STREAM")? != stream_of_standard_error()? {
        return None;
    }
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect(SOCKET).ok()?;
    Some(Journal(socket).boxed())
}

/// `DEVICE:INODE` of standard error, as systemd writes it into `JOURNAL_STREAM`.
fn stream_of_standard_error() -> Option<String> {
    let file = File::from(std::io::stderr().as_fd().try_clone_to_owned().ok()?);
    let metadata = file.metadata().ok()?;
    Some(format!("{}:{}", metadata.dev(), metadata.ino()))
}

struct Journal(UnixDatagram);

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = Record::default();
        event.record(&mut record);
        let metadata = event.metadata();
        // Nobody is left to tell when journald is gone.
        let _lost = self.0.send(&record.encode(*metadata.level(), metadata.target()));
    }
}

/// The fields of one record, by their names in the source.
#[derive(Default)]
struct Record(Vec<(&'static str, String)>);

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }
}

impl Record {
    fn get(&self, name: &str) -> Option<&str> {
        let field = self.0.iter().find(|(key, _)| *key == name);
        field.map(|(_, value)| value.as_str())
    }

    /// The ID that the record brings, else that of its reason, else that of its state.
    fn message_id(&self) -> Option<&'static str> {
        if self.get("message_id").is_some() {
            return None;
        }
        if let Some(reason) = self.get("reason") {
            return reason.parse().ok().map(|reason: Reason| reason.entry().id);
        }
        let state = self.get("state")?;
        let milestone = Milestone::ALL.iter().find(|milestone| milestone.word() == state)?;
        Some(milestone.message_id())
    }

    /// In journald's native protocol: names in capitals, and values with their length, since they may have many lines.
    fn encode(&self, level: Level, target: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        put(&mut bytes, "PRIORITY", priority(level));
        put(&mut bytes, "SYSLOG_IDENTIFIER", env!("CARGO_PKG_NAME"));
        put(&mut bytes, "TARGET", target);
        if let Some(id) = self.message_id() {
            put(&mut bytes, "MESSAGE_ID", id);
        }
        for (name, value) in &self.0 {
            put(&mut bytes, &name.to_ascii_uppercase(), value);
        }
        bytes
    }
}

fn put(bytes: &mut Vec<u8>, name: &str, value: &str) {
    bytes.extend_from_slice(name.as_bytes());
    bytes.push(b'\n');
    bytes.extend_from_slice(&(value.len() as u64).to_le_bytes());
    bytes.extend_from_slice(value.as_bytes());
    bytes.push(b'\n');
}

/// The priorities of syslog(3).
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "3",
        Level::WARN => "4",
        Level::INFO => "6",
        Level::DEBUG | Level::TRACE => "7",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(fields: &[(&'static str, &str)]) -> Record {
        Record(
            fields
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn the_id_is_that_of_the_reason_before_that_of_the_state() {
        let both = record(&[("state", "frozen"), ("reason", "rate-limited")]);
        assert_eq!(both.message_id(), Some(Reason::RateLimited.entry().id));
        let state = record(&[("state", "frozen")]);
        assert_eq!(state.message_id(), Some(Milestone::Frozen.message_id()));
        assert_eq!(record(&[("message", "hello")]).message_id(), None);
    }

    #[test]
    fn a_record_with_an_id_of_its_own_keeps_it() {
        let own = record(&[("message_id", "0"), ("reason", "rate-limited")]);
        assert_eq!(own.message_id(), None);
    }

    #[test]
    fn a_value_of_many_lines_is_one_field() {
        let bytes = record(&[("message", "a\nPRIORITY=0")]).encode(Level::ERROR, "here");
        let field = b"MESSAGE\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\n";
        assert!(bytes.ends_with(field), "{bytes:?}");
        assert!(bytes.starts_with(b"PRIORITY\n\x01\0\0\0\0\0\0\x003\n"), "{bytes:?}");
    }
}
