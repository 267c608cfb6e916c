//! Connections that end where none may end, and bytes that nobody asked for.

use super::attack::{Attack, META, REPORT, Role, STATE, Strike, TOKEN, UPLOAD, Wire, cloud, raw, server};
use crate::support::loopback::{Reply, head};

const FAULT: &str = "transport/classify.rs `classify`";
const CONFIRM: &str = "sync/confirm.rs `wait_for_the_cloud`";
const HYPER: &str = "hyper";

const fn connection(
    name: &'static str,
    role: Role,
    wire: Wire,
    verdict: &'static str,
    stopped_by: &'static str,
    strike: Strike,
) -> Attack {
    Attack {
        name,
        role,
        wire,
        verdict,
        stopped_by,
        strike,
    }
}

/// Closes each connection as soon as it is open.
const fn closed(name: &'static str, role: Role, wire: Wire, verdict: &'static str) -> Attack {
    connection(name, role, wire, verdict, FAULT, Strike::Close)
}

/// Sends bytes before any request, whatever follows.
const fn greeting(name: &'static str, role: Role, verdict: &'static str, bytes: fn() -> Vec<u8>) -> Attack {
    connection(name, role, Wire::Http, verdict, HYPER, Strike::Greeting(bytes))
}

pub(super) const ATTACKS: &[Attack] = &[
    closed(
        "connection closed as soon as it is open",
        Role::Server,
        Wire::Http,
        "unreachable-server",
    ),
    closed(
        "connection closed before the handshake",
        Role::Cloud,
        Wire::Tls,
        "unreachable-cloud",
    ),
    closed(
        "connection closed by the proxy",
        Role::Proxy,
        Wire::Http,
        "proxy-refused",
    ),
    server(
        "connection closed before the response",
        "unreachable-server",
        FAULT,
        META,
        |_| Reply::Pieces(Vec::new()),
    ),
    server(
        "connection closed in the head",
        "unreachable-server",
        FAULT,
        META,
        |_| raw("HTTP/1.1 200 OK\r\nContent-"),
    ),
    server(
        "connection closed in the report",
        "unreachable-server",
        FAULT,
        REPORT,
        |_| raw("HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nid,login,email,suspended?,dormant?\n1,canary,"),
    ),
    server(
        "connection closed before the last chunk",
        "unreachable-server",
        FAULT,
        META,
        |_| raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    ),
    server(
        "connection reset before the response",
        "unreachable-server",
        FAULT,
        META,
        |_| Reply::ThenReset(Vec::new()),
    ),
    server(
        "connection reset in the report",
        "unreachable-server",
        FAULT,
        REPORT,
        |_| Reply::ThenReset([&head(200, "Content-Length: 999\r\n")[..], b"id,"].concat()),
    ),
    server(
        "connection half-closed in the body",
        "unreachable-server",
        FAULT,
        META,
        |_| Reply::ThenHalfClosed([&head(200, "Content-Length: 999\r\n")[..], b"{"].concat()),
    ),
    cloud(
        "connection closed before the token",
        "unreachable-cloud",
        FAULT,
        TOKEN,
        |_| Reply::Pieces(Vec::new()),
    ),
    cloud(
        "connection reset during the upload",
        "unreachable-cloud",
        FAULT,
        UPLOAD,
        |_| Reply::ThenReset(Vec::new()),
    ),
    cloud(
        "connection closed in the acceptance",
        "unreachable-cloud",
        FAULT,
        UPLOAD,
        |_| raw("HTTP/1.1 202 Accepted\r\nContent-Length: 99\r\n\r\n{\"id\""),
    ),
    cloud(
        "connection closed before the state",
        "unconfirmed",
        CONFIRM,
        STATE,
        |_| Reply::Pieces(Vec::new()),
    ),
    cloud("state that stays pending", "unconfirmed", CONFIRM, STATE, |_| {
        Reply::answer(200, "", br#"{"sync_state":"pending"}"#)
    }),
    greeting("banner of another protocol", Role::Server, "unreachable-server", || {
        b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()
    }),
    greeting("noise before the request", Role::Cloud, "unreachable-cloud", || {
        vec![0; 65_536]
    }),
    greeting("noise from the proxy", Role::Proxy, "proxy-refused", || {
        vec![0xff; 65_536]
    }),
];
