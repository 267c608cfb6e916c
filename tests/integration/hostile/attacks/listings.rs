//! The list of servers of the cloud: evidence, which must not cost more than it is worth.

use super::attack::{Attack, LIST, UNHARMED, cloud, json};
use crate::support::loopback::Reply;

const LISTING: &str = "sync/identity.rs `Listing`";
const CAP: &str = "connect/api.rs `ANSWER_CAP`";

fn list(servers: &[String]) -> Reply {
    json(&format!(r#"{{"server_instances":[{}]}}"#, servers.join(",")))
}

/// A listed server, with this last sync.
fn server(id: &str, hostname: &str, date: &str) -> String {
    format!(r#"{{"server_id":"{id}","hostname":"{hostname}","last_sync":{{"date":"{date}","status":"success"}}}}"#)
}

const OTHER: &str = "00000000-0000-4000-8000-000000000000";
const TODAY: &str = "2026-11-26T00:00:00Z";

pub(super) const ATTACKS: &[Attack] = &[
    cloud("list of 100 000 servers", UNHARMED, LISTING, LIST, |_| {
        list(&vec![r#"{"server_id":"x","hostname":"y"}"#.to_owned(); 100_000])
    }),
    cloud("list of more than 4 MiB", UNHARMED, CAP, LIST, |_| {
        list(&vec![server(OTHER, "elsewhere.example.com", TODAY); 50_000])
    }),
    cloud("list without end", UNHARMED, CAP, LIST, |_| {
        Reply::Endless(
            b"HTTP/1.1 200 OK\r\n\r\n{\"server_instances\":[".to_vec(),
            b"{},".repeat(5000),
        )
    }),
    cloud("same server twice", UNHARMED, LISTING, LIST, |_| {
        list(&[
            server(OTHER, "a.example.com", TODAY),
            server(OTHER, "b.example.com", TODAY),
        ])
    }),
    cloud("our host under another ID", UNHARMED, LISTING, LIST, |_| {
        list(&[server(OTHER, "127.0.0.1", TODAY), server(OTHER, "127.0.0.1", TODAY)])
    }),
    cloud(
        "our host 20 000 times",
        UNHARMED,
        "explain.rs `LONGEST_CHAIN`",
        LIST,
        |_| {
            let listed = |number: usize| server(&format!("\u{202e}canary-{number}"), "127.0.0.1", TODAY);
            list(&(0..20_000).map(listed).collect::<Vec<_>>())
        },
    ),
    cloud(
        "list that steers a terminal",
        UNHARMED,
        "connect/listing.rs `name`",
        LIST,
        |_| list(&[server(r"\u001b[2J", r"\u009b2J\u202ecanary.mail-11@example.com", TODAY)]),
    ),
    cloud("list of empty servers", UNHARMED, LISTING, LIST, |_| {
        list(&vec!["{}".to_owned(); 100_000])
    }),
    cloud("sync in the year 9999", UNHARMED, LISTING, LIST, |_| {
        list(&[server(OTHER, "a.example.com", "9999-12-31T23:59:59Z")])
    }),
    cloud("sync at a time that is none", UNHARMED, LISTING, LIST, |_| {
        list(&[server(OTHER, "a.example.com", "canary.mail-11@example.com")])
    }),
    cloud(
        "list nested 100 000 times",
        UNHARMED,
        "transport/json.rs `parse`",
        LIST,
        |_| json(&format!(r#"{{"server_instances":{}"#, "[".repeat(100_000))),
    ),
];
