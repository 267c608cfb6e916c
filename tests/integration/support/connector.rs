//! An HTTP proxy that opens connections, for everybody or only for whom it knows.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::loopback::{Request, head};

/// A running proxy; it ends with the test's runtime.
pub(crate) struct Connector {
    pub(crate) url: Url,
    requests: Arc<AtomicUsize>,
}

impl Connector {
    /// Opens connections for clients that give this `user:password`, if one is needed.
    pub(crate) async fn open(credentials: Option<&str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let expected = credentials.map(|credentials| format!("Basic {}", STANDARD.encode(credentials)));
        let (expected, requests) = (Arc::new(expected), Arc::new(AtomicUsize::new(0)));
        let asked = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let expected = Arc::clone(&expected);
                tokio::spawn(async move {
                    // A peer that goes away is part of many tests.
                    let _ = pass_on(stream, expected.as_deref()).await;
                });
            }
        });
        Self { url, requests }
    }

    /// How often it was asked for a connection.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn pass_on(mut near: TcpStream, expected: Option<&str>) -> io::Result<()> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(near.read_u8().await?);
    }
    let request = Request(String::from_utf8_lossy(&text).into_owned());
    if expected.is_some() && request.header("proxy-authorization") != expected {
        return near.write_all(&head(407, "Proxy-Authenticate: Basic\r\n")).await;
    }
    // What squid says when it does not get there.
    let Ok(mut far) = TcpStream::connect(request.path()).await else {
        return near.write_all(&head(503, "")).await;
    };
    near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    if copy_bidirectional(&mut near, &mut far).await.is_err() {
        near.set_zero_linger()?;
    }
    Ok(())
}
