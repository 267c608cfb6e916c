//! Proxies that refuse, want a password or are not there.

use ghe_license_sync::settings::{Credential, Environment, Network, Proxy};
use ghe_license_sync::transport::{Redirects, build};
use insta::assert_snapshot;
use tokio::net::TcpListener;
use url::Url;

use super::{failure, get};
use crate::support::authority::{Authority, Validity};
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
async fn a_proxy_that_does_not_let_the_host_through_is_told() {
    let proxy = Loopback::serve(|_| Reply::answer(403, "", b"not to be shown")).await;
    assert_snapshot!(failure_through(&proxy).await, @r#"
    error: GET https://HOST/ failed: the proxy did not open a connection (it does not let this host through)
    help: let this host through in the proxy's rules, or check `server.proxy`
    reason: proxy-refused, exit 69
    "#);
    assert_eq!(proxy.requests()[0].path(), "github.example.com:443");
}

#[tokio::test]
async fn a_proxy_that_wants_a_password_is_told() {
    let proxy = Loopback::serve(|_| Reply::answer(407, "Proxy-Authenticate: Basic\r\n", b"")).await;
    assert_snapshot!(failure_through(&proxy).await, @r#"
    error: GET https://HOST/ failed: the proxy did not open a connection (it wants a user name and a password)
    help: check `server.proxy-credentials-file`: it has to hold user:password as the proxy knows them
    reason: proxy-refused, exit 69
    "#);
}

#[tokio::test]
async fn a_proxy_that_closes_the_connection_is_told() {
    let proxy = Loopback::serve(|_| Reply::Pieces(vec![])).await;
    assert_snapshot!(failure_through(&proxy).await, @r#"
    error: GET https://HOST/ failed: the proxy did not open a connection (unexpected end of file)
    help: let this host through in the proxy's rules, or check `server.proxy`
    reason: proxy-refused, exit 69
    "#);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_told_apart_from_the_host() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let url = Url::parse("https://github.example.com/").unwrap();
    assert_snapshot!(failure(&url, &through(&proxy)).await, @r#"
    error: GET https://HOST/ failed: the proxy did not open a connection (it cannot be reached: the connection was refused)
    help: check `server.proxy`
    reason: proxy-refused, exit 69
    "#);
}

#[tokio::test]
async fn a_proxy_whose_name_does_not_exist_is_told_apart_from_the_host() {
    let url = Url::parse("https://github.example.com/").unwrap();
    let proxy = Url::parse("http://proxy.invalid:3128/").unwrap();
    assert_snapshot!(failure(&url, &through(&proxy)).await, @r#"
    error: GET https://HOST/ failed: the proxy did not open a connection (it cannot be reached: the host name cannot be resolved)
    help: check `server.proxy`
    reason: proxy-refused, exit 69
    "#);
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
async fn proxy_credentials_of_another_form_are_refused_without_being_shown() {
    let (proxy, url) = ["http://127.0.0.1:3128/", "https://github.example.com/"]
        .map(|url| Url::parse(url).unwrap())
        .into();
    let environment: Environment = [("PROXY_CREDENTIALS", "secret")].into_iter().collect();
    let error = build(&url, &with_credentials(&proxy), Redirects::Never, &environment).unwrap_err();
    assert_snapshot!(render(&error, &proxy), @r#"
    error: the proxy credentials are not of the form user:password
    help: write the proxy's user name and password into the file, on one line with a colon between them
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
