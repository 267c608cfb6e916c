//! What HTTP/2, which the cloud speaks, lets a peer do beyond what `wire` shows.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use ghe_license_sync::settings::Environment;
use ghe_license_sync::transport::{BodyError, Peer, Redirects, TransportError, build, read_capped};
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use insta::assert_snapshot;
use tokio::net::TcpListener;
use url::Url;

use super::{PIECE, on_the_way};
use crate::support::authority::Authority;
use crate::support::render::render;

/// Serves one connection; every request is given to `answer`.
async fn serve(authority: &Authority, answer: impl Fn(SendResponse<Bytes>) + Send + Sync + 'static) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let tls = authority.http2_acceptor("127.0.0.1");
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = h2::server::handshake(tls.accept(stream).await.unwrap()).await.unwrap();
        while let Some(Ok((_, respond))) = connection.accept().await {
            answer(respond);
        }
    });
    url
}

async fn get(authority: &Authority, url: &Url) -> Result<Vec<u8>, BodyError> {
    let client = build(url, &authority.network(), Redirects::Never, &Environment::default()).unwrap();
    let answer = client.get(url.clone()).send().await;
    let answer = answer.map_err(|error| TransportError::new(Peer::Cloud, "GET", url, &error))?;
    assert_eq!(answer.version(), http::Version::HTTP_2);
    read_capped(answer, Peer::Cloud, "GET", 1024).await
}

async fn failure(authority: &Authority, url: &Url) -> String {
    render(&get(authority, url).await.unwrap_err(), url)
}

/// Sends the head of a good answer.
fn begin(mut respond: SendResponse<Bytes>) -> SendStream<Bytes> {
    respond.send_response(http::Response::new(()), false).unwrap()
}

#[tokio::test]
async fn an_answer_is_read() {
    let authority = Authority::new();
    let url = serve(&authority, |respond| {
        begin(respond).send_data(Bytes::from_static(b"hello"), true).unwrap();
    })
    .await;
    assert_eq!(get(&authority, &url).await.unwrap(), b"hello");
}

async fn failure_of_a_head(size: usize) -> String {
    let authority = Authority::new();
    let url = serve(&authority, move |mut respond| {
        let answer = http::Response::builder().header("x-filler", "x".repeat(size));
        respond.send_response(answer.body(()).unwrap(), true).unwrap();
    })
    .await;
    failure(&authority, &url).await
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    assert_snapshot!(failure_of_a_head(64 * 1024).await, @"
    error: GET https://HOST/ failed: the head of the answer is larger than any can be
    help: something other than the expected service answers there; check `connect.host` and `connect.proxy`
    reason: malformed-answer, exit 69
    ");
    assert_snapshot!(failure_of_a_head(17 * 1024).await, @"
    error: GET https://HOST/ failed: the peer is not an HTTP server (stream error detected: unspecific protocol error detected)
    help: something other than the expected service answers there; check `connect.host` and `connect.proxy`
    reason: unreachable-cloud, exit 69
    ");
}

#[tokio::test]
async fn a_body_without_end_is_left_at_its_cap() {
    let (authority, taken) = (Authority::new(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&taken);
    let url = serve(&authority, move |respond| {
        let (mut body, counted) = (begin(respond), Arc::clone(&counted));
        tokio::spawn(async move {
            body.reserve_capacity(PIECE);
            while let Some(Ok(capacity)) = poll_fn(|context| body.poll_capacity(context)).await {
                counted.fetch_add(capacity, Ordering::SeqCst);
                body.send_data(vec![b'x'; capacity].into(), false).unwrap();
                body.reserve_capacity(PIECE);
            }
        });
    })
    .await;
    assert_snapshot!(failure(&authority, &url).await, @"
    error: the answer of https://HOST/ is larger than 1024 bytes
    help: that is far more than this answer can be; check what answers at this address
    reason: malformed-answer, exit 69
    ");
    assert!(taken.load(Ordering::SeqCst) < on_the_way());
}

#[tokio::test]
async fn an_answer_that_is_reset_in_the_middle_is_reported() {
    let authority = Authority::new();
    let url = serve(&authority, |respond| {
        let mut body = begin(respond);
        body.send_data(Bytes::from_static(b"half"), false).unwrap();
        body.send_reset(Reason::INTERNAL_ERROR);
    })
    .await;
    assert_snapshot!(failure(&authority, &url).await, @"
    error: GET https://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-cloud, exit 69
    ");
}

#[tokio::test]
async fn a_request_that_is_refused_for_the_rate_of_requests_is_reported() {
    let authority = Authority::new();
    let url = serve(&authority, |mut respond| respond.send_reset(Reason::ENHANCE_YOUR_CALM)).await;
    assert_snapshot!(failure(&authority, &url).await, @"
    error: GET https://HOST/ failed: the connection was interrupted
    help: if it happens again, check what is in between: proxy, firewall, load balancer
    reason: unreachable-cloud, exit 69
    ");
}
