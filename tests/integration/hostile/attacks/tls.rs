//! TLS: certificates that prove nothing, and peers that speak it wrongly or not at all.

use std::sync::Arc;

use rcgen::{ExtendedKeyUsagePurpose, IsCa};
use tokio_rustls::TlsAcceptor;

use super::attack::{Attack, META, Role, Strike, UNHARMED, Wire};
use crate::support::authority::{Authority, Validity};
use crate::support::loopback::Reply;

const RUSTLS: &str = "rustls";
const HOST: &str = "127.0.0.1";

const fn handshake(
    name: &'static str,
    role: Role,
    verdict: &'static str,
    tls: fn(&Authority) -> TlsAcceptor,
) -> Attack {
    Attack {
        name,
        role,
        wire: Wire::Tls,
        verdict,
        stopped_by: RUSTLS,
        strike: Strike::Handshake(tls),
    }
}

/// Something that answers the first message of a handshake with these bytes.
const fn record(name: &'static str, verdict: &'static str, bytes: fn() -> Vec<u8>) -> Attack {
    Attack {
        name,
        role: Role::Cloud,
        wire: Wire::Tls,
        verdict,
        stopped_by: RUSTLS,
        strike: Strike::Greeting(bytes),
    }
}

/// The first message of a server that speaks this version at most.
fn old_hello(minor: u8) -> Vec<u8> {
    let hello = [&[3, minor][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
    let size = u8::try_from(hello.len()).unwrap();
    [&[22, 3, minor, 0, size + 4, 2, 0, 0, size][..], &hello].concat()
}

/// Speaks these protocols only.
fn speaking(authority: &Authority, protocols: &[&[u8]]) -> TlsAcceptor {
    let mut config = authority.config(HOST, Validity::Now);
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

pub(super) const ATTACKS: &[Attack] = &[
    handshake(
        "certificate of another host",
        Role::Cloud,
        "tls-untrusted",
        |authority| authority.acceptor("elsewhere.example.com", Validity::Now),
    ),
    handshake("certificate of the past", Role::Cloud, "tls-untrusted", |authority| {
        authority.acceptor(HOST, Validity::Over)
    }),
    handshake(
        "certificate of the future",
        Role::Server,
        "tls-untrusted",
        |authority| authority.acceptor(HOST, Validity::Later),
    ),
    handshake(
        "certificate of an unknown authority",
        Role::Server,
        "tls-untrusted",
        |_| Authority::new().acceptor(HOST, Validity::Now),
    ),
    handshake("certificate of a client", Role::Cloud, "tls-untrusted", |authority| {
        let client = vec![ExtendedKeyUsagePurpose::ClientAuth];
        authority.acceptor_with(HOST, 1, |params| params.extended_key_usages = client)
    }),
    handshake(
        "certificate of an authority",
        Role::Cloud,
        "tls-untrusted",
        |authority| {
            authority.acceptor_with(HOST, 1, |params| {
                params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
            })
        },
    ),
    handshake(
        "certificate without a name",
        Role::Cloud,
        "tls-untrusted",
        |authority| authority.acceptor_with(HOST, 1, |params| params.subject_alt_names.clear()),
    ),
    handshake("1000 certificates", Role::Cloud, "unreachable-cloud", |authority| {
        authority.acceptor_with(HOST, 1000, |_| ())
    }),
    handshake(
        "HTTP/2 agreed on and HTTP/1 spoken",
        Role::Server,
        "unreachable-server",
        |authority| speaking(authority, &[b"h2"]),
    ),
    handshake(
        "protocol that nobody offered",
        Role::Cloud,
        "unreachable-cloud",
        |authority| speaking(authority, &[b"spdy/3"]),
    ),
    handshake("no protocol agreed on", Role::Server, UNHARMED, |authority| {
        speaking(authority, &[])
    }),
    record("TLS 1.0", "unreachable-cloud", || old_hello(1)),
    record("TLS 1.1", "unreachable-cloud", || old_hello(2)),
    record("plain HTTP instead of TLS", "unreachable-cloud", || {
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec()
    }),
    record("alert instead of a handshake", "unreachable-cloud", || {
        vec![21, 3, 3, 0, 2, 2, 70]
    }),
    record("handshake message of 16 MiB", "unreachable-cloud", || {
        [&[22, 3, 3, 64, 0, 11, 255, 255, 255][..], &[0; 16_380]].concat()
    }),
    Attack {
        name: "page of a sign-on over TLS",
        role: Role::Server,
        wire: Wire::Tls,
        verdict: "malformed-source",
        stopped_by: "collect/fields.rs `Fields`",
        strike: Strike::Answer(META, |_| {
            Reply::answer(200, "Content-Type: text/html\r\n", b"<!DOCTYPE html>")
        }),
    },
];
