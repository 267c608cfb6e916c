//! The whole list over one connection, by HTTP/2 where the cloud speaks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use ghe_license_sync::connect::LicenseReader;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use url::Url;

use super::{HASTE, LIST, Said, TOKEN, member, read_over, watch};
use crate::support::authority::Authority;

/// Serves a list of ten pages by HTTP/2, counts the connections, and hands out a permit for each request.
async fn serve(authority: &Authority, connections: Arc<AtomicUsize>, requests: Arc<Semaphore>) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("https://{}/", listener.local_addr().unwrap())).unwrap();
    let tls = authority.http2_acceptor("127.0.0.1");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::SeqCst);
            let mut connection = h2::server::handshake(tls.accept(stream).await.unwrap()).await.unwrap();
            let requests = Arc::clone(&requests);
            tokio::spawn(async move {
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    requests.add_permits(1);
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
    let url = serve(&authority, Arc::clone(&connections), Arc::new(Semaphore::new(0))).await;
    let watch = watch(&url, authority.network());
    let (rows, listing) = read_over(&watch, HASTE, &Said::default()).await.unwrap();
    assert_eq!((rows.len(), listing.pages, listing.is_whole()), (10, 10, true));
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_page_is_asked_for_while_the_rows_before_it_are_used_and_never_two() {
    let (authority, requests) = (Authority::new(), Arc::new(Semaphore::new(0)));
    let url = serve(&authority, Arc::default(), Arc::clone(&requests)).await;
    let watch = watch(&url, authority.network());
    let environment = [("READ_TOKEN", TOKEN)].into_iter().collect();
    let reader = LicenseReader::new(&watch, HASTE, &environment).unwrap();
    let mut pages = reader.pages(&|| Ok(()));
    for read in 1..=10 {
        pages.next(&Said::default()).await.unwrap().unwrap();
        // Nothing reads the pages meanwhile.
        let asked = if read < 10 { read + 1 } else { 10 };
        drop(requests.acquire_many(asked).await.unwrap());
        assert_eq!(requests.available_permits(), asked as usize);
    }
    assert!(pages.next(&Said::default()).await.unwrap().is_none());
}
