//! What an attack is: who attacks, over which wire, by what, what happens to the run, and which line stops it.

use tokio_rustls::TlsAcceptor;

use crate::support::authority::Authority;
use crate::support::loopback::{Reply, Request};

/// The verdict on an attack that changes nothing: the run is confirmed.
pub(super) const UNHARMED: &str = "unharmed";

/// The host in whose place the attacker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Server,
    Cloud,
    /// The cloud's host for uploads; the other is good.
    Uploads,
    Proxy,
}

impl Role {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Cloud | Self::Uploads => "cloud",
            Self::Proxy => "proxy",
        }
    }
}

/// What the attacker speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Http,
    Tls,
    Http2,
}

impl Wire {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Http => "HTTP",
            Self::Tls => "TLS",
            Self::Http2 => "HTTP/2",
        }
    }
}

/// What the attacker does.
#[derive(Clone, Copy)]
pub(super) enum Strike {
    /// Answers requests whose path ends like this, and all others well.
    Answer(&'static str, fn(&Request) -> Reply),
    /// Says this on each connection, whatever is asked and before anything is.
    Greeting(fn() -> Vec<u8>),
    /// Closes each connection as soon as it is open.
    Close,
    /// Sends these HTTP/2 frames once a request is there, and the others again and again.
    Frames(fn() -> Vec<u8>, fn() -> Vec<u8>),
    /// Is the TLS side of a good host with this flaw.
    Handshake(fn(&Authority) -> TlsAcceptor),
}

/// One attack of the table.
#[derive(Clone, Copy)]
pub(super) struct Attack {
    pub(super) name: &'static str,
    pub(super) role: Role,
    pub(super) wire: Wire,
    /// The reason code of the run, or [`UNHARMED`].
    pub(super) verdict: &'static str,
    /// What stops it: a file below `src` and a name in it, or a library.
    pub(super) stopped_by: &'static str,
    pub(super) strike: Strike,
}

/// An answer of an enterprise server.
pub(super) const fn server(
    name: &'static str,
    verdict: &'static str,
    stopped_by: &'static str,
    path: &'static str,
    answer: fn(&Request) -> Reply,
) -> Attack {
    Attack {
        name,
        role: Role::Server,
        wire: Wire::Http,
        verdict,
        stopped_by,
        strike: Strike::Answer(path, answer),
    }
}

/// An answer of a cloud.
pub(super) const fn cloud(
    name: &'static str,
    verdict: &'static str,
    stopped_by: &'static str,
    path: &'static str,
    answer: fn(&Request) -> Reply,
) -> Attack {
    Attack {
        role: Role::Cloud,
        ..server(name, verdict, stopped_by, path, answer)
    }
}

/// An answer of a proxy to `CONNECT`.
pub(super) const fn proxy(
    name: &'static str,
    verdict: &'static str,
    stopped_by: &'static str,
    answer: fn(&Request) -> Reply,
) -> Attack {
    Attack {
        role: Role::Proxy,
        ..server(name, verdict, stopped_by, "", answer)
    }
}

/// Frames of a cloud: some once, others again and again.
pub(super) const fn frames(
    name: &'static str,
    verdict: &'static str,
    stopped_by: &'static str,
    once: fn() -> Vec<u8>,
    again: fn() -> Vec<u8>,
) -> Attack {
    Attack {
        name,
        role: Role::Cloud,
        wire: Wire::Http2,
        verdict,
        stopped_by,
        strike: Strike::Frames(once, again),
    }
}

/// Paths of the requests, by their ends.
pub(super) const META: &str = "/api/v3/meta";
pub(super) const LICENSE: &str = "/settings/license";
pub(super) const STATS: &str = "/stats/users";
pub(super) const REPORT: &str = "/all_users.csv";
pub(super) const TOKEN: &str = "/access_tokens";
pub(super) const UPLOAD: &str = "/license-usage";
pub(super) const STATE: &str = "/uploads/1";
pub(super) const LIST: &str = "/license-sync-status";

/// Bytes as they are, after which the connection is closed.
pub(super) fn raw(bytes: impl Into<Vec<u8>>) -> Reply {
    Reply::Pieces(vec![bytes.into()])
}

/// A good answer of the server in JSON.
pub(super) fn json(body: &str) -> Reply {
    Reply::answer(200, "Content-Type: application/json\r\n", body.as_bytes())
}
