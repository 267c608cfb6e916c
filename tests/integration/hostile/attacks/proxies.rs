//! Proxies that open no connection, or another one than was asked for.

use super::attack::{Attack, proxy, raw};
use crate::support::loopback::Reply;

const TUNNEL: &str = "transport/classify.rs `of_tunnel`";
const ANSWER: &str = "transport/proxy.rs `of_answer`";
const RUSTLS: &str = "rustls";
const REFUSED: &str = "proxy-refused";

fn wants(scheme: &str) -> Reply {
    Reply::answer(407, &format!("Proxy-Authenticate: {scheme}\r\n"), b"")
}

pub(super) const ATTACKS: &[Attack] = &[
    proxy("refusal by the proxy", REFUSED, ANSWER, |_| {
        Reply::answer(403, "", b"canary.mail-11@example.com")
    }),
    proxy("proxy that fails", "unreachable-cloud", ANSWER, |_| {
        Reply::answer(502, "", b"")
    }),
    proxy("redirect by the proxy", REFUSED, ANSWER, |_| {
        Reply::answer(302, "Location: http://elsewhere.example.com/\r\n", b"")
    }),
    proxy("407 again and again", REFUSED, TUNNEL, |_| {
        wants("Basic realm=\"canary\"")
    }),
    proxy("407 with an unknown scheme", REFUSED, TUNNEL, |_| {
        wants("Canary x=\"\u{1b}[2J\"")
    }),
    proxy("407 without a scheme", REFUSED, TUNNEL, |_| Reply::answer(407, "", b"")),
    proxy("407 with 1000 schemes", REFUSED, TUNNEL, |_| {
        wants(&"Negotiate, ".repeat(1000))
    }),
    proxy("interim answer by the proxy", REFUSED, TUNNEL, |_| {
        raw("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Connection established\r\n\r\n")
    }),
    proxy("head of a proxy without end", REFUSED, "hyper-util", |_| {
        Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 4096])
    }),
    proxy(
        "proxy that is no HTTP server",
        REFUSED,
        "transport/tunnel.rs `ask`",
        |_| raw("220 mail.example.com ESMTP\r\n"),
    ),
    proxy("proxy that closes", REFUSED, TUNNEL, |_| Reply::Pieces(Vec::new())),
    proxy("proxy that resets", REFUSED, TUNNEL, |_| Reply::ThenReset(Vec::new())),
    proxy("body behind an open connection", REFUSED, ANSWER, |_| {
        raw("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary")
    }),
    proxy(
        "plain HTTP behind an open connection",
        "unreachable-cloud",
        RUSTLS,
        |_| raw("HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"),
    ),
    proxy("noise behind an open connection", "unreachable-cloud", RUSTLS, |_| {
        Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 4096])
    }),
    proxy(
        "close behind an open connection",
        "unreachable-cloud",
        "transport/classify.rs `of_policy`",
        |_| raw("HTTP/1.1 200 OK\r\n\r\n"),
    ),
    proxy("header of a proxy that steers a terminal", REFUSED, ANSWER, |_| {
        Reply::answer(403, "X-Error: \u{1b}]0;canary\u{7}\r\nVia: \u{9b}2J\r\n", b"")
    }),
];
