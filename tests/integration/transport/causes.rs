//! Different causes read differently, on whatever wire they come.

use std::collections::BTreeMap;

use ghe_license_sync::settings::{Credential, Environment, Network, Proxy};
use ghe_license_sync::transport::{BodyError, Peer, Redirects, TransportError, build, read_capped};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use url::Url;

use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Loopback, Reply, head};

const PASSWORD: &str = "PROXY_CREDENTIALS";

/// What is said when getting `url` fails, without the address.
async fn cause(url: &Url, network: &Network) -> String {
    let environment: Environment = [(PASSWORD, "bot:password")].into_iter().collect();
    let client = build(url, network, Redirects::SameOrigin, &environment).unwrap();
    let read = match client.get(url.clone()).send().await {
        Ok(answer) => read_capped(answer, Peer::Server, "GET", 1024).await,
        Err(error) => Err(TransportError::new(Peer::Server, "GET", url, &error).into()),
    };
    let BodyError::Transport(error) = read.unwrap_err() else {
        panic!("the answer is small");
    };
    error.fault.to_string()
}

/// A host that takes the first bytes, answers them like this and closes.
async fn host(scheme: &str, answer: &'static [u8]) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("{scheme}://{}/", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut first = [0; 16 * 1024];
            let _is_read = stream.read(&mut first).await;
            let _is_written = stream.write_all(answer).await;
        }
    });
    url
}

fn through(proxy: &Url, has_credentials: bool) -> Network {
    let credentials = Credential {
        name: "server-proxy-credentials",
        key: "server.proxy-credentials-file",
        variable: PASSWORD,
        hosts: String::new(),
        file: None,
        stored: None,
        stamp: None,
    };
    Network {
        proxy: Some(Proxy {
            url: proxy.clone(),
            no_proxy: None,
            credentials: has_credentials.then_some(credentials),
        }),
        ca_file: None,
    }
}

/// The causes that a host has on a wire without a proxy.
async fn of_hosts() -> Vec<(&'static str, String)> {
    let (authority, direct) = (Authority::new(), Network::default());
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed_port = Url::parse(&format!("http://{}/", socket.local_addr().unwrap())).unwrap();
    let mut all = vec![
        (
            "no name",
            cause(&Url::parse("https://github.invalid/").unwrap(), &direct).await,
        ),
        ("no listener", cause(&closed_port, &direct).await),
    ];
    let answers: [(_, _, &[u8]); 8] = [
        ("no answer", "http", b""),
        (
            "half an answer",
            "http",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        ),
        ("another protocol", "http", b"220 mail.example.com ESMTP\r\n"),
        (
            "another host",
            "http",
            b"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example.com/\r\nContent-Length: 0\r\n\r\n",
        ),
        ("no handshake", "https", b""),
        ("no TLS", "https", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        ("old TLS", "https", b"\x15\x03\x03\x00\x02\x02\x46"),
        ("no cipher", "https", b"\x15\x03\x03\x00\x02\x02\x28"),
    ];
    for (name, scheme, answer) in answers {
        all.push((name, cause(&host(scheme, answer).await, &authority.network()).await));
    }
    let certificates = [
        (
            "unknown authority",
            Authority::new().acceptor("127.0.0.1", Validity::Now),
        ),
        ("expired", authority.acceptor("127.0.0.1", Validity::Over)),
        ("not yet valid", authority.acceptor("127.0.0.1", Validity::Later)),
        (
            "certificate of another host",
            authority.acceptor("github.example.com", Validity::Now),
        ),
    ];
    for (name, tls) in certificates {
        let server = Loopback::serve_tls(tls, |_| Reply::answer(200, "", b"")).await;
        all.push((name, cause(&server.url, &authority.network()).await));
    }
    all
}

/// The causes that a proxy has or tells.
async fn of_proxies() -> Vec<(&'static str, String)> {
    let target = Url::parse("https://github.example.com/").unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let closed_port = Url::parse(&format!("http://{}/", socket.local_addr().unwrap())).unwrap();
    let nowhere = Url::parse("http://proxy.invalid:3128/").unwrap();
    let mut all = vec![
        ("no proxy", cause(&target, &through(&closed_port, false)).await),
        ("no name of a proxy", cause(&target, &through(&nowhere, false)).await),
        (
            "proxy that closes",
            cause(&target, &through(&host("http", b"").await, false)).await,
        ),
        (
            "proxy without HTTP",
            cause(&target, &through(&host("http", b"220 ESMTP\r\n").await, false)).await,
        ),
    ];
    let answers = [
        ("password missing", 407, "", false),
        ("password refused", 407, "", true),
        ("host forbidden", 403, "", false),
        ("host not reached", 503, "", false),
        ("no such page", 404, "", false),
        ("page", 200, "Content-Type: text/html\r\n", false),
    ];
    for (name, status, headers, has_credentials) in answers {
        let proxy = Loopback::serve(move |_| Reply::Pieces(vec![head(status, headers)])).await;
        all.push((name, cause(&target, &through(&proxy.url, has_credentials)).await));
    }
    all
}

#[tokio::test]
async fn no_two_causes_have_the_same_text() {
    let mut texts = BTreeMap::new();
    for (name, text) in of_hosts().await.into_iter().chain(of_proxies().await) {
        assert!(!text.contains(['{', '[']) && !text.contains("::"), "{name}: {text}");
        if let Some(other) = texts.insert(text.clone(), name) {
            panic!("{name} and {other} read alike: {text}");
        }
    }
}
