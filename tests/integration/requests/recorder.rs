//! Takes the place of a host, records every request and passes it on, one for each connection.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// A request as the client sent it.
#[derive(Clone)]
pub(super) struct Recorded {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    /// Names in lower case.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Recorded {
    /// The value of a header, given in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A running recorder; it ends with the test's runtime.
pub(super) struct Recorder {
    pub(super) url: String,
}

impl Recorder {
    pub(super) async fn of(host: &Url, requests: Arc<Mutex<Vec<Recorded>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().to_string();
        let (url, book) = (format!("http://{here}/"), requests);
        let there = format!("{}:{}", host.host_str().unwrap(), host.port().unwrap());
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (book, here, there) = (Arc::clone(&book), here.clone(), there.clone());
                // A peer that goes away in the middle is a fault that a test asked for.
                tokio::spawn(async move { pass_on(client, &book, &here, &there).await.ok() });
            }
        });
        Self { url }
    }
}

async fn pass_on(mut client: TcpStream, book: &Mutex<Vec<Recorded>>, here: &str, there: &str) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut request = parse(&head);
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body = vec![0; length];
    client.read_exact(&mut request.body).await?;
    book.lock().unwrap().push(request.clone());

    let mut host = TcpStream::connect(there).await?;
    host.write_all(origin_form(&request).as_bytes()).await?;
    host.write_all(&request.body).await?;
    let mut answer = Vec::new();
    host.read_to_end(&mut answer).await?;
    // The host names itself in `Location`.
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).replace(there, here);
    client.write_all(head.as_bytes()).await?;
    client.write_all(&answer[end..]).await?;
    client.shutdown().await
}

fn parse(head: &str) -> Recorded {
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let method = first.next().unwrap().to_owned();
    let target = first.next().unwrap().to_owned();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    });
    Recorded {
        method,
        target,
        headers: headers.collect(),
        body: Vec::new(),
    }
}

/// The head as the host wants it; the connection is used once.
fn origin_form(request: &Recorded) -> String {
    let mut head = format!(
        "{} {} HTTP/1.1\r\nconnection: close\r\n",
        request.method, request.target
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head + "\r\n"
}
