//! TLS handshakes that fail for another reason than a certificate.

use insta::assert_snapshot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::failure;
use crate::support::authority::Authority;

/// What an operator reads when what listens there answers the TLS client's first bytes with `bytes`.
async fn failure_of_handshake(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut hello = [0; 16 * 1024];
        assert_ne!(stream.read(&mut hello).await.unwrap(), 0);
        stream.write_all(bytes).await.unwrap();
    });
    failure(&url, &Authority::new().network()).await
}

#[tokio::test]
async fn a_port_without_tls_is_reported() {
    assert_snapshot!(failure_of_handshake(b"HTTP/1.1 400 Bad Request\r\n\r\n").await, @"
    error: GET https://HOST/ failed: the TLS handshake failed (the peer is not a TLS server)
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_connection_closed_in_the_handshake_is_reported() {
    assert_snapshot!(failure_of_handshake(b"").await, @"
    error: GET https://HOST/ failed: the TLS handshake failed (the peer closed the connection)
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_handshake_that_the_other_side_gives_up_is_reported() {
    // Fatal alerts of TLS 1.2: protocol version, handshake failure, certificate required, unrecognized name and one that
    // has no text of its own, internal error.
    let alerts: [&[u8]; 5] = [
        b"\x15\x03\x03\x00\x02\x02\x46",
        b"\x15\x03\x03\x00\x02\x02\x28",
        b"\x15\x03\x03\x00\x02\x02\x74",
        b"\x15\x03\x03\x00\x02\x02\x70",
        b"\x15\x03\x03\x00\x02\x02\x50",
    ];
    let mut all = Vec::new();
    for alert in alerts {
        all.push(failure_of_handshake(alert).await);
    }
    assert_snapshot!(all.join("\n"), @"
    error: GET https://HOST/ failed: the TLS handshake failed (the peer offers neither TLS 1.2 nor TLS 1.3)
    help: have TLS 1.2 or 1.3 enabled there, or check `server.url`; older ones are not used
    reason: unreachable-server, exit 69

    error: GET https://HOST/ failed: the TLS handshake failed (the peer found no cipher suite, key exchange or signature in common)
    help: have ECDHE with AES-GCM or ChaCha20-Poly1305 enabled there, or check `server.url`; a peer that requires a client certificate can fail alike
    reason: unreachable-server, exit 69

    error: GET https://HOST/ failed: the TLS handshake failed (the peer requires a client certificate)
    help: have it let this machine in without one: no client certificate can be set
    reason: unreachable-server, exit 69

    error: GET https://HOST/ failed: the TLS handshake failed (the peer does not know the host name)
    help: check the host name in `server.url`
    reason: unreachable-server, exit 69

    error: GET https://HOST/ failed: the TLS handshake failed (received fatal alert: InternalError)
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_peer_that_chooses_an_old_version_is_reported_like_one_that_gives_up_for_it() {
    // The hello of a server with TLS 1.0: version, 32 random bytes, no session, TLS_RSA_WITH_AES_128_CBC_SHA.
    let hello = [
        &b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01"[..],
        &[7; 32],
        b"\x00\x00\x2f\x00",
    ]
    .concat();
    let told = failure_of_handshake(hello.leak()).await;
    assert_eq!(told, failure_of_handshake(b"\x15\x03\x03\x00\x02\x02\x46").await);
}
