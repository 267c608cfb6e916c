//! Is in front of a host of the sandbox and does to each request what a test wants.
//!
//! One request a connection. What the host says about its own address is turned into the door's, as behind a proxy.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::loopback::Request;

/// The bytes of a slow answer come in pieces of this size, with this pause.
const DRIP: usize = 8;
const PAUSE: Duration = Duration::from_millis(1);

/// What happens to a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// It reaches the host, and the answer comes back.
    PassOn,
    /// It is answered with these bytes, and the host never hears of it.
    Answer(Vec<u8>),
    /// The connection is reset once the head of the request is there.
    Reset,
    /// It reaches the host, and the connection is reset instead of an answer.
    LoseAnswer,
    /// It reaches the host, and the answer ends in the middle of its body.
    CutAnswer,
    /// It reaches the host, and the answer comes back a few bytes at a time.
    DripAnswer,
}

type Decide = dyn Fn(&Request) -> Act + Send + Sync;

/// An open door; it is shut with the test's runtime.
pub(crate) struct ReverseProxy {
    pub(crate) url: Url,
}

impl ReverseProxy {
    /// Leads to `target`.
    pub(crate) async fn to(target: &Url, decide: impl Fn(&Request) -> Act + Send + Sync + 'static) -> Self {
        Self::open(target, None, Box::new(decide)).await
    }

    /// The same with HTTPS at the door.
    pub(crate) async fn behind_tls(
        target: &Url,
        tls: TlsAcceptor,
        decide: impl Fn(&Request) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::open(target, Some(tls), Box::new(decide)).await
    }

    async fn open(target: &Url, tls: Option<TlsAcceptor>, decide: Box<Decide>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let url = Url::parse(&format!("{scheme}://{}/", listener.local_addr().unwrap())).unwrap();
        let way = Arc::new(Way {
            target: target.clone(),
            url: url.clone(),
            decide,
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (way, tls) = (Arc::clone(&way), tls.clone());
                tokio::spawn(async move {
                    // A peer that goes away is part of many tests.
                    let _ = way.enter(stream, tls).await;
                });
            }
        });
        Self { url }
    }
}

struct Way {
    target: Url,
    url: Url,
    decide: Box<Decide>,
}

impl Way {
    async fn enter(&self, mut stream: TcpStream, tls: Option<TlsAcceptor>) -> io::Result<()> {
        if let Some(tls) = tls {
            let mut stream = tls.accept(stream).await?;
            if self.serve(&mut stream).await? {
                stream.get_ref().0.set_zero_linger()?;
            }
            return Ok(());
        }
        if self.serve(&mut stream).await? {
            stream.set_zero_linger()?;
        }
        Ok(())
    }

    /// Whether the connection is to be reset.
    async fn serve(&self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<bool> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let request = Request(String::from_utf8_lossy(&head).into_owned());
        let act = (self.decide)(&request);
        if matches!(act, Act::Reset) {
            return Ok(true);
        }
        let size = request.header("content-length").and_then(|size| size.parse().ok());
        let mut body = vec![0; size.unwrap_or_default()];
        stream.read_exact(&mut body).await?;
        let answer = match &act {
            Act::Answer(bytes) => bytes.clone(),
            _ => self.ask(head, &body).await?,
        };
        match act {
            Act::LoseAnswer => return Ok(true),
            Act::CutAnswer => {
                let start = end_of_head(&answer);
                let middle = start + (answer.len() - start) / 2;
                stream.write_all(&answer[..middle]).await?;
            }
            Act::DripAnswer => {
                for piece in answer.chunks(DRIP) {
                    tokio::time::sleep(PAUSE).await;
                    stream.write_all(piece).await?;
                    stream.flush().await?;
                }
            }
            _ => stream.write_all(&answer).await?,
        }
        stream.shutdown().await?;
        Ok(false)
    }

    /// The host's answer to this request.
    async fn ask(&self, mut head: Vec<u8>, body: &[u8]) -> io::Result<Vec<u8>> {
        head.truncate(head.len() - 2);
        head.extend_from_slice(b"Connection: close\r\n\r\n");
        let mut host = TcpStream::connect(&*self.target.socket_addrs(|| None)?).await?;
        host.write_all(&head).await?;
        host.write_all(body).await?;
        let mut answer = Vec::new();
        host.read_to_end(&mut answer).await?;
        let body = answer.split_off(end_of_head(&answer));
        let head = String::from_utf8_lossy(&answer).replace(self.target.as_str(), self.url.as_str());
        Ok([head.into_bytes(), body].concat())
    }
}

/// Where the body begins.
fn end_of_head(answer: &[u8]) -> usize {
    let mark = b"\r\n\r\n";
    let at = answer.windows(mark.len()).position(|bytes| bytes == mark);
    at.map_or(answer.len(), |at| at + mark.len())
}
