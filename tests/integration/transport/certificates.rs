//! TLS: only certificates that are trusted, valid and made for the host are accepted.

use ghe_license_sync::settings::Network;
use insta::assert_snapshot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use super::{failure, get};
use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Loopback, Reply};

async fn serve(authority: &Authority, host: &str, validity: Validity) -> Loopback {
    Loopback::serve_tls(authority.acceptor(host, validity), |_| Reply::answer(200, "", b"hello")).await
}

#[tokio::test]
async fn a_certificate_of_the_given_authority_is_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Now).await;
    assert_eq!(get(&server.url, &authority.network()).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_not_trusted() {
    let server = serve(&Authority::new(), "127.0.0.1", Validity::Now).await;
    let other = Authority::new();
    assert_snapshot!(failure(&server.url, &other.network()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (nobody who is trusted has signed it)
    help: if a private authority signed it, name its certificate in `server.ca-file`; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn an_expired_certificate_is_not_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Over).await;
    assert_snapshot!(failure(&server.url, &authority.network()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (it has expired)
    help: have the certificate renewed, and check this machine's clock; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_not_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "github.example.com", Validity::Now).await;
    assert_snapshot!(failure(&server.url, &authority.network()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (it was made for another host)
    help: set `server.url` to the name in the certificate, or have one made for this name
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn a_certificate_of_the_future_is_not_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Later).await;
    assert_snapshot!(failure(&server.url, &authority.network()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (it is not valid yet)
    help: have the certificate renewed, and check this machine's clock; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn without_a_further_authority_only_the_systems_own_are_trusted() {
    let server = serve(&Authority::new(), "127.0.0.1", Validity::Now).await;
    assert_snapshot!(failure(&server.url, &Network::default()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (nobody who is trusted has signed it)
    help: if a private authority signed it, name its certificate in `server.ca-file`; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

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
async fn a_port_without_tls_is_told() {
    assert_snapshot!(failure_of_handshake(b"HTTP/1.1 400 Bad Request\r\n\r\n").await, @r#"
    error: GET https://HOST/ failed: the TLS handshake failed (received corrupt message of type InvalidContentType)
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_connection_closed_in_the_handshake_is_told() {
    assert_snapshot!(failure_of_handshake(b"").await, @r#"
    error: GET https://HOST/ failed: the connection was broken off
    help: if it happens again, look at what stands in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_handshake_that_the_other_side_gives_up_is_told() {
    // A fatal alert of TLS 1.2: protocol version.
    assert_snapshot!(failure_of_handshake(b"\x15\x03\x03\x00\x02\x02\x46").await, @r#"
    error: GET https://HOST/ failed: the TLS handshake failed (received fatal alert: ProtocolVersion)
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: unreachable-server, exit 69
    "#);
}
