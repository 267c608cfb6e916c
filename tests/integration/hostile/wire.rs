//! What HTTP itself lets a peer do: heads without end, lengths that lie, bytes that come one by one.

use std::time::Duration;

use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Body, BodyError, Peer, Redirects, TransportError, build, read_capped};
use insta::assert_snapshot;
use tokio::time::Instant;

use super::on_the_way;
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply, head};
use crate::support::render::render;

const CAP: u64 = 1024;

/// Gets the root of `server` within this time.
async fn get(server: &Loopback, limit: Duration) -> Result<Vec<u8>, BodyError> {
    let (url, network) = (&server.url, Network::default());
    let client = build(url, &network, Redirects::SameOrigin, &Environment::default()).unwrap();
    let answer = client.get(url.clone()).timeout(limit).send().await;
    let answer = answer.map_err(|error| TransportError::new(Peer::Server, "GET", url, &error))?;
    read_capped(answer, Peer::Server, "GET", CAP).await
}

const AMPLE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

async fn failure(server: &Loopback, limit: Duration) -> String {
    render(&get(server, limit).await.unwrap_err(), &server.url)
}

#[tokio::test]
async fn what_http_lets_a_peer_do_has_an_end() {
    let mut family = Family::default();
    let line = format!("X-Filler: {}\r\n", "x".repeat(1000));
    let server =
        Loopback::serve(move |_| Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), line.clone().into_bytes())).await;
    family.row("a head without end", failure(&server, AMPLE).await);
    assert!(server.taken().await < on_the_way());
    let server = Loopback::serve(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\nX-Filler: ".to_vec(), vec![b'x'; 1000])).await;
    family.row("a header without end", failure(&server, AMPLE).await);
    assert!(server.taken().await < on_the_way());
    let server = Loopback::serve(|_| Reply::answer(200, &"X-Filler: x\r\n".repeat(500), b"")).await;
    family.row("hundreds of headers", failure(&server, AMPLE).await);
    let hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let server = Loopback::serve(|_| Reply::Endless(Vec::new(), hint.to_vec())).await;
    let said = failure(&server, SHORT).await;
    family.row("hints without end are left at the deadline", said);
    let server = Loopback::serve(|_| {
        let head = head(200, "Transfer-Encoding: chunked\r\n");
        Reply::Endless([&head[..], b"fffffffffffffffff\r\n"].concat(), b"x".repeat(1000))
    })
    .await;
    family.row("a chunk of an impossible size", failure(&server, AMPLE).await);
    assert!(server.taken().await < on_the_way());
    let server = Loopback::serve(|_| {
        let head = head(200, "Transfer-Encoding: chunked\r\n");
        Reply::Endless([&head[..], b"1;"].concat(), b"x".repeat(1000))
    })
    .await;
    family.row("an extension of a chunk without end", failure(&server, AMPLE).await);
    assert!(server.taken().await < on_the_way());
    let server = Loopback::serve(|_| Reply::answer(200, "Content-Length: 1\r\n", b"two")).await;
    family.row("two lengths that differ", failure(&server, AMPLE).await);
    let length = format!("Content-Length: {}\r\n", u64::MAX - 2);
    let server = Loopback::serve(move |_| Reply::Endless(head(200, &length), vec![b'x'; 1000])).await;
    let said = failure(&server, AMPLE).await;
    family.row("a length beyond any memory is only a number", said);
    assert!(server.taken().await < on_the_way());
    let server =
        Loopback::serve(|_| Reply::ThenHalfClosed([&head(200, "Content-Length: 9\r\n")[..], b"half"].concat())).await;
    let said = failure(&server, AMPLE).await;
    family.row("a connection closed on one side within the body", said);
    let server = Loopback::serve(|_| Reply::ThenHalfClosed(Vec::new())).await;
    family.row("one closed before the head", failure(&server, AMPLE).await);
    let server = Loopback::serve(|_| Reply::Trickle(b"HTTP/1.1 200 OK\r\nX-Filler: ".to_vec(), b'x')).await;
    let said = failure(&server, SHORT).await;
    family.row("a trickle of a head ends at the deadline", said);
    let server = Loopback::serve(|_| Reply::Trickle(head(200, ""), b'x')).await;
    let said = failure(&server, SHORT).await;
    family.row("a trickle of a body ends at the deadline of the request", said);
    let server = Loopback::serve(|_| {
        let head = head(200, "Content-Encoding: gzip\r\n");
        // A header with a file name that has no end.
        Reply::Trickle([&head[..], &[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]].concat(), b'x')
    })
    .await;
    let said = failure(&server, SHORT).await;
    family.row("a trickle of what is packed", said);
    let server = Loopback::serve(|request| match request.path() {
        "/" => Reply::answer(302, &format!("Location: /{}\r\n", "x".repeat(20_000)), b""),
        _ => Reply::answer(200, "", &[b'x'; 2000]),
    })
    .await;
    let said = failure(&server, AMPLE).await;
    family.row("a long path of a redirect is shown only in part", said);
    let server = Loopback::serve(|_| {
        Reply::answer(
            302,
            &format!("Location: http://{}.example.com/\r\n", "x".repeat(20_000)),
            b"",
        )
    })
    .await;
    let said = failure(&server, AMPLE).await;
    family.row("a long name of another host is shown only in part", said);
    assert_snapshot!(family, @"
    a head without end: [1] [2] [3]
    a header without end: [1] [2] [3]
    hundreds of headers: [1] [2] [3]
    hints without end are left at the deadline: [4] [5]
    a chunk of an impossible size: error: GET http://HOST/ failed: the answer was damaged on the way (invalid chunk size: overflow) [6] [3]
    an extension of a chunk without end: error: GET http://HOST/ failed: the answer was damaged on the way (chunk extensions over limit) [6] [3]
    two lengths that differ: error: GET http://HOST/ failed: the peer is not an HTTP server (invalid content-length parsed) [2] [5]
    a length beyond any memory is only a number: error: the answer of http://HOST/ is larger than 1024 bytes [7]
    a connection closed on one side within the body: error: GET http://HOST/ failed: the answer ended before it was complete [6] [5]
    one closed before the head: error: GET http://HOST/ failed: the connection was interrupted [6] [5]
    a trickle of a head ends at the deadline: [4] [5]
    a trickle of a body ends at the deadline of the request: [4] [5]
    a trickle of what is packed: [4] [5]
    a long path of a redirect is shown only in part: error: the answer of http://HOST/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is larger than 1024 bytes [7]
    a long name of another host is shown only in part: error: GET http://HOST/ failed: it redirects to another host, which is refused (http://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…)
      help: set `server.url` to the host that answers in the end [3]
    [1] error: GET http://HOST/ failed: the head of the answer is larger than any can be
    [2] help: something other than the expected service answers there; check `server.url` and `server.proxy`
    [3] reason: malformed-source, exit 65
    [4] error: GET http://HOST/ failed: no answer in time
        help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    [5] reason: unreachable-server, exit 69
    [6] help: if it happens again, check what is in between: proxy, firewall, load balancer
    [7] help: that is far more than this answer can be; check what answers at this address
        reason: payload-too-large, exit 65
    ");
}

#[tokio::test]
async fn what_follows_the_announced_length_is_not_read() {
    let server = Loopback::serve(|_| Reply::Endless(head(200, "Content-Length: 4\r\n"), b"body".repeat(1000))).await;
    assert_eq!(get(&server, AMPLE).await.unwrap(), b"body");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn a_trickle_of_a_body_ends_at_the_deadline_of_the_body() {
    let server = Loopback::serve(|_| Reply::Trickle(head(200, ""), b'x')).await;
    let client = build(
        &server.url,
        &Network::default(),
        Redirects::Never,
        &Environment::default(),
    )
    .unwrap();
    let answer = client.get(server.url.clone()).send().await.unwrap();
    let mut body = Body::new(answer, Peer::Server, "GET", CAP).until(Instant::now() + SHORT);
    let error = loop {
        match body.chunk().await {
            Ok(chunk) => assert!(chunk.is_some(), "the body has no end"),
            Err(error) => break error,
        }
    };
    assert_snapshot!(render(&error, &server.url), @"
    error: GET http://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    ");
}
