//! A server on loopback that answers with given bytes, so that a test can be as wrong as it likes.
//!
//! It reads the head of a request, sends what the test chose and closes the connection; it ignores request bodies.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// The pause between two bytes of a [`Reply::Trickle`].
const PAUSE: Duration = Duration::from_millis(20);

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
    /// Reads the body of the request, then sends the bytes and closes.
    AfterBody(Vec<u8>),
    /// Sends the bytes, then says nothing more and stays connected.
    ThenSilence(Vec<u8>),
    /// Sends the bytes, then resets the connection.
    ThenReset(Vec<u8>),
    /// Sends the bytes and says that there are no more, but stays connected.
    ThenHalfClosed(Vec<u8>),
    /// Sends the first bytes, then the others again and again, for as long as the peer takes them.
    Endless(Vec<u8>, Vec<u8>),
    /// Sends the bytes, then one byte again and again with a pause, for as long as the peer takes them.
    Trickle(Vec<u8>, u8),
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
    tally: watch::Receiver<Tally>,
}

/// The connections that are open, and the bytes that all of them together took.
#[derive(Default)]
struct Tally {
    open: usize,
    taken: usize,
}

/// A connection that counts, for as long as it is open.
struct Counted(Arc<watch::Sender<Tally>>);

impl Counted {
    fn open(tally: &Arc<watch::Sender<Tally>>) -> Self {
        tally.send_modify(|tally| tally.open += 1);
        Self(Arc::clone(tally))
    }

    async fn send(&self, stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<()> {
        stream.write_all(bytes).await?;
        self.0.send_modify(|tally| tally.taken += bytes.len());
        stream.flush().await
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|tally| tally.open -= 1);
    }
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
        let (counting, tally) = watch::channel(Tally::default());
        let counting = Arc::new(counting);
        let respond: Arc<Respond> = Arc::from(respond);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                stream.set_nodelay(true).unwrap();
                let (tls, respond, seen) = (tls.clone(), Arc::clone(&respond), Arc::clone(&seen));
                let counted = Counted::open(&counting);
                tokio::spawn(async move {
                    // A client that goes away in the middle is part of many tests.
                    let _ = connection(stream, tls, &*respond, &seen, &counted).await;
                });
            }
        });
        Self {
            url: Url::parse(&format!("{scheme}://127.0.0.1:{}/", address.port())).unwrap(),
            requests,
            tally,
        }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many bytes of all answers were taken off its hands, once every connection was closed. What the peer read is
    /// less by what fits into the buffers of the sockets.
    pub(crate) async fn taken(&self) -> usize {
        let mut tally = self.tally.clone();
        tally.wait_for(|tally| tally.open == 0).await.unwrap().taken
    }
}

async fn connection(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    respond: &Respond,
    seen: &Mutex<Vec<Request>>,
    counted: &Counted,
) -> io::Result<()> {
    match tls {
        None => {
            let mut stream = stream;
            if converse(&mut stream, respond, seen, counted).await? {
                stream.set_zero_linger()?;
            }
            Ok(())
        }
        Some(tls) => {
            let mut stream = tls.accept(stream).await?;
            converse(&mut stream, respond, seen, counted).await.map(|_| ())
        }
    }
}

/// Whether the connection is to be reset.
async fn converse(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    respond: &Respond,
    seen: &Mutex<Vec<Request>>,
    counted: &Counted,
) -> io::Result<bool> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let request = Request(String::from_utf8_lossy(&head).into_owned());
    seen.lock().unwrap().push(request.clone());
    match respond(&request) {
        Reply::Pieces(pieces) => {
            for piece in pieces {
                counted.send(stream, &piece).await?;
                tokio::task::yield_now().await;
            }
            stream.shutdown().await?;
        }
        Reply::AfterBody(bytes) => {
            let size = request.header("content-length").unwrap().parse().unwrap();
            let taken = tokio::io::copy(&mut stream.take(size), &mut tokio::io::sink()).await?;
            if taken < size {
                return Ok(false);
            }
            counted.send(stream, &bytes).await?;
            stream.shutdown().await?;
        }
        Reply::ThenSilence(bytes) => {
            counted.send(stream, &bytes).await?;
            std::future::pending::<()>().await;
        }
        Reply::ThenReset(bytes) => {
            counted.send(stream, &bytes).await?;
            return Ok(true);
        }
        Reply::ThenHalfClosed(bytes) => {
            counted.send(stream, &bytes).await?;
            stream.shutdown().await?;
            while stream.read_u8().await.is_ok() {}
        }
        Reply::Endless(first, again) => {
            counted.send(stream, &first).await?;
            loop {
                counted.send(stream, &again).await?;
            }
        }
        Reply::Trickle(first, byte) => {
            counted.send(stream, &first).await?;
            loop {
                tokio::time::sleep(PAUSE).await;
                counted.send(stream, &[byte]).await?;
            }
        }
    }
    Ok(false)
}
