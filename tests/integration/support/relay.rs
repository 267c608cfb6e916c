//! Stands between the program and the cloud's uploads: passes everything on and remembers what each request said.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::loopback::Request;

/// What tells one document from another in the head of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) idempotency_key: String,
    pub(crate) content_digest: String,
}

impl Sent {
    pub(crate) fn of(request: &Request) -> Self {
        let header = |name| request.header(name).unwrap_or_default().to_owned();
        Self {
            idempotency_key: header("idempotency-key"),
            content_digest: header("content-digest"),
        }
    }
}

/// A running relay; it ends with the test's runtime.
pub(crate) struct Relay {
    pub(crate) url: Url,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Relay {
    /// Passes on to `target`.
    pub(crate) async fn to(target: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (seen, target) = (Arc::clone(&sent), target.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, target) = (Arc::clone(&seen), target.clone());
                tokio::spawn(async move {
                    // An interrupted connection is part of many tests.
                    let _ = pass_on(stream, &target, &seen).await;
                });
            }
        });
        Self { url, sent }
    }

    /// All uploads so far, the oldest first, whatever happened to them.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }
}

async fn pass_on(mut stream: TcpStream, target: &Url, seen: &Mutex<Vec<Sent>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let request = Request(String::from_utf8_lossy(&head).into_owned());
    seen.lock().unwrap().push(Sent::of(&request));
    // One request a connection, so that no head passes by unread.
    head.truncate(head.len() - 2);
    head.extend_from_slice(b"Connection: close\r\n\r\n");
    let mut cloud = TcpStream::connect(&*target.socket_addrs(|| None)?).await?;
    cloud.write_all(&head).await?;
    copy_bidirectional(&mut stream, &mut cloud).await?;
    Ok(())
}
