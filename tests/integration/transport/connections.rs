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
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply, head};
use crate::support::render::render;

async fn failure_of(reply: fn() -> Reply) -> String {
    let server = Loopback::serve(move |_| reply()).await;
    failure(&server.url, &Network::default()).await
}

#[tokio::test]
async fn each_way_in_which_a_connection_fails_is_reported() {
    let mut family = Family::default();
    let url = Url::parse("https://github.invalid/path?token=secret").unwrap();
    family.row("a name that does not exist", failure(&url, &Network::default()).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let said = failure(&url, &Network::default()).await;
    family.row("a port where nobody listens refuses", said);
    let said = failure_of(|| Reply::Pieces(vec![])).await;
    family.row("a connection closed instead of an answer", said);
    let said = failure_of(|| Reply::ThenReset(vec![])).await;
    family.row("a connection reset instead of an answer", said);
    let said = failure_of(|| Reply::Pieces(vec![b"HTTP/1.1 200 OK\r\nContent-".to_vec()])).await;
    family.row("an answer cut in its head", said);
    let said = failure_of(|| Reply::Pieces(vec![head(200, "Content-Length: 9\r\n"), b"half".to_vec()])).await;
    family.row("an answer cut in its body", said);
    let said = failure_of(|| Reply::ThenReset([&head(200, "Content-Length: 9\r\n")[..], b"half"].concat())).await;
    family.row("a reset in the middle of a body", said);
    let said = failure_of(|| Reply::Pieces(vec![b"220 mail.example.com ESMTP\r\n".to_vec()])).await;
    family.row("an answer that is not http", said);
    let cut = || {
        let mut gzip = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
        gzip.extend_from_slice(&[0x4b, 0x4c]);
        Reply::answer(200, "Content-Encoding: gzip\r\n", &gzip)
    };
    family.row("a compressed answer that is cut", failure_of(cut).await);
    let said = failure_of(|| Reply::answer(200, "Content-Encoding: gzip\r\n", b"this is not gzip at all")).await;
    family.row("a compressed answer that is damaged", said);
    let bomb = || {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut encoder, &[0; 100_000]).unwrap();
        Reply::answer(200, "Content-Encoding: gzip\r\n", &encoder.finish().unwrap())
    };
    family.row("the cap counts what was unpacked", failure_of(bomb).await);
    let said = failure_of(|| Reply::answer(200, "", &[b'x'; 1025])).await;
    family.row("an answer larger than its cap", said);
    let server = Loopback::serve(|_| Reply::answer(200, "", &[b'x'; 1024])).await;
    assert_eq!(get(&server.url, &Network::default()).await.unwrap().len(), 1024);
    let server = Loopback::serve(|_| Reply::answer(302, "Location: https://127.0.0.1:1/?token=secret\r\n", b"")).await;
    let said = failure(&server.url, &Network::default()).await;
    family.row("a redirect to another scheme or port is not followed", said);
    assert_snapshot!(family, @"
    a name that does not exist: error: GET https://HOST/path failed: the host name cannot be resolved
      help: check `server.url` and this machine's DNS [1]
    a port where nobody listens refuses: error: GET http://HOST/ failed: the connection was refused
      help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used [1]
    a connection closed instead of an answer: [2] [3] [1]
    a connection reset instead of an answer: [2] [3] [1]
    an answer cut in its head: [2] [3] [1]
    an answer cut in its body: [4] [3] [1]
    a reset in the middle of a body: [2] [3] [1]
    an answer that is not http: error: GET http://HOST/ failed: the peer is not an HTTP server (invalid HTTP version parsed)
      help: something other than the expected service answers there; check `server.url` and `server.proxy` [1]
    a compressed answer that is cut: [4] [3] [1]
    a compressed answer that is damaged: error: GET http://HOST/ failed: the answer was damaged on the way (it is not gzip) [3] [5]
    the cap counts what was unpacked: [6]
    an answer larger than its cap: [6]
    a redirect to another scheme or port is not followed: error: GET http://HOST/ failed: it redirects to another host, which is refused (https://127.0.0.1:1)
      help: set `server.url` to the host that answers in the end [5]
    [1] reason: unreachable-server, exit 69
    [2] error: GET http://HOST/ failed: the connection was interrupted
    [3] help: if it happens again, check what is in between: proxy, firewall, load balancer
    [4] error: GET http://HOST/ failed: the answer ended before it was complete
    [5] reason: malformed-source, exit 65
    [6] error: the answer of http://HOST/ is larger than 1024 bytes
        help: that is far more than this answer can be; check what answers at this address
        reason: payload-too-large, exit 65
    ");
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
