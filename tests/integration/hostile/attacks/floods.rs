//! Floods: messages that the protocols allow, that no reader ever sees, and that have no end.
//!
//! As whole syncs, with the program's own limit, they are played by the deep checks. Here each is one transfer with a lower
//! limit, in a thread of its own, so that the work of the attacker does not count.

use std::fmt::Write;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use ghe_license_sync::transport::Pace;

use super::attack::{Attack, META, TOKEN, UPLOAD, Wire, cloud, frames, server};
use super::peer::{self, frame};
use super::transfer;
use crate::support::authority::Authority;
use crate::support::loopback::Reply;

const EFFORT: &str = "transport/pace.rs `LONGEST_EFFORT`";
const FLOODED: &str = "malformed-answer";
const H2: &str = "h2";

/// The types of frames, as in RFC 9113.
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const PRIORITY: u8 = 2;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const UNKNOWN: u8 = 0xbe;

const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// So many messages are written at once.
const TIMES: usize = 1000;

/// The work that a peer may cause here.
const LIMIT: Duration = Duration::from_millis(100);

/// So many floods run at once.
const AT_ONCE: usize = 2;

fn nothing() -> Vec<u8> {
    Vec::new()
}

fn interim(response: &str) -> Reply {
    Reply::Endless(Vec::new(), response.repeat(TIMES).into_bytes())
}

/// The head of a response with `:status: 201`, as a token has, and nothing else.
fn head() -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, b"\x08\x03201")
}

/// The head of an interim response, `:status: 103`.
fn hint() -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, b"\x08\x03103")
}

pub(super) const ATTACKS: &[Attack] = &[
    server("103 Early Hints without end", "malformed-source", EFFORT, META, |_| {
        interim("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
    }),
    cloud("100 Continue without end", FLOODED, EFFORT, TOKEN, |_| {
        interim("HTTP/1.1 100 Continue\r\n\r\n")
    }),
    cloud(
        "102 Processing of an upload without end",
        FLOODED,
        EFFORT,
        UPLOAD,
        |_| interim("HTTP/1.1 102 Processing\r\n\r\n"),
    ),
    Attack {
        wire: Wire::Tls,
        ..server(
            "100 Continue over TLS without end",
            "malformed-source",
            EFFORT,
            META,
            |_| interim("HTTP/1.1 100 Continue\r\n\r\n"),
        )
    },
    frames("PING without end", FLOODED, EFFORT, nothing, || {
        frame(PING, 0, 0, &[0; 8]).repeat(TIMES)
    }),
    frames("acknowledged PING without end", FLOODED, EFFORT, nothing, || {
        frame(PING, ACK, 0, &[0; 8]).repeat(TIMES)
    }),
    frames("SETTINGS without end", FLOODED, EFFORT, nothing, || {
        frame(SETTINGS, 0, 0, &[]).repeat(TIMES)
    }),
    frames("PRIORITY without end", FLOODED, EFFORT, nothing, || {
        frame(PRIORITY, 0, 3, &[0, 0, 0, 0, 1]).repeat(TIMES)
    }),
    frames("WINDOW_UPDATE without end", FLOODED, EFFORT, nothing, || {
        frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]).repeat(TIMES)
    }),
    frames("unknown frames without end", FLOODED, EFFORT, nothing, || {
        frame(UNKNOWN, 0, 0, b"x").repeat(TIMES)
    }),
    frames("empty DATA without end", "unreachable-cloud", H2, head, || {
        frame(DATA, 0, 1, &[]).repeat(TIMES)
    }),
    frames("103 over HTTP/2 without end", FLOODED, EFFORT, nothing, || {
        hint().repeat(TIMES)
    }),
    frames("RST_STREAM without end", "unreachable-cloud", H2, nothing, || {
        frame(RST_STREAM, 0, 1, &[0, 0, 0, 8]).repeat(TIMES)
    }),
    frames("GOAWAY without end", "unreachable-cloud", H2, nothing, || {
        frame(GOAWAY, 0, 0, &[0; 8]).repeat(TIMES)
    }),
];

/// The reason with which the flood ends.
async fn play(attack: &'static Attack) -> &'static str {
    let authority = Authority::new();
    let (url, network) = (peer::start(attack, &authority).await.url, authority.network());
    let mut pace = Pace::default();
    // What ends in another way ends before the program's own limit, on a slow machine too.
    if attack.stopped_by == EFFORT {
        pace.longest_effort = LIMIT;
    }
    let flooded = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(transfer::play(attack, url, network, pace))
    };
    tokio::task::spawn_blocking(flooded).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_flood_ends_by_the_work_that_it_causes() {
    let mut played = stream::iter(ATTACKS)
        .map(async |attack| (attack, play(attack).await))
        .buffer_unordered(AT_ONCE);
    let mut mistakes = String::new();
    while let Some((attack, verdict)) = played.next().await {
        if verdict != attack.verdict {
            writeln!(mistakes, "{}: {verdict}", attack.name).unwrap();
        }
    }
    assert!(mistakes.is_empty(), "{mistakes}");
}
