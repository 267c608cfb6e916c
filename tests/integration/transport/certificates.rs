//! TLS: only certificates that are trusted, valid and made for the host are accepted.

use insta::assert_snapshot;

use super::{failure, get};
use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Loopback, Reply};
use ghe_license_sync::settings::Network;
use url::Url;

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
    error: GET https://HOST/ failed: the certificate is not trusted (BadSignature)
    help: if a private authority signed it, name its certificate in `server.ca-file`; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn an_expired_certificate_is_not_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Over).await;
    assert_snapshot!(failure(&server.url, &authority.network()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (certificate expired: verification time 1795488088 (UNIX), but certificate is not valid after 1609459200 (186028888 seconds ago))
    help: if a private authority signed it, name its certificate in `server.ca-file`; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn a_certificate_for_another_host_is_not_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "github.example.com", Validity::Now).await;
    assert_snapshot!(failure(&server.url, &authority.network()).await, @r#"
    error: GET https://HOST/ failed: the certificate is not trusted (certificate not valid for name "127.0.0.1"; certificate is only valid for DnsName("github.example.com"))
    help: if a private authority signed it, name its certificate in `server.ca-file`; checks cannot be switched off
    reason: tls-untrusted, exit 69
    "#);
}

#[tokio::test]
async fn a_port_without_tls_is_told() {
    let server = Loopback::serve(|_| Reply::answer(200, "", b"")).await;
    let url = Url::parse(&format!("https://{}/", server.address)).unwrap();
    assert_snapshot!(failure(&url, &Authority::new().network()).await, @r#"
    error: GET https://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_connection_closed_in_the_handshake_is_told() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 5];
            let _ = tokio::io::AsyncReadExt::read_exact(&mut stream, &mut hello).await;
        }
    });
    assert_snapshot!(failure(&url, &Authority::new().network()).await, @r#"
    error: GET https://HOST/ failed: the connection was reset
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn without_a_further_authority_the_systems_own_are_asked() {
    let server = serve(&Authority::new(), "127.0.0.1", Validity::Now).await;
    assert!(get(&server.url, &Network::default()).await.is_err());
}
