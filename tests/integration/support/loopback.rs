//! A server on loopback that answers with given bytes, so that a test can be as wrong as it likes.
//!
//! It reads the head of a request, sends what it is told and closes the connection; it ignores request bodies.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

/// A request's head, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Request(pub(crate) String);

impl Request {
    /// What follows the method.
    pub(crate) fn path(&self) -> &str {
        self.0.split(' ').nth(1).unwrap_or_default()
    }

    /// The value of a header, given in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.0.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// What to do with a connection once the head of a request was read.
pub(crate) enum Reply {
    /// Sends the pieces, each flushed on its own, and closes.
    Pieces(Vec<Vec<u8>>),
    /// Sends the bytes, then says nothing more and stays connected.
    ThenSilence(Vec<u8>),
    /// Sends the bytes, then resets the connection.
    ThenReset(Vec<u8>),
}

impl Reply {
    /// A whole answer with a body of known length.
    pub(crate) fn answer(status: u16, headers: &str, body: &[u8]) -> Self {
        let mut bytes = head(status, &format!("Content-Length: {}\r\n{headers}", body.len()));
        bytes.extend_from_slice(body);
        Self::Pieces(vec![bytes])
    }

    /// An answer without a length, which ends with the connection.
    pub(crate) fn unmeasured(headers: &str, body: &[u8]) -> Self {
        let mut bytes = head(200, headers);
        bytes.extend_from_slice(body);
        Self::Pieces(vec![bytes])
    }
}

/// The head of an answer; `headers` are whole lines.
pub(crate) fn head(status: u16, headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Status\r\nConnection: close\r\n{headers}\r\n").into_bytes()
}

/// A running server; it ends with the test's runtime.
pub(crate) struct Loopback {
    pub(crate) url: Url,
    requests: Arc<Mutex<Vec<Request>>>,
}

type Respond = dyn Fn(&Request) -> Reply + Send + Sync;

impl Loopback {
    /// Serves plain HTTP.
    pub(crate) async fn serve(respond: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Box::new(respond)).await
    }

    /// Serves HTTPS.
    pub(crate) async fn serve_tls(
        tls: TlsAcceptor,
        respond: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(tls), Box::new(respond)).await
    }

    async fn start(tls: Option<TlsAcceptor>, respond: Box<Respond>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let respond: Arc<Respond> = Arc::from(respond);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (tls, respond, seen) = (tls.clone(), Arc::clone(&respond), Arc::clone(&seen));
                tokio::spawn(async move {
                    // A client that goes away in the middle is part of many tests.
                    let _ = connection(stream, tls, &*respond, &seen).await;
                });
            }
        });
        Self {
            url: Url::parse(&format!("{scheme}://127.0.0.1:{}/", address.port())).unwrap(),
            requests,
        }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    respond: &Respond,
    seen: &Mutex<Vec<Request>>,
) -> io::Result<()> {
    match tls {
        None => {
            let mut stream = stream;
            if converse(&mut stream, respond, seen).await? {
                stream.set_zero_linger()?;
            }
            Ok(())
        }
        Some(tls) => {
            let mut stream = tls.accept(stream).await?;
            converse(&mut stream, respond, seen).await.map(|_| ())
        }
    }
}

/// Whether the connection is to be reset.
async fn converse(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    respond: &Respond,
    seen: &Mutex<Vec<Request>>,
) -> io::Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let request = Request(String::from_utf8_lossy(&head).into_owned());
    seen.lock().unwrap().push(request.clone());
    let reset = match respond(&request) {
        Reply::Pieces(pieces) => {
            for piece in pieces {
                stream.write_all(&piece).await?;
                stream.flush().await?;
                tokio::task::yield_now().await;
            }
            false
        }
        Reply::ThenSilence(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            std::future::pending::<()>().await;
            false
        }
        Reply::ThenReset(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            return Ok(true);
        }
    };
    stream.shutdown().await?;
    Ok(reset)
}
