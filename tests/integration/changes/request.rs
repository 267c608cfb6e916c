//! A request to the cloud, read whole, and the proof that an App's key signed its token.

use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::read::GzDecoder;
use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::loopback::{self, head};

/// A request with its body.
pub(super) struct Request {
    head: loopback::Request,
    body: Vec<u8>,
}

impl Request {
    /// Reads its head.
    pub(super) async fn begin(stream: &mut TcpStream) -> io::Result<Self> {
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(stream.read_u8().await?);
        }
        let head = loopback::Request(String::from_utf8_lossy(&bytes).into_owned());
        Ok(Self { head, body: Vec::new() })
    }

    /// Reads half of its body.
    pub(super) async fn read_half(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        self.read_until(self.length() / 2, stream).await
    }

    /// Reads what is left of its body.
    pub(super) async fn read(&mut self, stream: &mut TcpStream) -> io::Result<()> {
        self.read_until(self.length(), stream).await
    }

    async fn read_until(&mut self, length: usize, stream: &mut TcpStream) -> io::Result<()> {
        let read = self.body.len();
        self.body.resize(length, 0);
        stream.read_exact(&mut self.body[read..]).await.map(|_| ())
    }

    fn length(&self) -> usize {
        self.header("content-length").parse().unwrap_or_default()
    }

    pub(super) fn path(&self) -> &str {
        self.head.path()
    }

    /// A header's value; empty when it is not there.
    pub(super) fn header(&self, name: &str) -> String {
        self.head.header(name).unwrap_or_default().to_owned()
    }

    /// The token that it came with.
    pub(super) fn bearer(&self) -> String {
        let authorization = self.header("authorization");
        authorization.strip_prefix("Bearer ").unwrap_or_default().to_owned()
    }

    /// The license usage in its body.
    pub(super) fn document(&self) -> Value {
        let mut text = String::new();
        GzDecoder::new(&self.body[..]).read_to_string(&mut text).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// Sends status, headers and body, and closes.
pub(super) async fn reply(stream: &mut TcpStream, (status, headers, body): &(u16, String, String)) -> io::Result<()> {
    let mut bytes = head(*status, &format!("Content-Length: {}\r\n{headers}", body.len()));
    bytes.extend_from_slice(body.as_bytes());
    stream.write_all(&bytes).await?;
    stream.shutdown().await
}

/// The client ID in an App's token.
pub(super) fn issuer(token: &str) -> String {
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["iss"].as_str().unwrap().to_owned()
}

/// Whether an App's token was signed by this key: RS256 signs the same bytes always the same.
pub(super) fn is_signed_by(token: &str, key: &str) -> bool {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
    crypto::sign(signed.as_bytes(), &key, Algorithm::RS256).unwrap() == signature
}
