//! Connections that fail, are interrupted or fall silent.

use std::time::Duration;

use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Body, Peer, Redirects, TransportError, build};
use insta::assert_snapshot;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;
use url::Url;

use super::{failure, get};
use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Loopback, Reply, head};
use crate::support::render::render;

async fn failure_of(reply: fn() -> Reply) -> String {
    let server = Loopback::serve(move |_| reply()).await;
    failure(&server.url, &Network::default()).await
}

#[tokio::test]
async fn a_name_that_does_not_exist_is_reported() {
    let url = Url::parse("https://github.invalid/path?token=secret").unwrap();
    assert_snapshot!(failure(&url, &Network::default()).await, @r#"
    error: GET https://HOST/path failed: the host name cannot be resolved
    help: check `server.url` and this machine's DNS
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_port_where_nobody_listens_refuses() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    assert_snapshot!(failure(&url, &Network::default()).await, @r#"
    error: GET http://HOST/ failed: the connection was refused
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_connection_closed_instead_of_an_answer_is_reported() {
    assert_snapshot!(failure_of(|| Reply::Pieces(vec![])).await, @r#"
    error: GET http://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_connection_reset_instead_of_an_answer_is_reported() {
    assert_snapshot!(failure_of(|| Reply::ThenReset(vec![])).await, @r#"
    error: GET http://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn an_answer_cut_in_its_head_is_reported() {
    assert_snapshot!(failure_of(|| Reply::Pieces(vec![b"HTTP/1.1 200 OK\r\nContent-".to_vec()])).await, @r#"
    error: GET http://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn an_answer_cut_in_its_body_is_reported() {
    assert_snapshot!(failure_of(|| Reply::Pieces(vec![head(200, "Content-Length: 9\r\n"), b"half".to_vec()])).await, @r#"
    error: GET http://HOST/ failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_reset_in_the_middle_of_a_body_is_reported() {
    assert_snapshot!(failure_of(|| Reply::ThenReset([&head(200, "Content-Length: 9\r\n")[..], b"half"].concat())).await, @r#"
    error: GET http://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn an_answer_that_is_not_http_is_reported() {
    assert_snapshot!(failure_of(|| Reply::Pieces(vec![b"220 mail.example.com ESMTP\r\n".to_vec()])).await, @r#"
    error: GET http://HOST/ failed: the peer is not an HTTP server (invalid HTTP version parsed)
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_compressed_answer_that_is_cut_is_reported() {
    let cut = || {
        let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        gzip.extend_from_slice(&[0x4b, 0x4c]);
        Reply::answer(200, "Content-Encoding: gzip\r\n", &gzip)
    };
    assert_snapshot!(failure_of(cut).await, @r#"
    error: GET http://HOST/ failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_compressed_answer_that_is_damaged_is_reported() {
    assert_snapshot!(failure_of(|| Reply::answer(200, "Content-Encoding: gzip\r\n", b"this is not gzip at all")).await, @r#"
    error: GET http://HOST/ failed: the answer was damaged on the way (it is not gzip)
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: malformed-source, exit 65
    "#);
}

#[tokio::test]
async fn an_answer_larger_than_its_cap_is_refused_and_one_of_exactly_the_cap_is_not() {
    assert_snapshot!(failure_of(|| Reply::answer(200, "", &[b'x'; 1025])).await, @r#"
    error: the answer of http://HOST/ is larger than 1024 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    "#);
    let server = Loopback::serve(|_| Reply::answer(200, "", &[b'x'; 1024])).await;
    assert_eq!(get(&server.url, &Network::default()).await.unwrap().len(), 1024);
}

#[tokio::test]
async fn the_cap_counts_what_was_unpacked() {
    let bomb = || {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, &[0; 100_000]).unwrap();
        Reply::answer(200, "Content-Encoding: gzip\r\n", &encoder.finish().unwrap())
    };
    assert_snapshot!(failure_of(bomb).await, @r#"
    error: the answer of http://HOST/ is larger than 1024 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    "#);
}

#[tokio::test]
async fn silence_instead_of_an_answer_is_a_timeout() {
    let server = Loopback::serve(|_| Reply::ThenSilence(vec![])).await;
    let client = build(
        &server.url,
        &Network::default(),
        Redirects::Never,
        &Environment::default(),
    )
    .unwrap();
    let request = client.get(server.url.clone()).timeout(Duration::from_millis(50));
    let error = TransportError::new(Peer::Cloud, "GET", &server.url, &request.send().await.unwrap_err());
    assert_snapshot!(render(&error, &server.url), @r#"
    error: GET http://HOST/ failed: no answer in time
    help: check `connect.host`, the firewall and `connect.proxy`; proxy variables of the environment are not used
    reason: unreachable-cloud, exit 69
    "#);
}

#[tokio::test]
async fn silence_in_the_middle_of_an_answer_is_a_timeout_once_its_time_is_over() {
    let server = Loopback::serve(|_| Reply::ThenSilence(head(200, "Content-Length: 9\r\n"))).await;
    let client = build(
        &server.url,
        &Network::default(),
        Redirects::Never,
        &Environment::default(),
    )
    .unwrap();
    let answer = client.get(server.url.clone()).send().await.unwrap();
    let mut body = Body::new(answer, Peer::Server, "GET", 100).until(Instant::now() + Duration::from_millis(50));
    assert_snapshot!(render(&body.chunk().await.unwrap_err(), &server.url), @r#"
    error: GET http://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    "#);
}

#[tokio::test]
async fn a_redirect_to_another_scheme_or_port_is_not_followed() {
    let server = Loopback::serve(|_| Reply::answer(302, "Location: https://127.0.0.1:1/?token=secret\r\n", b"")).await;
    assert_snapshot!(failure(&server.url, &Network::default()).await, @r#"
    error: GET http://HOST/ failed: it redirects to another host, which is refused (https://127.0.0.1:1)
    help: set `server.url` to the host that answers in the end
    reason: malformed-source, exit 65
    "#);
}

/// A host that has the whole request may have taken what is in it, however the connection ends.
#[tokio::test]
async fn a_request_may_have_arrived_before_its_tls_connection_was_damaged() {
    let authority = Authority::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let acceptor = authority.acceptor("127.0.0.1", Validity::Now);
    let serve = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\ndocument") {
            request.push(stream.read_u8().await.unwrap());
        }
        let (mut stream, _) = stream.into_inner();
        stream.write_all(&[0x55; 64]).await.unwrap();
        stream
    };
    let client = build(&url, &authority.network(), Redirects::Never, &Environment::default()).unwrap();
    let (answer, _open) = tokio::join!(client.post(url.clone()).body("document").send(), serve);
    let error = TransportError::new(Peer::Cloud, "POST", &url, &answer.unwrap_err());
    assert!(error.may_have_arrived);
    assert_snapshot!(render(&error, &url), @"
    error: POST https://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-cloud, exit 69
    ");
}

#[tokio::test(start_paused = true)]
async fn nothing_arrives_over_a_connection_that_was_not_made() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let urls = [
        format!("https://{}/", silent.local_addr().unwrap()),
        format!("https://{}/", closed.local_addr().unwrap()),
        "https://github.invalid/".to_owned(),
    ];
    drop(closed);
    for url in urls.map(|url| Url::parse(&url).unwrap()) {
        let client = build(&url, &Network::default(), Redirects::Never, &Environment::default()).unwrap();
        let error = client.post(url.clone()).body("document").send().await.unwrap_err();
        let error = TransportError::new(Peer::Cloud, "POST", &url, &error);
        assert!(!error.may_have_arrived, "{error}");
    }
}
