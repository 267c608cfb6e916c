//! Connections through a proxy. The HTTP client does not report why it opened none, so it is asked once more in a request
//! whose answer is seen. That shows as well where a connection got stuck: on the way to the proxy, in the proxy, or behind.
//!
//! Credentials are tried in such a request before anything else, and those that were refused are not sent again.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{io, mem};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, ClientBuilder, Method, Proxy, redirect};
use rustls::ClientConfig;
use tokio::sync::Mutex;
use tokio::time::timeout;
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use super::classify::{BoxError, NoTunnel, classify, of_connector};
use super::fault::{Fault, ProxyFault};
use super::tls_fault::TlsFault;
use crate::settings;

/// The way through a proxy to one host.
#[derive(Clone)]
pub(super) struct Tunnels(Arc<TunnelProbe>);

struct TunnelProbe {
    client: Client,
    /// The host as plain HTTP, for which the HTTP client hands CONNECT to the proxy like any other request.
    target: Url,
    has_credentials: bool,
    /// How long each step may take.
    step: Duration,
    /// What the proxy said to the credentials.
    admission: Mutex<Option<Result<(), ProxyFault>>>,
}

impl Tunnels {
    /// The way to `base`, unless that is reached directly. `builder` makes requests like those to the host, but for TLS and
    /// proxy. A connection through the proxy, one to the proxy that asks why there was none, and the answer to that question
    /// take at most a `step` each.
    ///
    /// # Errors
    /// What the HTTP client does not take.
    pub(super) fn to(
        base: &Url,
        settings: &settings::Proxy,
        proxy: Proxy,
        builder: ClientBuilder,
        mut tls: ClientConfig,
        step: Duration,
    ) -> reqwest::Result<Option<Self>> {
        let Some(target) = plain(base).filter(|_| is_proxied(base, settings)) else {
            return Ok(None);
        };
        // CONNECT of HTTP/1.1.
        tls.alpn_protocols.clear();
        let client = builder
            .http1_only()
            .connect_timeout(step)
            .timeout(step * 2)
            .redirect(redirect::Policy::none())
            .tls_backend_preconfigured(tls)
            .proxy(proxy)
            .build()?;
        Ok(Some(Self(Arc::new(TunnelProbe {
            client,
            target,
            has_credentials: settings.credentials.is_some(),
            step,
            admission: Mutex::default(),
        }))))
    }
}

/// Whether requests to `base` go by this proxy: what is not encrypted stays on this machine, and `no-proxy` names hosts.
pub fn is_proxied(base: &Url, proxy: &settings::Proxy) -> bool {
    let direct = proxy.no_proxy.as_deref().unwrap_or_default();
    let matcher = Matcher::builder().all(proxy.url.as_str()).no(direct).build();
    let intercepts = |uri: http::Uri| matcher.intercept(&uri).is_some();
    base.scheme() != "http" && base.as_str().parse().is_ok_and(intercepts)
}

/// The same host and port with another scheme, if the port can be written then.
fn plain(base: &Url) -> Option<Url> {
    let port = base.port_or_known_default()?;
    let target = Url::parse(&format!("http://{}:{port}/", base.host_str()?)).ok()?;
    target.port().is_some().then_some(target)
}

impl TunnelProbe {
    /// Lets nothing pass whose credentials were refused.
    async fn admit(&self) -> Result<(), ProxyFault> {
        let mut admission = self.admission.lock().await;
        match &*admission {
            Some(known) => known.clone(),
            None if self.has_credentials => {
                let asked = self.ask().await;
                if asked.as_ref().err().is_none_or(ProxyFault::is_about_credentials) {
                    *admission = Some(asked.clone());
                }
                asked
            }
            None => Ok(()),
        }
    }

    /// Asks the proxy for a connection that nobody uses.
    async fn ask(&self) -> Result<(), ProxyFault> {
        let request = self.client.request(Method::CONNECT, self.target.clone());
        let fault = match request.send().await {
            Ok(answer) => ProxyFault::of_answer(answer.status().as_u16(), answer.headers(), self.has_credentials),
            Err(error) => Some(match classify(&error) {
                fault if error.is_connect() => ProxyFault::NotReached(Box::new(fault)),
                Fault::NotHttp(_) => ProxyFault::NotHttp,
                Fault::Reset | Fault::CutShort => ProxyFault::Closed,
                Fault::TimedOut => ProxyFault::Silent,
                other => ProxyFault::Other(other.to_string()),
            }),
        };
        fault.map_or(Ok(()), Err)
    }

    /// The error that says why there is no connection, if the proxy knows.
    async fn explain(&self, error: BoxError) -> BoxError {
        let fault = match of_connector(&*error) {
            Some(Fault::Proxy(ProxyFault::WantsCredentials)) if self.has_credentials => ProxyFault::RefusesCredentials,
            Some(Fault::Proxy(ProxyFault::WantsCredentials)) => ProxyFault::WantsCredentials,
            // A web server may have answered as if it had opened a connection, and it is not known who was silent.
            Some(
                Fault::Proxy(ProxyFault::Undecided)
                | Fault::Tls(TlsFault::NotTls | TlsFault::Closed)
                | Fault::Reset
                | Fault::TimedOut,
            ) => match self.ask().await {
                Err(fault) => fault,
                Ok(()) => return error,
            },
            _ => return error,
        };
        if fault.is_about_credentials() {
            *self.admission.lock().await = Some(Err(fault.clone()));
        }
        NoTunnel(fault).into()
    }
}

impl<S> Layer<S> for Tunnels {
    type Service = Explained<S>;

    fn layer(&self, connector: S) -> Explained<S> {
        Explained {
            connector,
            asker: Arc::clone(&self.0),
        }
    }
}

/// A connector whose errors say what the proxy answered.
#[derive(Clone)]
pub(super) struct Explained<S> {
    connector: S,
    asker: Arc<TunnelProbe>,
}

impl<S, R> Service<R> for Explained<S>
where
    S: Service<R, Error = BoxError> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send,
    R: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        // The one that is ready; the other is a copy.
        let copy = self.connector.clone();
        let (mut connector, asker) = (mem::replace(&mut self.connector, copy), Arc::clone(&self.asker));
        Box::pin(async move {
            asker.admit().await.map_err(NoTunnel)?;
            let connected = timeout(asker.step, connector.call(request)).await;
            match connected.unwrap_or_else(|elapsed| Err(io::Error::from(elapsed).into())) {
                Ok(connection) => Ok(connection),
                Err(error) => Err(asker.explain(error).await),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::trust;
    use super::*;

    /// What a request to a host behind this proxy fails with.
    async fn fault(scheme: &str, proxy: SocketAddr) -> Fault {
        let base = Url::parse("https://github.example.com/").unwrap();
        let settings = settings::Proxy {
            url: Url::parse(&format!("{scheme}://{proxy}/")).unwrap(),
            no_proxy: None,
            credentials: None,
        };
        let tls = trust::config(Vec::new()).unwrap();
        let (proxy, step) = (Proxy::all(settings.url.clone()).unwrap(), Duration::from_millis(500));
        let builder = || Client::builder().no_proxy();
        let tunnels = Tunnels::to(&base, &settings, proxy.clone(), builder(), tls.clone(), step).unwrap();
        let builder = builder().tls_backend_preconfigured(tls).proxy(proxy);
        let client = builder.connector_layer(tunnels.unwrap()).build().unwrap();
        classify(&client.get(base).send().await.unwrap_err())
    }

    #[tokio::test]
    async fn a_proxy_that_never_answers_the_handshake_is_not_reached() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let expected = Fault::Proxy(ProxyFault::NotReached(Box::new(Fault::TimedOut)));
        assert_eq!(fault("https", silent.local_addr().unwrap()).await, expected);
    }

    #[tokio::test]
    async fn a_proxy_that_never_answers_connect_is_silent() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let expected = Fault::Proxy(ProxyFault::Silent);
        assert_eq!(fault("http", silent.local_addr().unwrap()).await, expected);
    }

    #[tokio::test]
    async fn a_host_behind_an_open_connection_that_never_answers_the_handshake_is_the_one_that_is_silent() {
        let proxy = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = proxy.local_addr().unwrap();
        let serve = async {
            let mut open = Vec::new();
            loop {
                let (mut connection, _) = proxy.accept().await.unwrap();
                let _request = connection.read(&mut [0; 1024]).await.unwrap();
                connection.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                open.push(connection);
            }
        };
        let found = tokio::select! {
            found = fault("http", address) => found,
            never = serve => never,
        };
        assert_eq!(found, Fault::TimedOut);
    }
}
