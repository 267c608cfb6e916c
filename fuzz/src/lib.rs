//! What the fuzz targets share: a peer on loopback that sends what a target chooses, and errors as an operator reads them.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use ghe_license_sync::explain::Explain;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// No text for an operator is longer than this, in bytes, whatever a peer says.
const LONGEST_TEXT: usize = 8 * 1024;

/// Answers by path of the request; an answer is all the bytes of a connection.
pub trait Answers: Send + Sync + 'static {
    /// The bytes to send; the connection is closed after them.
    fn to(&self, path: &str) -> Vec<u8>;
}

/// Runs `client` against a peer that gives these answers; it has to come to an end by itself.
pub fn converse<F: Future>(answers: impl Answers, client: impl FnOnce(SocketAddr) -> F) -> F::Output {
    // One listener for all inputs: each connection keeps its ports for a minute after its end, and a loopback connection may
    // take those of an earlier one again, which a new listener may not.
    thread_local! {
        static PEER: (tokio::runtime::Runtime, TcpListener) = {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a listener");
            (runtime, listener)
        };
    }
    PEER.with(|(runtime, listener)| {
        runtime.block_on(async {
            let address = listener.local_addr().expect("an address");
            tokio::select! {
                biased;
                output = tokio::time::timeout(Duration::from_secs(20), client(address)) => output.expect("it ends"),
                () = serve(listener, &answers) => unreachable!("a peer serves for ever"),
            }
        })
    })
}

async fn serve(listener: &TcpListener, answers: &impl Answers) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        // The client may go away in the middle.
        let _ = answer(stream, answers).await;
    }
}

async fn answer(mut stream: TcpStream, answers: &impl Answers) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|four| four == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or_default();
    stream.write_all(&answers.to(path)).await?;
    stream.shutdown().await
}

/// A good answer with this body.
#[must_use]
pub fn good(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}")
        .into_bytes()
}

/// All that an operator gets to see of an error. It is short, and nothing in it steers a terminal.
#[must_use]
pub fn told(error: &dyn Explain) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(&format!("\n{error}"));
        cause = error.source();
    }
    for more in [error.details(), error.help()].into_iter().flatten() {
        text.push_str(&format!("\n{more}"));
    }
    assert!(text.len() <= LONGEST_TEXT, "{} bytes: {text}", text.len());
    let steers = |character: char| character.is_control() && character != '\n';
    assert!(!text.contains(steers), "{text:?}");
    text
}
