//! A forward proxy that writes down every request and passes it on, one for each connection.

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

/// A running proxy; it ends with the test's runtime.
pub(super) struct Recorder {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Recorded>>>,
}

impl Recorder {
    pub(super) async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let book = Arc::clone(&book);
                // A peer that goes away in the middle is a fault that a test asked for.
                tokio::spawn(async move { pass_on(client, &book).await.ok() });
            }
        });
        Self { url, requests }
    }

    /// All requests so far, in the order in which they came.
    pub(super) fn requests(&self) -> Vec<Recorded> {
        self.requests.lock().unwrap().clone()
    }
}

async fn pass_on(mut client: TcpStream, book: &Mutex<Vec<Recorded>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let (mut request, url) = parse(&head);
    let length = request
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    request.body = vec![0; length];
    client.read_exact(&mut request.body).await?;
    book.lock().unwrap().push(request.clone());

    let mut host = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await?;
    host.write_all(origin_form(&request).as_bytes()).await?;
    host.write_all(&request.body).await?;
    tokio::io::copy(&mut host, &mut client).await?;
    client.shutdown().await
}

fn parse(head: &str) -> (Recorded, Url) {
    let mut lines = head.trim_end().split("\r\n");
    let mut first = lines.next().unwrap().split(' ');
    let method = first.next().unwrap().to_owned();
    let url: Url = first.next().unwrap().parse().unwrap();
    let headers = lines.map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    });
    let request = Recorded {
        method,
        target: url[url::Position::BeforePath..].to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    };
    (request, url)
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
