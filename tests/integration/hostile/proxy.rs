//! A proxy that means harm, before it has opened a connection.

use std::time::Duration;

use ghe_license_sync::settings::{Environment, Network, Proxy};
use ghe_license_sync::transport::{Peer, Redirects, TransportError, build};
use insta::assert_snapshot;
use url::Url;

use super::on_the_way;
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

/// What an operator reads when a host is asked through this proxy within this time.
async fn failure(proxy: &Loopback, limit: Duration) -> String {
    let url = Url::parse("https://github.example.com/").unwrap();
    let network = Network {
        proxy: Some(Proxy {
            url: proxy.url.clone(),
            no_proxy: None,
            credentials: None,
        }),
        ca_file: None,
    };
    let client = build(&url, &network, Redirects::Never, &Environment::default()).unwrap();
    let error = client.get(url.clone()).timeout(limit).send().await.unwrap_err();
    render(&TransportError::new(Peer::Cloud, "GET", &url, &error), &url)
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let proxy = Loopback::serve(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 1000])).await;
    assert_snapshot!(failure(&proxy, Duration::from_secs(60)).await, @"
    error: GET https://HOST/ failed: the proxy did not open a connection (proxy response headers too long)
    help: let this host through in the proxy's rules, or check `connect.proxy`
    reason: proxy-refused, exit 69
    ");
    assert!(proxy.taken().await < on_the_way());
}

#[tokio::test]
async fn a_trickle_ends_at_the_deadline() {
    let proxy = Loopback::serve(|_| Reply::Trickle(b"HTTP/1.1 200 OK\r\nX: ".to_vec(), b'x')).await;
    assert_snapshot!(failure(&proxy, Duration::from_millis(100)).await, @"
    error: GET https://HOST/ failed: no answer in time
    help: check `connect.host`, the firewall and `connect.proxy`; proxy variables of the environment are not used
    reason: unreachable-cloud, exit 69
    ");
}

#[tokio::test]
async fn noise_behind_an_open_connection_is_no_handshake() {
    let proxy = Loopback::serve(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![b'x'; 1000])).await;
    assert_snapshot!(failure(&proxy, Duration::from_secs(60)).await, @"
    error: GET https://HOST/ failed: the TLS handshake failed (the peer is not a TLS server)
    help: something other than the expected service answers there; check `connect.host` and `connect.proxy`
    reason: unreachable-cloud, exit 69
    ");
    assert!(proxy.taken().await < on_the_way());
}
