//! The list on loopback, by TLS with a certificate of its own: HTTP/2 for who offers it, else HTTP/1.1 with a kept connection.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use crate::{Result, pages};

const HOST: &str = "127.0.0.1";

pub(crate) struct Server {
    /// Host and port.
    pub(crate) authority: String,
    directory: TempDir,
    list: Arc<List>,
    _runtime: Runtime,
}

/// What is served.
struct List {
    authority: String,
    pages: Vec<Bytes>,
    /// The least time that each page takes, in nanoseconds.
    latency: AtomicU64,
    /// The time that all pages took, in nanoseconds.
    taken: AtomicU64,
    served: AtomicU64,
}

impl Server {
    pub(crate) fn start() -> Result<Self> {
        let directory = TempDir::new()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let tls = TlsAcceptor::from(Arc::new(certified(&directory.path().join("ca.pem"))?));
        let listener = runtime.block_on(TcpListener::bind((HOST, 0)))?;
        let authority = listener.local_addr()?.to_string();
        let list = Arc::new(List {
            authority: authority.clone(),
            pages: pages::packed()?,
            latency: AtomicU64::default(),
            taken: AtomicU64::default(),
            served: AtomicU64::default(),
        });
        let served = Arc::clone(&list);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (list, tls) = (Arc::clone(&served), tls.clone());
                // A client that goes away is no failure of the server.
                tokio::spawn(async move { serve(list, tls, stream).await.ok() });
            }
        });
        Ok(Self {
            authority,
            directory,
            list,
            _runtime: runtime,
        })
    }

    /// A file of this name in the server's directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The authority that signed its certificate.
    pub(crate) fn trust_root(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// Takes this time for each page from now on, and a little more when the machine has other work.
    pub(crate) fn take(&self, latency: Duration) {
        self.list.latency.store(nanoseconds(latency), Ordering::SeqCst);
    }

    /// The time that all pages took so far.
    pub(crate) fn taken(&self) -> Duration {
        Duration::from_nanos(self.list.taken.load(Ordering::SeqCst))
    }

    /// How many pages were served in all.
    pub(crate) fn served(&self) -> u64 {
        self.list.served.load(Ordering::SeqCst)
    }
}

/// Writes the authority's certificate, and shows one that it signed.
fn certified(trust_root: &Path) -> Result<ServerConfig> {
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.distinguished_name.push(DnType::CommonName, "Benchmark");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(authority, KeyPair::generate()?)?;
    std::fs::write(trust_root, issuer.pem())?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![HOST.to_owned()])?.signed_by(&key, &issuer)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

async fn serve(list: Arc<List>, tls: TlsAcceptor, stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let stream = tls.accept(stream).await?;
    let speaks_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    match speaks_http2 {
        true => serve_http2(&list, stream).await,
        false => serve_http1(&list, stream).await,
    }
}

async fn serve_http2(list: &Arc<List>, stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
    let mut connection = h2::server::handshake(stream).await?;
    while let Some(request) = connection.accept().await {
        let (request, mut respond) = request?;
        let list = Arc::clone(list);
        tokio::spawn(async move {
            let (head, body) = list.answer(&request).await?;
            let mut body_sender = respond.send_response(head, false)?;
            body_sender.send_data(body, true)?;
            Result::Ok(())
        });
    }
    Ok(())
}

async fn serve_http1(list: &List, stream: impl AsyncRead + AsyncWrite + Unpin) -> Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first).await? == 0 {
            return Ok(());
        }
        let mut line = String::new();
        while stream.read_line(&mut line).await? > 2 {
            line.clear();
        }
        let target = first.split(' ').nth(1).ok_or("no request line")?;
        let (head, body) = list.answer(&Request::get(target).body(())?).await?;
        let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
        for (name, value) in head.headers() {
            answer.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        answer.extend_from_slice(b"\r\n");
        answer.extend_from_slice(&body);
        stream.get_mut().write_all(&answer).await?;
        stream.get_mut().flush().await?;
    }
}

impl List {
    /// The page that is asked for, whatever is before the path; every client takes gzip.
    async fn answer<T>(&self, request: &Request<T>) -> Result<(Response<()>, Bytes)> {
        let query = request.uri().query().unwrap_or_default();
        let number = query.split('&').find_map(|pair| pair.strip_prefix("page="));
        let number: usize = number.unwrap_or("1").parse()?;
        let body = self.pages.get(number - 1).ok_or("no such page")?.clone();
        let mut head = Response::builder()
            .header("content-type", "application/json; charset=utf-8")
            .header("content-encoding", "gzip")
            .header("content-length", body.len());
        if number < self.pages.len() {
            let (path, next) = (request.uri().path(), number + 1);
            let address = format!(
                "https://{}{path}?per_page={}&page={next}",
                self.authority,
                pages::PER_PAGE
            );
            head = head.header("link", format!("<{address}>; rel=\"next\""));
        }
        let start = Instant::now();
        self.wait().await?;
        self.taken.fetch_add(nanoseconds(start.elapsed()), Ordering::SeqCst);
        self.served.fetch_add(1, Ordering::SeqCst);
        Ok((head.body(())?, body))
    }

    /// The clock of the runtime is too coarse: it would add a millisecond to each page.
    async fn wait(&self) -> Result<()> {
        let latency = Duration::from_nanos(self.latency.load(Ordering::SeqCst));
        if !latency.is_zero() {
            #[expect(clippy::disallowed_methods, reason = "it is the latency itself")]
            tokio::task::spawn_blocking(move || std::thread::sleep(latency)).await?;
        }
        Ok(())
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
