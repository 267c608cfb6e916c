//! The servers that the cloud lists in `license-sync-status`.
//!
//! Read leniently: whatever is not of the published form is left out, and is named with the server that it is about. It
//! does not judge who reports under which ID.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::Value;
use uuid::Uuid;

use crate::plain;
use crate::transport::read_time;

/// No host has a longer name, and no ID is longer.
const LONGEST_HOSTNAME: usize = 253;

/// At most so many bytes of the cloud's words on a failed sync are shown.
const LONGEST_WORDS: usize = 200;

/// The cloud has a word for how a sync ended, not a text.
const LONGEST_STATUS: usize = 40;

/// What the cloud lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// When it said so, by its own clock.
    pub at: DateTime<Utc>,
    pub servers: Vec<ListedServer>,
    /// Entries that name no server.
    pub unnamed: usize,
}

/// One server as the cloud lists it. The published schema requires nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedServer {
    /// A UUID as a rule, but any word is possible.
    pub id: String,
    pub hostname: Option<String>,
    /// When the cloud last processed a sync of it.
    pub synced_at: Option<DateTime<Utc>>,
    /// The cloud's word for how the last sync ended; only `success` is published.
    pub status: Option<String>,
    /// The last sync failed.
    pub failed: bool,
    /// The cloud's message about the last sync, if any, safe to show.
    pub said: Option<String>,
    /// What cannot be read of its entry.
    pub unreadable: Vec<Unreadable>,
}

/// A member of an entry that is not of the published form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{member}` is {found}, {expected} was expected")]
pub struct Unreadable {
    member: &'static str,
    found: &'static str,
    expected: &'static str,
}

impl Unreadable {
    /// Whether it has the time or the result of the last sync.
    pub fn is_of_last_sync(self) -> bool {
        self.member.starts_with("last_sync")
    }
}

impl Listing {
    /// What an answer lists that was given `at` this time.
    pub(super) fn of_entries(entries: Entries, at: DateTime<Utc>) -> Self {
        Self {
            at,
            servers: entries.servers,
            unnamed: entries.unnamed,
        }
    }

    /// What cannot be read of the entries of the server with this ID.
    pub fn unreadable(&self, id: Uuid) -> impl Iterator<Item = Unreadable> {
        let entries = self.servers.iter().filter(move |server| server.is(id));
        entries.flat_map(|server| server.unreadable.iter().copied())
    }

    /// The server with this ID, if it is listed; of several entries, that of the newest sync.
    pub fn of(&self, id: Uuid) -> Option<&ListedServer> {
        let entries = self.servers.iter().filter(|server| server.is(id));
        entries.max_by_key(|server| server.synced_at)
    }
}

impl ListedServer {
    /// Its ID, the same however that is written.
    pub fn key(&self) -> String {
        key(&self.id)
    }

    /// Whether it has this ID.
    pub fn is(&self, id: Uuid) -> bool {
        Uuid::try_parse(&self.id).is_ok_and(|listed| listed == id)
    }
}

/// The entries of an answer that name a server, and how many do not.
#[derive(Default)]
pub(super) struct Entries {
    servers: Vec<ListedServer>,
    unnamed: usize,
}

impl<'de> Deserialize<'de> for Entries {
    /// One after the other, so that what names no server takes no memory.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Entries;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of servers")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
                let mut entries = Entries::default();
                while let Some(instance) = list.next_element::<Value>()? {
                    match InstanceReader::of(&instance).server() {
                        Some(server) => entries.servers.push(server),
                        None => entries.unnamed += 1,
                    }
                }
                Ok(entries)
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// One entry while it is read.
struct InstanceReader<'a> {
    instance: &'a Value,
    unreadable: Vec<Unreadable>,
}

impl<'a> InstanceReader<'a> {
    fn of(instance: &'a Value) -> Self {
        Self {
            instance,
            unreadable: Vec::new(),
        }
    }

    /// The server in it; nothing when it names no ID.
    fn server(mut self) -> Option<ListedServer> {
        let instance = self.instance;
        let id = match &instance["server_id"] {
            Value::String(id) => name(id)?,
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        let hostname = self.text(&instance["hostname"], "hostname").and_then(name);
        let last = &instance["last_sync"];
        if !last.is_null() && !last.is_object() {
            self.note("last_sync", last, "an object");
        }
        let synced_at = self.time(&last["date"]);
        let status = self.text(&last["status"], "last_sync.status").map(str::trim);
        let failed = status.is_some_and(|status| status.eq_ignore_ascii_case("failure"));
        let said = self.text(&last["error"], "last_sync.error").map(str::trim);
        Some(ListedServer {
            id,
            hostname,
            synced_at,
            status: status
                .filter(|status| !status.is_empty())
                .map(|status| plain::masked(status, LONGEST_STATUS)),
            failed,
            said: said
                .filter(|said| !said.is_empty())
                .map(|said| plain::masked(said, LONGEST_WORDS)),
            unreadable: self.unreadable,
        })
    }

    /// A text; nothing when there is none.
    fn text(&mut self, value: &'a Value, member: &'static str) -> Option<&'a str> {
        match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            _ => {
                self.note(member, value, "a text");
                None
            }
        }
    }

    /// When the last sync was. One without a zone can be half a day off, so it is none.
    fn time(&mut self, value: &Value) -> Option<DateTime<Utc>> {
        if value.is_null() || value == "" {
            return None;
        }
        let time = value.as_str().and_then(|text| read_time(text.trim()));
        if time.is_none() {
            self.note("last_sync.date", value, "a time with its zone");
        }
        time
    }

    fn note(&mut self, member: &'static str, value: &Value, expected: &'static str) {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "another text",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        self.unreadable.push(Unreadable {
            member,
            found,
            expected,
        });
    }
}

/// An ID, the same however it is written.
pub(super) fn key(id: &str) -> String {
    Uuid::try_parse(id).map_or_else(|_| id.to_owned(), |id| id.to_string())
}

/// A name, as far as it can be one: it is shown to people and comes from elsewhere.
fn name(text: &str) -> Option<String> {
    let name = plain::masked(text, LONGEST_HOSTNAME);
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: Uuid = Uuid::from_u128(7);

    /// The listing of entries, which are separated by commas.
    fn listing(entries: &str) -> Listing {
        let entries = serde_json::from_str(&format!("[{entries}]")).unwrap();
        Listing::of_entries(entries, DateTime::UNIX_EPOCH)
    }

    /// An entry of our own server.
    fn ours(members: &str) -> String {
        format!(r#"{{"server_id":"{OURS}",{members}}}"#)
    }

    fn server(id: &str) -> ListedServer {
        ListedServer {
            id: id.to_owned(),
            hostname: None,
            synced_at: None,
            status: None,
            failed: false,
            said: None,
            unreadable: Vec::new(),
        }
    }

    #[test]
    fn an_odd_entry_of_somebody_else_hides_no_other_entry() {
        let odd = r#"
            7, null, "text", [1], {}, {"server_id":null,"hostname":"x"}, {"hostname":"x"}, {"server_id":{}},
            {"server_id":42}, {"server_id":"a","last_sync":"never"}, {"server_id":"b","last_sync":{"date":1700000000}},
            {"server_id":"c","hostname":[],"last_sync":{"date":"yesterday","status":3,"error":{}}},
            {"server_id":"deadbeef1","hostname":"","last_sync":{}}"#;
        let listed = listing(&format!("{odd}, {}", ours(r#""hostname":"x""#)));
        let ids: Vec<_> = listed.servers.iter().map(|server| server.id.clone()).collect();
        assert_eq!(ids, ["42", "a", "b", "c", "deadbeef1", &OURS.to_string()]);
        let named = |server: &ListedServer| server.unreadable.iter().map(|it| it.member).collect::<Vec<_>>();
        let members: Vec<_> = listed.servers.iter().map(named).collect();
        let last_sync = ["last_sync.date", "last_sync.status", "last_sync.error"];
        let of_c = [&["hostname"], &last_sync[..]].concat();
        assert_eq!(
            members,
            [vec![], vec!["last_sync"], vec!["last_sync.date"], of_c, vec![], vec![]]
        );
        let read = listed.servers.iter().cloned().map(|server| ListedServer {
            unreadable: Vec::new(),
            ..server
        });
        let read: Vec<_> = read.take(5).collect();
        assert_eq!(read, ["42", "a", "b", "c", "deadbeef1"].map(server));
        assert_eq!(listed.unnamed, 8);
        assert_eq!(listed.of(OURS).unwrap().hostname.as_deref(), Some("x"));
    }

    #[test]
    fn what_cannot_be_read_of_our_own_entry_is_named_and_not_shown() {
        let told = |members: &str| {
            let listed = listing(&ours(members));
            let unreadable: Vec<_> = listed.unreadable(OURS).map(|it| it.to_string()).collect();
            unreadable.join("; ")
        };
        insta::assert_snapshot!(told(r#""hostname":42,"last_sync":{"date":1700000000,"status":false,"error":["x"]}"#), @"`hostname` is a number, a text was expected; `last_sync.date` is a number, a time with its zone was expected; `last_sync.status` is a boolean, a text was expected; `last_sync.error` is a list, a text was expected");
        insta::assert_snapshot!(told(r#""last_sync":"never""#), @"`last_sync` is another text, an object was expected");
        insta::assert_snapshot!(told(r#""last_sync":{"date":"2026-11-24T18:40:00"}"#), @"`last_sync.date` is another text, a time with its zone was expected");
        assert_eq!(told(r#""hostname":null,"last_sync":null"#), "");
        assert_eq!(told(r#""last_sync":{"date":"","status":null}"#), "");
    }

    #[test]
    fn a_date_is_read_in_every_form_with_a_zone() {
        for date in [
            "2026-11-24T18:40:00Z",
            "2026/11/24 18:40:00 +0000",
            "2026-11-24 19:40:00 +0100",
        ] {
            let listed = listing(&ours(&format!(r#""last_sync":{{"date":"{date}"}}"#)));
            let synced_at = listed.of(OURS).unwrap().synced_at;
            assert_eq!(synced_at, Some("2026-11-24T18:40:00Z".parse().unwrap()), "{date}");
        }
    }

    #[test]
    fn of_two_entries_of_our_own_server_that_of_the_newest_sync_counts() {
        let entry =
            |hostname: &str, date: &str| ours(&format!(r#""hostname":"{hostname}","last_sync":{{"date":"{date}"}}"#));
        let (older, newer) = (
            entry("older", "2026-11-02T03:00:00Z"),
            entry("newer", "2026-11-09T03:00:00Z"),
        );
        let never = ours(r#""hostname":"never""#);
        for entries in [
            [&older, &newer, &never],
            [&newer, &never, &older],
            [&never, &older, &newer],
        ] {
            let listed = listing(&entries.map(String::as_str).join(","));
            assert_eq!(listed.of(OURS).unwrap().hostname.as_deref(), Some("newer"));
        }
    }

    #[test]
    fn what_the_cloud_says_steers_no_terminal_names_nobody_and_is_cut_off() {
        let long = "b".repeat(1000);
        let listed = listing(&format!(
            r#"{{"server_id":"a\n{long}","last_sync":{{"status":"mona@example.com","error":" no\u001b[2J user mona@example.com {long}"}}}}"#
        ));
        let server = &listed.servers[0];
        assert_eq!(server.id.len(), LONGEST_HOSTNAME + '…'.len_utf8());
        assert!(server.id.starts_with(r"a\u{a}b"), "{}", server.id);
        assert_eq!(server.status.as_deref(), Some("***"));
        let said = server.said.as_deref().unwrap();
        assert_eq!(said.len(), LONGEST_WORDS + '…'.len_utf8());
        assert!(said.starts_with(r"no\u{1b}[2J user *** b"), "{said}");
    }
}
