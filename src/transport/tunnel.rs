//! Connections through a proxy. Why it opened none is not told by the HTTP client, so it is asked once more in a request
//! whose answer is seen.
//!
//! Credentials are tried in such a request before anything else, and those that were refused are not sent again.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{Client, ClientBuilder, Method, Proxy, redirect};
use rustls::ClientConfig;
use tokio::sync::Mutex;
use tower_layer::Layer;
use tower_service::Service;
use url::Url;

use super::classify::{BoxError, classify, of_connector};
use super::fault::Fault;
use super::proxy::ProxyFault;
use super::tls_fault::TlsFault;
use crate::settings;

/// A proxy opened no connection.
#[derive(Debug, thiserror::Error)]
#[error("the proxy did not open a connection ({0})")]
pub(super) struct NoTunnel(pub(super) ProxyFault);

/// The way through a proxy to one host.
#[derive(Clone)]
pub(super) struct Tunnels(Arc<Asker>);

struct Asker {
    client: Client,
    /// The host as plain HTTP, for which the HTTP client hands CONNECT to the proxy like any other request.
    target: Url,
    has_credentials: bool,
    /// What the proxy said to the credentials.
    admission: Mutex<Option<Result<(), ProxyFault>>>,
}

impl Tunnels {
    /// The way to `base`, unless that is reached directly. `builder` makes requests like those to the host, but for TLS and
    /// proxy.
    ///
    /// # Errors
    /// What the HTTP client does not take.
    pub(super) fn to(
        base: &Url,
        settings: &settings::Proxy,
        proxy: Proxy,
        builder: ClientBuilder,
        mut tls: ClientConfig,
    ) -> reqwest::Result<Option<Self>> {
        let Some(target) = plain(base).filter(|_| is_proxied(base, settings)) else {
            return Ok(None);
        };
        // CONNECT of HTTP/1.1.
        tls.alpn_protocols.clear();
        let client = builder
            .http1_only()
            .redirect(redirect::Policy::none())
            .tls_backend_preconfigured(tls)
            .proxy(proxy)
            .build()?;
        Ok(Some(Self(Arc::new(Asker {
            client,
            target,
            has_credentials: settings.credentials.is_some(),
            admission: Mutex::default(),
        }))))
    }
}

/// Whether requests to `base` go by this proxy: what is not encrypted stays on this machine, and `no-proxy` names hosts.
#[must_use]
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

impl Asker {
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
            // A web server may have answered as if it had opened a connection.
            Some(
                Fault::Proxy(ProxyFault::Undecided) | Fault::Tls(TlsFault::NotTls | TlsFault::Closed) | Fault::Reset,
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
    asker: Arc<Asker>,
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
            match connector.call(request).await {
                Ok(connection) => Ok(connection),
                Err(error) => Err(asker.explain(error).await),
            }
        })
    }
}
