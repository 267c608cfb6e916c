//! Heads of answers: sizes, separators, characters and lengths that HTTP does not allow, or that two parsers could read in
//! two ways.

use super::attack::{Attack, META, UNHARMED, UPLOAD, cloud, raw, server};
use crate::support::enterprise::META as GOOD;
use crate::support::loopback::{Reply, head};

const HYPER: &str = "hyper";
const CONNECTION: &str = "transport/client.rs `pool_max_idle_per_host`";
const HEAD: &str = "hyper: 100 headers, 400 KiB";

/// A good answer with these lines in its head.
fn with(lines: &str) -> Reply {
    let length = GOOD.len();
    raw(format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n{lines}\r\n{GOOD}"
    ))
}

/// A good answer with this instead of its first line and headers.
fn after(head: &str) -> Reply {
    raw(format!("{head}\r\n\r\n{GOOD}"))
}

fn chunked(lines: &str) -> Reply {
    let size = GOOD.len();
    raw(format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{lines}\r\n{size:x}\r\n{GOOD}\r\n0\r\n\r\n"
    ))
}

pub(super) const ATTACKS: &[Attack] = &[
    server("header of 64 KiB", UNHARMED, HEAD, META, |_| {
        with(&format!("X: {}\r\n", "x".repeat(65_536)))
    }),
    server("header without end", "malformed-source", HEAD, META, |_| {
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 4096])
    }),
    server("10 000 headers", "malformed-source", HEAD, META, |_| {
        with(&"X: x\r\n".repeat(10_000))
    }),
    server("folded header", "unreachable-server", HYPER, META, |_| {
        with("X: a\r\n b\r\n")
    }),
    server("NUL in a header", "unreachable-server", HYPER, META, |_| {
        with("X: a\0b\r\n")
    }),
    server("space before the colon", "unreachable-server", HYPER, META, |_| {
        with("Content-Type : text/plain\r\n")
    }),
    server("line feeds alone", UNHARMED, HYPER, META, |_| {
        raw(format!("HTTP/1.1 200 OK\nContent-Length: {}\n\n{GOOD}", GOOD.len()))
    }),
    server("carriage returns alone", "unreachable-server", HYPER, META, |_| {
        raw("HTTP/1.1 200 OK\rX: x\r\r")
    }),
    server("status 99", "unreachable-server", HYPER, META, |_| {
        after("HTTP/1.1 99 No")
    }),
    server("status 1000", "unreachable-server", HYPER, META, |_| {
        after("HTTP/1.1 1000 No")
    }),
    server("status in letters", "unreachable-server", HYPER, META, |_| {
        after("HTTP/1.1 2OO OK")
    }),
    server("HTTP/9.9", "unreachable-server", HYPER, META, |_| {
        after("HTTP/9.9 200 OK")
    }),
    server("HTTP/0.9", "unreachable-server", HYPER, META, |_| raw(GOOD)),
    server(
        "reason that steers a terminal",
        "unreachable-server",
        "collect/refusal.rs `ServerRefusal`",
        META,
        |_| after("HTTP/1.1 500 \u{1b}[2Jcanary.mail-11@example.com\r\nContent-Length: 0"),
    ),
    server(
        "protocol switched",
        "malformed-source",
        "collect/refusal.rs `ServerRefusal`",
        META,
        |_| after("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c"),
    ),
    server("length twice and different", "unreachable-server", HYPER, META, |_| {
        with("Content-Length: 1\r\n")
    }),
    server("length twice and equal", UNHARMED, HYPER, META, |_| {
        with(&format!("Content-Length: {}\r\n", GOOD.len()))
    }),
    server("negative length", "unreachable-server", HYPER, META, |_| {
        after("HTTP/1.1 200 OK\r\nContent-Length: -1")
    }),
    server("length with a sign", "unreachable-server", HYPER, META, |_| {
        after("HTTP/1.1 200 OK\r\nContent-Length: +1")
    }),
    server("length of 2^64", "unreachable-server", HYPER, META, |_| {
        after("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616")
    }),
    server(
        "length of 2^64 - 3",
        "payload-too-large",
        "collect/facts.rs `CAP`",
        META,
        |_| Reply::Endless(head(200, "Content-Length: 18446744073709551613\r\n"), vec![b' '; 4096]),
    ),
    server("length and chunks", UNHARMED, CONNECTION, META, |_| {
        chunked("Content-Length: 4\r\n")
    }),
    server("unknown transfer coding", UNHARMED, CONNECTION, META, |_| {
        after("HTTP/1.1 200 OK\r\nTransfer-Encoding: canary")
    }),
    server(
        "chunk of an impossible size",
        "malformed-source",
        "transport/classify.rs `classify`",
        META,
        |_| raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
    ),
    server(
        "negative chunk",
        "malformed-source",
        "transport/classify.rs `classify`",
        META,
        |_| raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
    ),
    server("chunk extension without end", "malformed-source", HYPER, META, |_| {
        Reply::Endless(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;".to_vec(),
            vec![b'x'; 4096],
        )
    }),
    server("trailers without end", "malformed-source", HYPER, META, |_| {
        let start = format!(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{GOOD}\r\n0\r\n",
            GOOD.len()
        );
        Reply::Endless(start.into_bytes(), b"X: x\r\n".repeat(500))
    }),
    server(
        "body of an answer that has none",
        "malformed-source",
        "collect/refusal.rs `ServerRefusal`",
        META,
        |_| after("HTTP/1.1 204 No Content"),
    ),
    server("second answer in the first", UNHARMED, CONNECTION, META, |_| {
        let second = r#"{"installed_version":"0.0.0"}"#;
        let length = GOOD.len();
        raw(format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{GOOD}HTTP/1.1 200 OK\r\nContent-Length: 29\r\n\r\n{second}"
        ))
    }),
    server("answer in single bytes", UNHARMED, HYPER, META, |_| {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{GOOD}", GOOD.len());
        Reply::Pieces(answer.bytes().map(|byte| vec![byte]).collect())
    }),
    server(
        "body without end",
        "payload-too-large",
        "collect/facts.rs `CAP`",
        META,
        |_| Reply::Endless(head(200, ""), vec![b' '; 16_384]),
    ),
    server(
        "page of an error without end",
        "server-error",
        "collect/refusal.rs `ServerRefusal`",
        META,
        |_| Reply::Endless(head(500, ""), vec![b' '; 16_384]),
    ),
    cloud(
        "answer without end",
        "malformed-answer",
        "connect/api.rs `ANSWER_CAP`",
        UPLOAD,
        |_| Reply::Endless(head(202, ""), vec![b' '; 16_384]),
    ),
    server(
        "type of content that steers a terminal",
        "unreachable-server",
        "collect/fields.rs `Fields`",
        META,
        |_| {
            Reply::answer(
                200,
                "Content-Type: text/html\r\nContent-Type: \u{1b}[2J\r\n",
                GOOD.as_bytes(),
            )
        },
    ),
];
