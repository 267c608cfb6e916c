//! `api.HOST` and `uploads.HOST`, as a proxy leads to them: TLS with certificates of these names, and a sandbox behind it.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Request, head};

/// Both hosts of one cloud; they end with the test's runtime.
pub(super) struct CloudHosts {
    /// The proxy that leads to them, and to no other host.
    pub(super) proxy: Url,
    pub(super) authority: Arc<Authority>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl CloudHosts {
    pub(super) async fn open(host: &str, cloud: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let (authority, asked) = (Arc::new(Authority::new()), Arc::default());
        let hosts = Hosts {
            host: host.to_owned(),
            cloud: cloud.clone(),
            authority: Arc::clone(&authority),
            asked: Arc::clone(&asked),
        };
        tokio::spawn(async move {
            let hosts = Arc::new(hosts);
            while let Ok((stream, _)) = listener.accept().await {
                let hosts = Arc::clone(&hosts);
                tokio::spawn(async move {
                    // A client may go away; what it was to hear is compared.
                    let _ = hosts.connect(stream).await;
                });
            }
        });
        Self {
            proxy,
            authority,
            asked,
        }
    }

    /// What was asked for since the last time: host, method and path, each once.
    pub(super) fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        let mut known = std::collections::BTreeSet::new();
        asked.retain(|request| known.insert(request.clone()));
        asked
    }
}

struct Hosts {
    host: String,
    cloud: Url,
    authority: Arc<Authority>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hosts {
    async fn connect(&self, mut near: TcpStream) -> io::Result<()> {
        let request = read_head(&mut near).await?;
        let name = request.path().trim_end_matches(":443").to_owned();
        if !["api", "uploads"]
            .iter()
            .any(|it| name == format!("{it}.{}", self.host))
        {
            self.note(format!("{name} was asked for"));
            return near.write_all(&head(403, "")).await;
        }
        near.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
        let mut near = self.authority.acceptor(&name, Validity::Now).accept(near).await?;
        let request = read_head(&mut near).await?;
        let method = request.0.split(' ').next().unwrap_or_default();
        let path = request.path().split('?').next().unwrap_or_default();
        self.note(format!("{name} {method} {path}"));

        // One request a connection, so that no head passes by unread.
        let mut far = TcpStream::connect(&*self.cloud.socket_addrs(|| None)?).await?;
        let asking = format!(
            "{}Connection: close\r\n\r\n",
            request.0.trim_end_matches("\r\n").to_owned() + "\r\n"
        );
        far.write_all(asking.as_bytes()).await?;
        let length = request
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        copy(&mut (&mut near).take(length), &mut far).await?;
        // The addresses of its answers are those of these hosts.
        let answer = read_head(&mut far).await?;
        let ours = format!("https://api.{}/", self.host);
        near.write_all(answer.0.replace(self.cloud.as_str(), &ours).as_bytes())
            .await?;
        copy(&mut far, &mut near).await?;
        near.shutdown().await
    }

    fn note(&self, request: String) {
        self.asked.lock().unwrap().push(request);
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Request> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await?);
    }
    Ok(Request(String::from_utf8_lossy(&text).into_owned()))
}
