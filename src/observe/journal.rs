//! Native records in journald, with their own fields, if standard error is connected to it.
//!
//! Every record that has a reason or a state gets the `MESSAGE_ID` of its catalog entry here, so that no place that
//! writes records has to think of it. Nothing is written in pieces: a record that journald does not take goes to
//! standard error as one line.

use std::fmt::Debug;
use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer};

use super::catalog::Milestone;
use crate::plain;
use crate::reason::Reason;
use crate::settings::Environment;

const SOCKET: &str = "/run/systemd/journal/socket";

/// The longest value of a field, in bytes. The kernel takes datagrams of some 200 KiB, and no record has ten long ones.
const LONGEST_VALUE: usize = 16 * 1024;

/// Where records go.
pub(super) type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// A layer that writes to the journal. None when standard error goes elsewhere, or journald cannot be reached.
pub(super) fn layer(environment: &Environment) -> Option<BoxedLayer> {
    if !is_standard_error_in_journal(environment) {
        return None;
    }
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect(SOCKET).ok()?;
    let or_else = |line: &str| {
        // Nobody is left to tell when standard error is gone as well.
        let _lost = std::io::stderr().lock().write_all(line.as_bytes());
    };
    Some(Journal { socket, or_else }.boxed())
}

/// Whether standard error leads to the journal, and with it every log record.
pub fn is_standard_error_in_journal(environment: &Environment) -> bool {
    let journal = environment.get("JOURNAL_STREAM");
    journal.is_some() && journal == stream_of_standard_error().as_deref()
}

/// `DEVICE:INODE` of standard error, as systemd writes it into `JOURNAL_STREAM`.
fn stream_of_standard_error() -> Option<String> {
    let file = File::from(std::io::stderr().as_fd().try_clone_to_owned().ok()?);
    let metadata = file.metadata().ok()?;
    Some(format!("{}:{}", metadata.dev(), metadata.ino()))
}

struct Journal {
    socket: UnixDatagram,
    /// Hears the line of a record that journald did not take.
    or_else: fn(&str),
}

impl<S: Subscriber> Layer<S> for Journal {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = JournalFields::default();
        event.record(&mut record);
        let metadata = event.metadata();
        let level = *metadata.level();
        if self.socket.send(&record.encode(level, metadata.target())).is_err() {
            (self.or_else)(&record.line(level));
        }
    }
}

/// The fields of one record, by their names in the source.
#[derive(Default)]
struct JournalFields(Vec<(&'static str, String)>);

impl Visit for JournalFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.push(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value.to_owned());
    }
}

impl JournalFields {
    /// A value that is too long is cut off, so that a record fits into one datagram.
    fn push(&mut self, field: &Field, mut value: String) {
        if value.len() > LONGEST_VALUE {
            value.truncate(value.floor_char_boundary(LONGEST_VALUE));
            value.push('…');
        }
        self.0.push((field.name(), value));
    }

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

    /// On one line, with the priority in front of it as systemd reads it.
    fn line(&self, level: Level) -> String {
        let mut line = format!("<{}>", priority(level));
        line.push_str(self.get("message").unwrap_or_default());
        for (name, value) in self.0.iter().filter(|(name, _)| *name != "message") {
            line.push_str(&format!(" {name}={value}"));
        }
        plain::escaped(&line).into_owned() + "\n"
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
    use std::sync::Mutex;

    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    fn record(fields: &[(&'static str, &str)]) -> JournalFields {
        JournalFields(
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
    fn what_journald_does_not_take_goes_to_standard_error_as_one_line() {
        static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let (socket, peer) = UnixDatagram::pair().unwrap();
        let or_else = |line: &str| LINES.lock().unwrap().push(line.to_owned());
        let journal = Registry::default().with(Journal { socket, or_else });
        tracing::subscriber::with_default(journal, || {
            tracing::warn!(reason = %Reason::RateLimited, "taken");
            drop(peer);
            tracing::error!(reason = %Reason::RateLimited, detail = "a\nb", "not taken");
        });
        assert_eq!(
            *LINES.lock().unwrap(),
            ["<3>not taken reason=rate-limited detail=a\\u{a}b\n"]
        );
    }

    #[test]
    fn the_longest_record_fits_into_one_datagram() {
        let (socket, peer) = UnixDatagram::pair().unwrap();
        let or_else = |line: &str| panic!("{} bytes were not taken", line.len());
        let journal = Registry::default().with(Journal { socket, or_else });
        let long = "é".repeat(1_000_000);
        tracing::subscriber::with_default(journal, || {
            tracing::error!(
                a = long,
                b = long,
                c = long,
                d = long,
                e = long,
                f = long,
                g = long,
                "{long}"
            );
        });
        let mut datagram = vec![0; 1_000_000];
        let size = peer.recv(&mut datagram).unwrap();
        assert!(size > 8 * LONGEST_VALUE && size < 9 * LONGEST_VALUE, "{size}");
    }

    #[test]
    fn a_value_of_many_lines_is_one_field() {
        let bytes = record(&[("message", "a\nPRIORITY=0")]).encode(Level::ERROR, "here");
        let field = b"MESSAGE\n\x0c\0\0\0\0\0\0\0a\nPRIORITY=0\n";
        assert!(bytes.ends_with(field), "{bytes:?}");
        assert!(bytes.starts_with(b"PRIORITY\n\x01\0\0\0\0\0\0\x003\n"), "{bytes:?}");
    }
}
