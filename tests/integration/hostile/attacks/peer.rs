//! The attackers: raw sockets, TLS and HTTP/2 by the byte. Each behaves well, except for its attack.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy, sink, split};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::attack::{Attack, LIST, Role, Strike, TOKEN, UPLOAD, Wire};
use crate::privacy::canaries;
use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Loopback, Reply, Request};

/// The names under which the attackers are known.
const HOST: &str = "127.0.0.1";

/// What an HTTP/2 client says first, but for its frames.
const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();

const SETTINGS: u8 = 4;
const HEADERS: u8 = 1;

/// A running attacker; it ends with the test's runtime.
pub(super) struct Peer {
    pub(super) url: Url,
    strikes: Arc<AtomicUsize>,
}

impl Peer {
    /// How often it struck.
    pub(super) fn strikes(&self) -> usize {
        self.strikes.load(Ordering::Relaxed)
    }
}

/// Starts the attacker.
pub(super) async fn start(attack: &Attack, authority: &Authority) -> Peer {
    let (role, strikes) = (attack.role, Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&strikes);
    let count = move || {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let url = match attack.strike {
        Strike::Answer(path, answer) => {
            let respond = move |request: &Request| {
                let reply = if request.path().ends_with(path) {
                    count();
                    answer(request)
                } else {
                    good(role, request)
                };
                after_body(request, reply)
            };
            match attack.wire {
                Wire::Http => Loopback::serve(respond).await.url,
                _ => {
                    let tls = authority.acceptor(HOST, Validity::Now);
                    Loopback::serve_tls(tls, respond).await.url
                }
            }
        }
        Strike::Handshake(tls) => {
            let respond = move |request: &Request| {
                count();
                after_body(request, good(role, request))
            };
            Loopback::serve_tls(tls(authority), respond).await.url
        }
        Strike::Greeting(greeting) => {
            let bytes = greeting();
            let greet = move |stream| {
                count();
                greet(stream, bytes.clone())
            };
            listen(attack.wire, greet).await
        }
        Strike::Close => {
            let close = move |stream: TcpStream| {
                count();
                drop(stream);
                std::future::ready(Ok(()))
            };
            listen(attack.wire, close).await
        }
        Strike::Frames(once, again) => {
            let (tls, once, again) = (authority.http2_acceptor(HOST), Arc::new(once()), Arc::new(again()));
            let serve = move |stream: TcpStream| {
                count();
                let (tls, once, again) = (tls.clone(), Arc::clone(&once), Arc::clone(&again));
                async move { strike(tls.accept(stream).await?, &once, &again).await }
            };
            listen(attack.wire, serve).await
        }
    };
    Peer { url, strikes }
}

/// The answer of an honest host.
fn good(role: Role, request: &Request) -> Reply {
    if role == Role::Server {
        return canaries::answer(request, canaries::report().as_bytes());
    }
    match request.path() {
        path if path.ends_with(TOKEN) => {
            Reply::answer(201, "", br#"{"token":"ghs_t","expires_at":"2126-11-24T04:00:00Z"}"#)
        }
        path if path.ends_with(UPLOAD) => Reply::answer(202, "Location: /uploads/1\r\n", br#"{"id":"1"}"#),
        path if path.ends_with(LIST) => Reply::answer(200, "", br#"{"server_instances":[]}"#),
        _ => Reply::answer(200, "", br#"{"sync_state":"success"}"#),
    }
}

/// A connection that closes with a body in it that was not read may take the answer with it.
fn after_body(request: &Request, reply: Reply) -> Reply {
    match reply {
        Reply::Pieces(pieces) if request.path().ends_with(UPLOAD) => Reply::AfterBody(pieces.concat()),
        reply => reply,
    }
}

async fn listen<F>(wire: Wire, serve: impl Fn(TcpStream) -> F + Send + 'static) -> Url
where
    F: Future<Output = io::Result<()>> + Send + 'static,
{
    let listener = TcpListener::bind((HOST, 0)).await.unwrap();
    let scheme = if wire == Wire::Http { "http" } else { "https" };
    let url = Url::parse(&format!("{scheme}://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            // The program hangs up on most of them.
            tokio::spawn(serve(stream));
        }
    });
    url
}

async fn greet(stream: TcpStream, bytes: Vec<u8>) -> io::Result<()> {
    let (mut from, mut to) = split(stream);
    to.write_all(&bytes).await?;
    to.flush().await?;
    copy(&mut from, &mut sink()).await.map(|_| ())
}

/// Reads the program's side of the connection all the while: who does not is waited for, and floods nobody.
async fn strike(stream: impl AsyncRead + AsyncWrite + Send + 'static, once: &[u8], again: &[u8]) -> io::Result<()> {
    let (mut from, mut to) = split(stream);
    from.read_exact(&mut [0; PREFACE]).await?;
    to.write_all(&frame(SETTINGS, 0, 0, &[])).await?;
    to.flush().await?;
    while read_frame(&mut from).await? != HEADERS {}
    let listening = async { copy(&mut from, &mut sink()).await.map(|_| ()) };
    let flooding = async {
        to.write_all(once).await?;
        to.flush().await?;
        while !again.is_empty() {
            to.write_all(again).await?;
        }
        std::future::pending::<io::Result<()>>().await
    };
    tokio::select! { ended = listening => ended, ended = flooding => ended }
}

/// Reads a frame and returns its type.
async fn read_frame(from: &mut (impl AsyncRead + Unpin)) -> io::Result<u8> {
    let mut head = [0; 9];
    from.read_exact(&mut head).await?;
    let size = u64::from(u32::from_be_bytes([0, head[0], head[1], head[2]]));
    copy(&mut from.take(size), &mut sink()).await?;
    Ok(head[3])
}

/// A frame of HTTP/2.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&size[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}
