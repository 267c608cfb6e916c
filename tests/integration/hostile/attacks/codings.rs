//! Content codings: what is small on the wire and large, damaged or nothing once it is decoded.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::attack::{Attack, META, REPORT, STATE, TOKEN, UPLOAD, cloud, server};
use crate::hostile::bomb;
use crate::support::enterprise::META as GOOD;
use crate::support::loopback::{Reply, head};

const CODING: &str = "transport/coding.rs `Coding`";
const MEMBERS: &str = "transport/coding.rs `Gunzip`";
const GZIP: &str = "Content-Encoding: gzip\r\n";

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A good answer whose gzip has one byte changed, counted from its end.
fn damaged(from_end: usize) -> Reply {
    let mut bytes = packed(GOOD.as_bytes());
    let at = bytes.len() - from_end;
    bytes[at] ^= 1;
    Reply::answer(200, GZIP, &bytes)
}

pub(super) const ATTACKS: &[Attack] = &[
    server("gzip bomb", "payload-too-large", "collect/facts.rs `CAP`", META, |_| {
        bomb(200, b" ", 100)
    }),
    server(
        "gzip bomb as the report",
        "malformed-source",
        "collect/csv_row.rs `BYTE_CAP`",
        REPORT,
        |_| bomb(200, b"x", 200),
    ),
    server("gzip in gzip", "malformed-source", CODING, META, |_| {
        Reply::answer(
            200,
            "Content-Encoding: gzip, gzip\r\n",
            &packed(&packed(GOOD.as_bytes())),
        )
    }),
    server("coding that nobody asked for", "malformed-source", CODING, META, |_| {
        Reply::answer(200, "Content-Encoding: br\r\n", GOOD.as_bytes())
    }),
    server(
        "coding that steers a terminal",
        "malformed-source",
        CODING,
        META,
        |_| {
            Reply::answer(
                200,
                "Content-Encoding: \u{9b}2Jcanary.mail-11@example.com\r\n",
                GOOD.as_bytes(),
            )
        },
    ),
    server("gzip with a wrong checksum", "malformed-source", MEMBERS, META, |_| {
        damaged(8)
    }),
    server("gzip with a wrong size", "malformed-source", MEMBERS, META, |_| {
        damaged(4)
    }),
    server("gzip that is cut", "unreachable-server", MEMBERS, META, |_| {
        let bytes = packed(GOOD.as_bytes());
        Reply::answer(200, GZIP, &bytes[..bytes.len() - 9])
    }),
    server("gzip and something else", "malformed-source", MEMBERS, META, |_| {
        Reply::answer(200, GZIP, &[&packed(GOOD.as_bytes())[..], b"canary"].concat())
    }),
    server("text as gzip", "malformed-source", MEMBERS, META, |_| {
        Reply::answer(200, GZIP, GOOD.as_bytes())
    }),
    server(
        "gzip name without end",
        "malformed-source",
        "transport/pace.rs `LONGEST_EFFORT`",
        META,
        |_| {
            let name = [0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3];
            Reply::Endless([&head(200, GZIP)[..], &name].concat(), vec![b'x'; 65_536])
        },
    ),
    server(
        "empty gzip members without end",
        "malformed-source",
        "transport/pace.rs `LONGEST_EFFORT`",
        REPORT,
        |_| Reply::Endless(head(200, GZIP), packed(b"").repeat(500)),
    ),
    cloud(
        "gzip bomb as the token",
        "malformed-answer",
        "connect/api.rs `ANSWER_CAP`",
        TOKEN,
        |_| bomb(201, b" ", 100),
    ),
    cloud(
        "gzip bomb as the state",
        "malformed-answer",
        "connect/api.rs `ANSWER_CAP`",
        STATE,
        |_| bomb(200, b" ", 100),
    ),
    cloud("coding of the acceptance", "malformed-answer", CODING, UPLOAD, |_| {
        Reply::answer(
            202,
            "Content-Encoding: deflate\r\nLocation: /uploads/1\r\n",
            br#"{"id":"1"}"#,
        )
    }),
];
