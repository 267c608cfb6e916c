//! HTTP/2 frames that the protocol does not allow, and those with which it can be made to hold much.

use super::attack::{Attack, frames};
use super::peer::frame;

const H2: &str = "h2";
const CLASSIFY: &str = "transport/classify.rs `of_http`";
const JUDGE: &str = "connect/outcome.rs `judge`";
const REFUSED: &str = "unreachable-cloud";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:status: 200`, as HPACK has it in its table.
const OK: u8 = 0x88;

/// `:status: 400`.
const BAD_REQUEST: u8 = 0x8c;

/// A header in HPACK, not to be remembered or so.
fn header(kind: u8, name: &[u8], value: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    [&[kind, length(name)][..], name, &[length(value)], value].concat()
}

fn head(block: &[u8]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS, 1, block)
}

/// A whole response with this status.
fn over(status: u8) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, 1, &[status])
}

/// A header of 100 bytes that is remembered, and then repeated by its number: a byte each.
fn bomb() -> Vec<u8> {
    let first = [&[OK][..], &header(0x40, b"x", &[b'x'; 100])].concat();
    [first, vec![0xbe; 16_000]].concat()
}

fn nothing() -> Vec<u8> {
    Vec::new()
}

pub(super) const ATTACKS: &[Attack] = &[
    frames(
        "data before a head",
        REFUSED,
        H2,
        || frame(DATA, 0, 1, b"canary"),
        nothing,
    ),
    frames(
        "head on the connection itself",
        REFUSED,
        H2,
        || frame(HEADERS, END_HEADERS, 0, &[OK]),
        nothing,
    ),
    frames(
        "head of a request never made",
        REFUSED,
        H2,
        || frame(HEADERS, END_HEADERS, 99, &[OK]),
        nothing,
    ),
    frames(
        "head of the server's own",
        REFUSED,
        H2,
        || frame(HEADERS, END_HEADERS, 2, &[OK]),
        nothing,
    ),
    frames(
        "promise of another answer",
        REFUSED,
        H2,
        || frame(PUSH_PROMISE, END_HEADERS, 1, &[0, 0, 0, 2, OK]),
        nothing,
    ),
    frames(
        "continuation of nothing",
        REFUSED,
        H2,
        || frame(CONTINUATION, END_HEADERS, 1, &[OK]),
        nothing,
    ),
    frames(
        "head that is continued without end",
        REFUSED,
        H2,
        || frame(HEADERS, 0, 1, &[OK]),
        || frame(CONTINUATION, 0, 1, &header(0, b"x", &[b'x'; 100])),
    ),
    frames(
        "head that is continued by nothing without end",
        REFUSED,
        H2,
        || frame(HEADERS, 0, 1, &[OK]),
        || frame(CONTINUATION, 0, 1, &[]).repeat(500),
    ),
    frames("HPACK bomb", "malformed-answer", H2, || head(&bomb()), nothing),
    frames(
        "HPACK index of nothing",
        REFUSED,
        H2,
        || head(&[OK, 0xff, 0xff, 0xff, 0x7f]),
        nothing,
    ),
    frames(
        "HPACK number without end",
        REFUSED,
        H2,
        || head(&[&[0xff][..], &[0xff; 100]].concat()),
        nothing,
    ),
    frames(
        "header name in capitals",
        REFUSED,
        H2,
        || head(&[&[OK][..], &header(0, b"X", b"x")].concat()),
        nothing,
    ),
    frames(
        "line break in a header",
        REFUSED,
        H2,
        || head(&[&[OK][..], &header(0, b"x", b"a\r\nLocation: b")].concat()),
        nothing,
    ),
    frames(
        "head without a status",
        REFUSED,
        H2,
        || head(&header(0, b"x", b"x")),
        nothing,
    ),
    frames(
        "status in letters over HTTP/2",
        REFUSED,
        H2,
        || head(&header(0, b":status", b"2OO")),
        nothing,
    ),
    frames(
        "frame that is too large",
        REFUSED,
        H2,
        || [&[0xff, 0xff, 0xff, DATA, 0, 0, 0, 0, 1][..], &[0; 65_536]].concat(),
        nothing,
    ),
    frames(
        "window that overflows",
        REFUSED,
        H2,
        || frame(WINDOW_UPDATE, 0, 0, &0x7fff_ffff_u32.to_be_bytes()).repeat(2),
        nothing,
    ),
    frames(
        "window that grows by nothing",
        REFUSED,
        H2,
        || frame(WINDOW_UPDATE, 0, 0, &[0; 4]),
        nothing,
    ),
    frames(
        "window of 2^31",
        REFUSED,
        H2,
        || frame(SETTINGS, 0, 0, &[0, 4, 0x80, 0, 0, 0]),
        nothing,
    ),
    frames(
        "frames of no size at all",
        REFUSED,
        H2,
        || frame(SETTINGS, 0, 0, &[0, 5, 0, 0, 0, 0]),
        nothing,
    ),
    frames(
        "push enabled by the server",
        "malformed-answer",
        JUDGE,
        || [frame(SETTINGS, 0, 0, &[0, 2, 0, 0, 0, 1]), over(BAD_REQUEST)].concat(),
        nothing,
    ),
    frames(
        "PING of a wrong size",
        REFUSED,
        H2,
        || frame(PING, 0, 0, b"canary"),
        nothing,
    ),
    frames(
        "RST_STREAM for the request",
        REFUSED,
        CLASSIFY,
        || frame(RST_STREAM, 0, 1, &[0, 0, 0, 11]),
        nothing,
    ),
    frames(
        "RST_STREAM for a request never made",
        REFUSED,
        H2,
        || frame(RST_STREAM, 0, 99, &[0, 0, 0, 8]),
        nothing,
    ),
    frames(
        "GOAWAY that steers a terminal",
        REFUSED,
        CLASSIFY,
        || {
            let said = "\u{1b}[2Jcanary.mail-11@example.com".repeat(100);
            frame(GOAWAY, 0, 0, &[&[0; 4][..], &[0, 0, 0, 11], said.as_bytes()].concat())
        },
        nothing,
    ),
    frames(
        "trailers after the end of the response",
        "malformed-answer",
        JUDGE,
        || {
            let trailers = frame(HEADERS, END_HEADERS | END_STREAM, 1, &header(0, b"x", b"x"));
            [over(BAD_REQUEST), trailers].concat()
        },
        nothing,
    ),
];
