//! Proxies that refuse, want a password or are not there.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use ghe_license_sync::explain::Explain;
use ghe_license_sync::settings::{Credential, Environment, Network, Proxy};
use ghe_license_sync::transport::{BodyError, Peer, Redirects, Tier, TransportError, build};
use insta::assert_snapshot;
use tokio::net::TcpListener;
use url::Url;

use super::{failure, get};
use crate::support::authority::{Authority, Validity};
use crate::support::connector::Connector;
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

fn through(proxy: &Url) -> Network {
    Network {
        proxy: Some(Proxy {
            url: proxy.clone(),
            no_proxy: None,
            credentials: None,
        }),
        ca_file: None,
    }
}

async fn failure_through(proxy: &Loopback) -> String {
    let url = Url::parse("https://github.example.com/").unwrap();
    failure(&url, &through(&proxy.url)).await
}

#[tokio::test]
async fn what_a_proxy_answers_is_reported_apart_from_the_host() {
    let mut family = Family::default();
    let proxy = Loopback::serve(|_| Reply::answer(403, "", b"not to be shown")).await;
    let said = failure_through(&proxy).await;
    family.row("a proxy that does not reach the host for us", said);
    assert_eq!(proxy.requests()[0].path(), "github.example.com:443");
    let proxy = Loopback::serve(|_| Reply::answer(407, "Proxy-Authenticate: Basic\r\n", b"")).await;
    family.row("a proxy that wants a password", failure_through(&proxy).await);
    let proxy = Loopback::serve(|_| Reply::answer(503, "X-Squid-Error: ERR_DNS_FAIL 0\r\n", b"<html>")).await;
    family.row("a proxy that does not reach the host", failure_through(&proxy).await);
    let server = Loopback::serve(|_| Reply::answer(405, "Content-Type: text/html\r\n", b"<html>")).await;
    family.row("a web server in place of a proxy", failure_through(&server).await);
    let page = || {
        Reply::answer(
            200,
            "Content-Type: text/html\r\n",
            b"<!DOCTYPE html><title>It works</title>",
        )
    };
    let server = Loopback::serve(move |_| page()).await;
    family.row("a page in place of a connection", failure_through(&server).await);
    let server = Loopback::serve(|_| Reply::Pieces(vec![b"220 mail.example.com ESMTP\r\n".to_vec()])).await;
    let said = failure_through(&server).await;
    family.row("something that is not http in place of a proxy", said);
    let proxy = Loopback::serve(|_| Reply::Pieces(vec![])).await;
    family.row("a proxy that closes the connection", failure_through(&proxy).await);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let url = Url::parse("https://github.example.com/").unwrap();
    let said = failure(&url, &through(&proxy)).await;
    family.row("a proxy that is not there", said);
    let url = Url::parse("https://github.example.com/").unwrap();
    let proxy = Url::parse("http://proxy.invalid:3128/").unwrap();
    let said = failure(&url, &through(&proxy)).await;
    family.row("a proxy whose name does not exist", said);
    assert_snapshot!(family, @"
    a proxy that does not reach the host for us: error: GET https://HOST/ failed: the proxy did not open a connection (it does not let this host through: status 403)
      help: let this host through in the proxy's rules, or check `server.proxy` [1]
    a proxy that wants a password: error: GET https://HOST/ failed: the proxy did not open a connection (it wants a user name and a password)
      help: write user:password as the proxy knows them into a file, and name it in `server.proxy-credentials-file` [1]
    a proxy that does not reach the host: error: GET https://HOST/ failed: the proxy did not open a connection (it did not reach this host: status 503)
      help: check `server.url`, and the DNS and the firewall of the proxy
      reason: unreachable-server, exit 69
    a web server in place of a proxy: error: GET https://HOST/ failed: the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 405) [2] [1]
    a page in place of a connection: error: GET https://HOST/ failed: the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 200) [2] [1]
    something that is not http in place of a proxy: error: GET https://HOST/ failed: the proxy did not open a connection (it is not an HTTP proxy) [2] [1]
    a proxy that closes the connection: error: GET https://HOST/ failed: the proxy did not open a connection (it closed the connection)
      help: look into the log of the proxy, or check `server.proxy` [1]
    a proxy that is not there: error: GET https://HOST/ failed: the proxy did not open a connection (it cannot be reached: the connection was refused) [3] [1]
    a proxy whose name does not exist: error: GET https://HOST/ failed: the proxy did not open a connection (it cannot be reached: the host name cannot be resolved) [3] [1]
    [1] reason: proxy-refused, exit 69
    [2] help: set `server.proxy` to host and port of the proxy
    [3] help: check `server.proxy`
    ");
}

#[tokio::test]
async fn each_answer_to_connect_has_its_meaning_and_its_time() {
    let mut table = String::new();
    for status in [
        204, 301, 302, 400, 401, 403, 404, 405, 407, 408, 421, 429, 451, 500, 501, 502, 503, 504, 505, 511,
    ] {
        let proxy =
            Loopback::serve(move |_| Reply::answer(status, "Location: http://login.example.com/\r\n", b"")).await;
        let url = Url::parse("https://github.example.com/").unwrap();
        let BodyError::Transport(error) = get(&url, &through(&proxy.url)).await.unwrap_err() else {
            panic!("the proxy opened a connection");
        };
        table += &format!("{:?} {} {}\n", error.fault.tier(), error.reason(), error.fault);
    }
    assert_snapshot!(table, @"
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 204)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 301)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 302)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 400)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 401)
    Lasting proxy-refused the proxy did not open a connection (it does not let this host through: status 403)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 404)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 405)
    Lasting proxy-refused the proxy did not open a connection (it wants a user name and a password)
    Passing unreachable-server the proxy did not open a connection (it did not reach this host: status 408)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 421)
    Passing unreachable-server the proxy did not open a connection (it did not reach this host: status 429)
    Lasting proxy-refused the proxy did not open a connection (it does not let this host through: status 451)
    Passing unreachable-server the proxy did not open a connection (it did not reach this host: status 500)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 501)
    Passing unreachable-server the proxy did not open a connection (it did not reach this host: status 502)
    Passing unreachable-server the proxy did not open a connection (it did not reach this host: status 503)
    Passing unreachable-server the proxy did not open a connection (it did not reach this host: status 504)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 505)
    Lasting proxy-refused the proxy did not open a connection (it is not a proxy: it answers CONNECT like a web server, with status 511)
    ");
}

#[tokio::test]
async fn a_proxy_that_refuses_once_is_tried_again_soon() {
    let asked = AtomicUsize::new(0);
    let proxy = Loopback::serve(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::answer(503, "", b""),
        _ => Reply::Pieces(vec![b"HTTP/1.1 200 Connection established\r\n\r\n".to_vec()]),
    })
    .await;
    let url = Url::parse("https://github.example.com/").unwrap();
    let BodyError::Transport(error) = get(&url, &through(&proxy.url)).await.unwrap_err() else {
        panic!("the proxy opened a connection");
    };
    assert_eq!(error.fault.tier(), Tier::Passing, "{error}");
    assert!(
        error
            .to_string()
            .contains("it refused once, and did not when it was asked again"),
        "{error}"
    );
}

#[tokio::test]
async fn hosts_of_no_proxy_are_reached_directly() {
    let authority = Authority::new();
    let server = Loopback::serve_tls(authority.acceptor("127.0.0.1", Validity::Now), |_| {
        Reply::answer(200, "", b"hello")
    })
    .await;
    let proxy = Loopback::serve(|_| Reply::answer(403, "", b"")).await;
    let mut network = through(&proxy.url);
    network.ca_file = authority.network().ca_file;
    if let Some(proxy) = &mut network.proxy {
        proxy.no_proxy = Some("127.0.0.0/8".to_owned());
    }
    assert_eq!(get(&server.url, &network).await.unwrap(), b"hello");
    assert!(proxy.requests().is_empty());
}

fn with_credentials(proxy: &Url) -> Network {
    let mut network = through(proxy);
    if let Some(proxy) = &mut network.proxy {
        proxy.credentials = Some(Credential {
            name: "server-proxy-credentials",
            key: "server.proxy-credentials-file",
            variable: "PROXY_CREDENTIALS",
            hosts: String::new(),
            file: None,
            stored: None,
            stamp: None,
        });
    }
    network
}

#[tokio::test]
async fn proxy_credentials_are_given_to_the_proxy() {
    let proxy = Loopback::serve(|_| Reply::answer(403, "", b"")).await;
    let url = Url::parse("https://github.example.com/").unwrap();
    let environment = [("PROXY_CREDENTIALS", "bot:pass:word")].into_iter().collect();
    let client = build(&url, &with_credentials(&proxy.url), Redirects::Never, &environment).unwrap();
    client.get(url).send().await.unwrap_err();
    assert_eq!(
        proxy.requests()[0].header("proxy-authorization"),
        Some("Basic Ym90OnBhc3M6d29yZA==")
    );
}

#[tokio::test]
async fn a_password_that_the_proxy_refuses_is_sent_once() {
    let environment = [("PROXY_CREDENTIALS", "bot:wrong")].into_iter().collect();
    let mut all = BTreeSet::new();
    // tinyproxy says 401.
    for status in [407, 401] {
        let proxy = Loopback::serve(move |_| Reply::answer(status, "Proxy-Authenticate: Basic\r\n", b"")).await;
        let url = Url::parse("https://github.example.com/").unwrap();
        let client = build(&url, &with_credentials(&proxy.url), Redirects::Never, &environment).unwrap();
        for _ in 0..3 {
            let error = client.get(url.clone()).send().await.unwrap_err();
            all.insert(render(&TransportError::new(Peer::Cloud, "GET", &url, &error), &url));
        }
        assert_eq!(proxy.requests().len(), 1, "{status}");
    }
    assert_snapshot!(Vec::from_iter(all).join("\n"), @"
    error: GET https://HOST/ failed: the proxy did not open a connection (it refuses the user name and the password)
    help: check `connect.proxy-credentials-file`: it has to hold user:password as the proxy knows them
    reason: proxy-refused, exit 69
    ");
}

#[tokio::test]
async fn a_password_that_the_proxy_accepts_is_tried_once_and_then_used() {
    let authority = Authority::new();
    let server = Loopback::serve_tls(authority.acceptor("127.0.0.1", Validity::Now), |_| {
        Reply::answer(200, "", b"hello")
    })
    .await;
    let proxy = Connector::open(Some("bot:right")).await;
    let mut network = with_credentials(&proxy.url);
    network.ca_file = authority.network().ca_file;
    let environment = [("PROXY_CREDENTIALS", "bot:right")].into_iter().collect();
    let client = build(&server.url, &network, Redirects::Never, &environment).unwrap();
    for _ in 0..3 {
        assert_eq!(client.get(server.url.clone()).send().await.unwrap().status(), 200);
    }
    assert_eq!((server.requests().len(), proxy.requests()), (3, 4));
}

#[tokio::test]
async fn proxy_credentials_of_another_form_are_refused_without_being_shown() {
    let (proxy, url) = ["http://127.0.0.1:3128/", "https://github.example.com/"]
        .map(|url| Url::parse(url).unwrap())
        .into();
    let environment: Environment = [("PROXY_CREDENTIALS", "secret")].into_iter().collect();
    let error = build(&url, &with_credentials(&proxy), Redirects::Never, &environment).unwrap_err();
    assert_snapshot!(render(&error, &proxy), @r#"
    error: the proxy credentials in environment variable PROXY_CREDENTIALS are not of the form user:password
    help: write the proxy's user name and password into it, on one line with a colon between them
    reason: credentials-missing, exit 77
    "#);
    for text in ["\"bot:hidden\"", "bot:hidden\nbot:other"] {
        let environment: Environment = [("PROXY_CREDENTIALS", text)].into_iter().collect();
        let refused = build(&url, &with_credentials(&proxy), Redirects::Never, &environment);
        let told = render(&refused.unwrap_err(), &proxy);
        assert!(
            told.contains("credentials-missing") && !told.contains("hidden"),
            "{told}"
        );
    }
    let error = build(
        &url,
        &with_credentials(&proxy),
        Redirects::Never,
        &Environment::default(),
    )
    .unwrap_err();
    assert_snapshot!(render(&error, &proxy), @r#"
    error: the proxy credentials cannot be used
    cause: the credential `server-proxy-credentials` is not there
    help: give it as the systemd credential `server-proxy-credentials` (LoadCredential=), or name a file of mode 0600 in `server.proxy-credentials-file`, or set PROXY_CREDENTIALS
    reason: credentials-missing, exit 77
    "#);
}

#[tokio::test]
async fn what_is_not_encrypted_goes_through_no_proxy() {
    let (proxy, server) = (
        Loopback::serve(|_| Reply::answer(502, "", b"")).await,
        Loopback::serve(|_| Reply::answer(200, "", b"hello")).await,
    );
    assert_eq!(get(&server.url, &through(&proxy.url)).await.unwrap(), b"hello");
    assert!(proxy.requests().is_empty());
}
