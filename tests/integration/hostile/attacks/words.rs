//! Words of the cloud that are used again: tokens, times, the ID of an upload, its address, waits, messages.

use super::attack::{Attack, META, STATE, TOKEN, UNHARMED, UPLOAD, cloud, json, server};
use crate::support::loopback::Reply;

const WORD: &str = "connect/wire_text.rs `token`";
const ID: &str = "connect/wire_text.rs `upload_id`";
const OWN: &str = "connect/status.rs `own_location`";
const WAIT: &str = "transport/retry_after.rs `LONGEST_WAIT`";
const MALFORMED: &str = "malformed-answer";

fn token(token: &str, expires_at: &str) -> Reply {
    Reply::answer(
        201,
        "",
        format!(r#"{{"token":"{token}","expires_at":{expires_at}}}"#).as_bytes(),
    )
}

fn accepted(location: &str, id: &str) -> Reply {
    Reply::answer(
        202,
        &format!("Location: {location}\r\n"),
        format!(r#"{{"id":"{id}"}}"#).as_bytes(),
    )
}

fn at(location: &str) -> Reply {
    accepted(location, "1")
}

fn wait(status: u16, wait: &str) -> Reply {
    Reply::answer(status, &format!("Retry-After: {wait}\r\n"), b"")
}

fn refused(message: &str) -> Reply {
    Reply::answer(401, "", format!(r#"{{"message":"{message}"}}"#).as_bytes())
}

/// A time at which a token is good.
const GOOD: &str = r#""2126-11-24T04:00:00Z""#;

pub(super) const ATTACKS: &[Attack] = &[
    cloud("token with a line break", MALFORMED, WORD, TOKEN, |_| {
        token(r"canary\r\nHost: b", GOOD)
    }),
    cloud("token with NUL", MALFORMED, WORD, TOKEN, |_| {
        token(r"canary\u0000", GOOD)
    }),
    cloud("token of two words", MALFORMED, WORD, TOKEN, |_| {
        token("canary canary", GOOD)
    }),
    cloud("empty token", MALFORMED, WORD, TOKEN, |_| token("", GOOD)),
    cloud("token of 1 MiB", MALFORMED, WORD, TOKEN, |_| {
        token(&"canary".repeat(170_000), GOOD)
    }),
    cloud(
        "token that ran out in 1970",
        UNHARMED,
        "connect/token.rs `REFRESH_BEFORE`",
        TOKEN,
        |_| token("ghs_t", r#""1970-01-01T00:00:00Z""#),
    ),
    cloud(
        "token until the year 9999",
        UNHARMED,
        "connect/token.rs `authorize`",
        TOKEN,
        |_| token("ghs_t", r#""9999-12-31T23:59:59Z""#),
    ),
    cloud(
        "token until the year 262142",
        UNHARMED,
        "connect/token.rs `authorize`",
        TOKEN,
        |_| token("ghs_t", r#""+262142-12-31T23:59:59Z""#),
    ),
    cloud(
        "token until a number",
        MALFORMED,
        "transport/json.rs `parse`",
        TOKEN,
        |_| token("ghs_t", "9999999999999"),
    ),
    cloud("ID that steers a terminal", MALFORMED, ID, UPLOAD, |_| {
        accepted("/uploads/1", r"\u001b[2J")
    }),
    cloud("ID of 1 MiB", MALFORMED, ID, UPLOAD, |_| {
        accepted("/uploads/1", &"x".repeat(1 << 20))
    }),
    cloud("Location at another origin", MALFORMED, OWN, UPLOAD, |_| {
        at("https://elsewhere.example.com/uploads/1")
    }),
    cloud("Location without a scheme", MALFORMED, OWN, UPLOAD, |_| {
        at("//elsewhere.example.com/uploads/1")
    }),
    cloud("Location with backslashes", MALFORMED, OWN, UPLOAD, |_| {
        at(r"\\elsewhere.example.com\uploads\1")
    }),
    cloud("Location with credentials", MALFORMED, OWN, UPLOAD, |request| {
        at(&format!(
            "http://canary:canary@{}/uploads/1",
            request.header("host").unwrap()
        ))
    }),
    cloud(
        "Location with an address",
        MALFORMED,
        "connect/status.rs `own_location`",
        UPLOAD,
        |_| at("/uploads/canary.mail-11@example.com"),
    ),
    cloud("Location that is a script", MALFORMED, OWN, UPLOAD, |_| {
        at("javascript:alert(1)")
    }),
    cloud("Location that is a file", MALFORMED, OWN, UPLOAD, |_| {
        at("file:///etc/passwd")
    }),
    cloud("Location in other letters", MALFORMED, OWN, UPLOAD, |_| {
        at("https://els\u{435}where.example.com/uploads/1")
    }),
    cloud("Location with steps upward", UNHARMED, OWN, UPLOAD, |_| {
        at("/../../etc/../uploads/1")
    }),
    cloud("Location with an encoded line break", UNHARMED, OWN, UPLOAD, |_| {
        at("/%0d%0aX:%20x/uploads/1")
    }),
    cloud(
        "Location of 64 KiB",
        MALFORMED,
        "connect/upload.rs `LONGEST_LOCATION`",
        UPLOAD,
        |_| at(&format!("/{}/uploads/1", "x".repeat(65_536))),
    ),
    cloud(
        "no Location",
        MALFORMED,
        "connect/upload.rs `NoLocation`",
        UPLOAD,
        |_| Reply::answer(202, "", br#"{"id":"1"}"#),
    ),
    cloud("wait that is negative", "server-error", WAIT, UPLOAD, |_| {
        wait(503, "-1")
    }),
    cloud("wait of 2^64 seconds", "server-error", WAIT, UPLOAD, |_| {
        wait(503, "18446744073709551616")
    }),
    cloud("wait until the year 9999", "rate-limited", WAIT, TOKEN, |_| {
        wait(429, "Fri, 31 Dec 9999 23:59:59 GMT")
    }),
    cloud("wait that is not a number", "rate-limited", WAIT, TOKEN, |_| {
        wait(429, "NaN")
    }),
    server("wait of the server for ever", "rate-limited", WAIT, META, |_| {
        wait(429, "99999999999999999999999")
    }),
    cloud(
        "message that steers a terminal",
        "credentials-refused",
        "connect/token.rs `LONGEST_SHOWN`",
        TOKEN,
        |_| refused(r"\u001b[2J\u009b2J\u202e no"),
    ),
    cloud(
        "message with an address",
        "credentials-refused",
        "connect/token.rs `LONGEST_SHOWN`",
        TOKEN,
        |_| refused("canary.mail-11@example.com is not allowed"),
    ),
    cloud(
        "message that forges a record",
        "credentials-refused",
        "connect/token.rs `LONGEST_SHOWN`",
        TOKEN,
        |_| refused(r"no\nPRIORITY=0\nMESSAGE=healthy"),
    ),
    cloud(
        "message of a record's size",
        "credentials-refused",
        "connect/token.rs `MESSAGE_CAP`",
        TOKEN,
        |_| refused(&"x".repeat(300_000)),
    ),
    cloud(
        "number of a request that steers a terminal",
        "rejected",
        "connect/wire_text.rs `request_id`",
        UPLOAD,
        |_| Reply::answer(422, "x-github-request-id: \u{9b}2Jcanary\r\n", b""),
    ),
    cloud(
        "failure of every upload",
        "server-error",
        "connect/outcome.rs `judge`",
        UPLOAD,
        |_| Reply::answer(500, "", b"canary.mail-11@example.com"),
    ),
    cloud(
        "state that says no",
        "rejected",
        "sync/confirm.rs `NotProcessed`",
        STATE,
        |_| json(r#"{"sync_state":"failure","message":"canary.mail-11@example.com"}"#),
    ),
];
