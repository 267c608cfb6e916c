//! What HTTP itself lets a peer do: heads without end, lengths that lie, bytes that come one by one.

use std::time::Duration;

use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Body, BodyError, Peer, Redirects, TransportError, build, read_capped};
use insta::assert_snapshot;
use tokio::time::Instant;

use super::on_the_way;
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
async fn a_head_without_end_is_refused() {
    let line = format!("X-Filler: {}\r\n", "x".repeat(1000));
    let server =
        Loopback::serve(move |_| Reply::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), line.clone().into_bytes())).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the head of the answer is larger than any can be
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn a_header_without_end_is_refused() {
    let server = Loopback::serve(|_| Reply::Endless(b"HTTP/1.1 200 OK\r\nX-Filler: ".to_vec(), vec![b'x'; 1000])).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the head of the answer is larger than any can be
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn hundreds_of_headers_are_refused() {
    let server = Loopback::serve(|_| Reply::answer(200, &"X-Filler: x\r\n".repeat(500), b"")).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the head of the answer is larger than any can be
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: malformed-source, exit 65
    ");
}

#[tokio::test]
async fn hints_without_end_are_left_at_the_deadline() {
    let hint = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n";
    let server = Loopback::serve(|_| Reply::Endless(Vec::new(), hint.to_vec())).await;
    assert_snapshot!(failure(&server, SHORT).await, @"
    error: GET http://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_chunk_of_an_impossible_size_is_refused() {
    let server = Loopback::serve(|_| {
        let head = head(200, "Transfer-Encoding: chunked\r\n");
        Reply::Endless([&head[..], b"fffffffffffffffff\r\n"].concat(), b"x".repeat(1000))
    })
    .await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the answer was damaged on the way (invalid chunk size: overflow)
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn an_extension_of_a_chunk_without_end_is_refused() {
    let server = Loopback::serve(|_| {
        let head = head(200, "Transfer-Encoding: chunked\r\n");
        Reply::Endless([&head[..], b"1;"].concat(), b"x".repeat(1000))
    })
    .await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the answer was damaged on the way (chunk extensions over limit)
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: malformed-source, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn two_lengths_that_differ_are_refused() {
    let server = Loopback::serve(|_| Reply::answer(200, "Content-Length: 1\r\n", b"two")).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the peer is not an HTTP server (invalid content-length parsed)
    help: something other than the expected service answers there; check `server.url` and `server.proxy`
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn what_follows_the_announced_length_is_not_read() {
    let server = Loopback::serve(|_| Reply::Endless(head(200, "Content-Length: 4\r\n"), b"body".repeat(1000))).await;
    assert_eq!(get(&server, AMPLE).await.unwrap(), b"body");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn a_length_beyond_any_memory_is_only_a_number() {
    let length = format!("Content-Length: {}\r\n", u64::MAX - 2);
    let server = Loopback::serve(move |_| Reply::Endless(head(200, &length), vec![b'x'; 1000])).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: the answer of http://HOST/ is larger than 1024 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    ");
    assert!(server.taken().await < on_the_way());
}

#[tokio::test]
async fn a_connection_closed_on_one_side_only_ends_the_answer() {
    let server =
        Loopback::serve(|_| Reply::ThenHalfClosed([&head(200, "Content-Length: 9\r\n")[..], b"half"].concat())).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the answer ended before it was complete
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    ");
    let server = Loopback::serve(|_| Reply::ThenHalfClosed(Vec::new())).await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_trickle_of_a_head_ends_at_the_deadline() {
    let server = Loopback::serve(|_| Reply::Trickle(b"HTTP/1.1 200 OK\r\nX-Filler: ".to_vec(), b'x')).await;
    assert_snapshot!(failure(&server, SHORT).await, @"
    error: GET http://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_trickle_of_a_body_ends_at_the_deadline_of_the_request() {
    let server = Loopback::serve(|_| Reply::Trickle(head(200, ""), b'x')).await;
    assert_snapshot!(failure(&server, SHORT).await, @"
    error: GET http://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    ");
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

#[tokio::test]
async fn a_trickle_of_what_is_packed_ends_at_the_deadline_although_nothing_is_unpacked() {
    let server = Loopback::serve(|_| {
        let head = head(200, "Content-Encoding: gzip\r\n");
        // A header with a file name that has no end.
        Reply::Trickle([&head[..], &[0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3]].concat(), b'x')
    })
    .await;
    assert_snapshot!(failure(&server, SHORT).await, @"
    error: GET http://HOST/ failed: no answer in time
    help: check `server.url`, the firewall and `server.proxy`; proxy variables of the environment are not used
    reason: unreachable-server, exit 69
    ");
}

#[tokio::test]
async fn a_long_path_of_a_redirect_is_shown_only_in_part() {
    let server = Loopback::serve(|request| match request.path() {
        "/" => Reply::answer(302, &format!("Location: /{}\r\n", "x".repeat(20_000)), b""),
        _ => Reply::answer(200, "", &[b'x'; 2000]),
    })
    .await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: the answer of http://HOST/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… is larger than 1024 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: payload-too-large, exit 65
    ");
}

#[tokio::test]
async fn a_long_name_of_another_host_is_shown_only_in_part() {
    let server = Loopback::serve(|_| {
        Reply::answer(
            302,
            &format!("Location: http://{}.example.com/\r\n", "x".repeat(20_000)),
            b"",
        )
    })
    .await;
    assert_snapshot!(failure(&server, AMPLE).await, @"
    error: GET http://HOST/ failed: it redirects to another host, which is refused (http://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…)
    help: set `server.url` to the host that answers in the end
    reason: malformed-source, exit 65
    ");
}
