//! JSON: what parsers read differently, too deeply, or into memory without bounds.

use super::attack::{Attack, LICENSE, META, STATE, STATS, TOKEN, UNHARMED, UPLOAD, cloud, json, server};
use crate::support::loopback::Reply;

const FIELDS: &str = "collect/fields.rs `Fields`";
const PARSE: &str = "transport/json.rs `parse`";
const WRONG: &str = "malformed-source";

/// Counts of users, of which one is this.
fn counts(total: &str) -> Reply {
    json(&format!(
        r#"{{"total_users":{total},"admin_users":2,"suspended_users":1}}"#
    ))
}

fn version(version: &str) -> Reply {
    json(&format!(r#"{{"installed_version":{version}}}"#))
}

fn seats(seats: &str) -> Reply {
    json(&format!(r#"{{"seats":{seats},"kind":"standard"}}"#))
}

pub(super) const ATTACKS: &[Attack] = &[
    server("nested 500 000 times", WRONG, FIELDS, META, |_| {
        json(&"[".repeat(500_000))
    }),
    server("nested objects", WRONG, FIELDS, META, |_| {
        json(&r#"{"installed_version":"#.repeat(40_000))
    }),
    server("text of almost 1 MiB", UNHARMED, FIELDS, META, |_| {
        version(&format!("\"{}\"", "x".repeat(1_000_000)))
    }),
    server("unknown member of almost 1 MiB", UNHARMED, FIELDS, META, |_| {
        json(&format!(
            r#"{{"installed_version":"3.19.0","x":"{}"}}"#,
            "x".repeat(1_000_000)
        ))
    }),
    server("100 000 unknown members", UNHARMED, FIELDS, META, |_| {
        json(&format!(
            r#"{{"installed_version":"3.19.0"{}}}"#,
            r#","x":1"#.repeat(100_000)
        ))
    }),
    server("member twice", UNHARMED, FIELDS, META, |_| {
        json(r#"{"installed_version":"3.19.0","installed_version":"3.19.0"}"#)
    }),
    server("number of 2^64", WRONG, FIELDS, STATS, |_| {
        counts("18446744073709551616")
    }),
    server("number with a large exponent", WRONG, FIELDS, STATS, |_| {
        counts("1e400")
    }),
    server("number of 100 000 digits", WRONG, FIELDS, STATS, |_| {
        counts(&"9".repeat(100_000))
    }),
    server("negative number", WRONG, FIELDS, STATS, |_| counts("-1")),
    server("broken number", WRONG, FIELDS, STATS, |_| counts("6.5")),
    server("NaN", WRONG, FIELDS, STATS, |_| counts("NaN")),
    server("Infinity", WRONG, FIELDS, STATS, |_| counts("-Infinity")),
    server("number as a text", WRONG, FIELDS, STATS, |_| counts(r#""6""#)),
    server("null instead of a number", WRONG, FIELDS, STATS, |_| counts("null")),
    server("text that is not UTF-8", WRONG, FIELDS, META, |_| {
        Reply::answer(200, "", b"{\"installed_version\":\"\xff\xfe\"}")
    }),
    server("half a surrogate", WRONG, FIELDS, META, |_| version(r#""\ud800""#)),
    server("byte order mark before JSON", WRONG, FIELDS, META, |_| {
        json("\u{feff}{\"installed_version\":\"3.19.0\"}")
    }),
    server("something after JSON", WRONG, FIELDS, META, |_| {
        json(r#"{"installed_version":"3.19.0"}{}"#)
    }),
    server("comment in JSON", WRONG, FIELDS, META, |_| {
        json("{\"installed_version\":\"3.19.0\"/*x*/}")
    }),
    server("nothing instead of JSON", WRONG, FIELDS, META, |_| json("")),
    server("list instead of an object", WRONG, FIELDS, META, |_| json("[]")),
    server("version that steers a terminal", UNHARMED, FIELDS, META, |_| {
        version(r#""3.19.0\u001b[2J\u202e""#)
    }),
    server("version that is an address", UNHARMED, FIELDS, META, |_| {
        version(r#""canary.mail-11@example.com""#)
    }),
    server("version with a line break", UNHARMED, FIELDS, META, |_| {
        version(r#""3.19.0\nPRIORITY=0""#)
    }),
    server("seats of 2^64", UNHARMED, FIELDS, LICENSE, |_| {
        seats("18446744073709551616")
    }),
    server("negative seats", UNHARMED, FIELDS, LICENSE, |_| seats("-1")),
    server(
        "expiry in the year 999999",
        UNHARMED,
        "collect/facts.rs `parse_time`",
        LICENSE,
        |_| json(r#"{"seats":1400,"kind":"standard","expire_at":"+999999-01-01T00:00:00Z"}"#),
    ),
    server(
        "expiry that is an address",
        UNHARMED,
        "collect/facts.rs `parse_time`",
        LICENSE,
        |_| json(r#"{"seats":1400,"kind":"standard","expire_at":"canary.mail-11@example.com"}"#),
    ),
    cloud("state nested a million times", "malformed-answer", PARSE, STATE, |_| {
        json(&format!(r#"{{"x":{}"#, "[".repeat(1_000_000)))
    }),
    cloud(
        "state of almost 4 MiB",
        "unconfirmed",
        "sync/confirm.rs `wait_for_the_cloud`",
        STATE,
        |_| json(&format!(r#"{{"sync_state":"{}"}}"#, "x".repeat(4_000_000))),
    ),
    cloud(
        "state that steers a terminal",
        "unconfirmed",
        "sync/confirm.rs `wait_for_the_cloud`",
        STATE,
        |_| json(r#"{"sync_state":"\u001b[2Jcanary"}"#),
    ),
    cloud("token in a list", "malformed-answer", PARSE, TOKEN, |_| {
        Reply::answer(201, "", br#"[{"token":"canary","expires_at":"2126-11-24T04:00:00Z"}]"#)
    }),
    cloud(
        "acceptance that is not UTF-8",
        "malformed-answer",
        PARSE,
        UPLOAD,
        |_| Reply::answer(202, "Location: /uploads/1\r\n", b"{\"id\":\"\xff\"}"),
    ),
];
