//! The whole list over one connection, by HTTP/2 where the cloud speaks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use serde_json::json;
use tokio::net::TcpListener;
use url::Url;

use super::{HASTE, LIST, Said, member, read_over, watch};
use crate::support::authority::Authority;

/// Serves a list of ten pages by HTTP/2 and counts the connections.
async fn serve(authority: &Authority, connections: Arc<AtomicUsize>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let tls = authority.http2_acceptor("127.0.0.1");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::SeqCst);
            let mut connection = h2::server::handshake(tls.accept(stream).await.unwrap()).await.unwrap();
            tokio::spawn(async move {
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    let query = request.uri().query().unwrap_or_default();
                    let number: u64 = query
                        .rsplit_once("&page=")
                        .map_or(1, |(_, number)| number.parse().unwrap());
                    let mut head = http::Response::builder();
                    if number < 10 {
                        head = head.header("link", format!("<{LIST}&page={}>; rel=\"next\"", number + 1));
                    }
                    let body = json!({ "total_seats_consumed": 10, "users": [member(&number.to_string())] });
                    let mut stream = respond.send_response(head.body(()).unwrap(), false).unwrap();
                    stream.send_data(Bytes::from(body.to_string()), true).unwrap();
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn all_pages_come_over_one_connection() {
    let (authority, connections) = (Authority::new(), Arc::new(AtomicUsize::new(0)));
    let url = serve(&authority, Arc::clone(&connections)).await;
    let watch = watch(&url, authority.network());
    let (rows, listing) = read_over(&watch, HASTE, &Said::default()).await.unwrap();
    assert_eq!((rows.len(), listing.pages, listing.is_whole()), (10, 10, true));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}
