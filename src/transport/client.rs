//! Builds the HTTP client for one host. There is no way to switch certificate checks off.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, redirect};
use secrecy::ExposeSecret;
use url::{Origin, Url};

use super::classify::ForeignRedirect;
use super::client_error::ClientError;
use super::fault::host;
use super::tunnel::Tunnels;
use super::{ca_file, trust};
use crate::settings::{self, Environment, Network};

/// Sent with every request.
pub const USER_AGENT: &str = concat!("ghe-license-sync/", env!("CARGO_PKG_VERSION"));

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A peer that acknowledges nothing for so long is dead. Longer than the longest
/// stall of a transfer, which has a name of its own.
const DEAD_PEER_TIMEOUT: Duration = Duration::from_secs(150);

/// A connection on which nothing is under way is probed after this time and each time that it has passed again. After so
/// many probes without an answer the peer is dead as well.
const PROBE_INTERVAL: Duration = Duration::from_secs(30);
const PROBES: u32 = 4;

/// How many redirects on one host are followed.
const MAX_REDIRECTS: usize = 5;

/// Which redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirects {
    /// None: a redirect is an answer like any other.
    Never,
    /// Those that stay on the same scheme, host and port, so that credentials never travel.
    SameOrigin,
}

/// A client for requests to `base`. Proxy variables in the environment are not used.
///
/// # Errors
/// [`ClientError`]: nothing was connected to yet.
pub fn build(
    base: &Url,
    network: &Network,
    redirects: Redirects,
    environment: &Environment,
) -> Result<Client, ClientError> {
    builder(base, network, redirects, environment)?
        .build()
        .map_err(ClientError::Build)
}

/// The same for many questions to a host, one after the other, which share a connection.
///
/// # Errors
/// [`ClientError`]: nothing was connected to yet.
pub fn build_kept(base: &Url, network: &Network, environment: &Environment) -> Result<Client, ClientError> {
    let builder = builder(base, network, Redirects::Never, environment)?;
    builder.pool_max_idle_per_host(1).build().map_err(ClientError::Build)
}

/// The same, not built yet. It limits no whole request and no silence: that is up to the caller.
pub(super) fn builder(
    base: &Url,
    network: &Network,
    redirects: Redirects,
    environment: &Environment,
) -> Result<ClientBuilder, ClientError> {
    let builder = basis()
        // What `coding` decodes.
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("gzip"),
        )]))
        .redirect(match redirects {
            Redirects::Never => redirect::Policy::none(),
            Redirects::SameOrigin => same_origin(base.origin()),
        });
    // Authorities that are named have to be good, also where no certificate is checked.
    let named = network.ca_file.as_deref().map(ca_file::read).transpose()?;
    if base.scheme() == "http" {
        // A loopback address: no certificate is checked, a machine without any trust root is good enough, and what is
        // not encrypted is for this machine alone.
        return Ok(builder.tls_certs_only([]).connect_timeout(CONNECT_TIMEOUT));
    }
    let tls = trust::config(named.unwrap_or_default())?;
    let builder = builder.https_only(true).tls_backend_preconfigured(tls.clone());
    let Some(settings) = &network.proxy else {
        return Ok(builder.connect_timeout(CONNECT_TIMEOUT));
    };
    let proxy = proxy(settings, environment)?;
    let tunnels =
        Tunnels::to(base, settings, proxy.clone(), basis(), tls, CONNECT_TIMEOUT).map_err(ClientError::Build)?;
    let builder = builder.proxy(proxy);
    Ok(match tunnels {
        // Each step has its own limit. One around them all would hide in which of them the connection got stuck.
        Some(tunnels) => builder.connector_layer(tunnels),
        None => builder.connect_timeout(CONNECT_TIMEOUT),
    })
}

/// What all requests have in common, those to a proxy as well. How long connecting may take is up to the way.
fn basis() -> ClientBuilder {
    Client::builder()
        .user_agent(USER_AGENT)
        .tcp_user_timeout(DEAD_PEER_TIMEOUT)
        .tcp_keepalive(PROBE_INTERVAL)
        .tcp_keepalive_interval(PROBE_INTERVAL)
        .tcp_keepalive_retries(PROBES)
        // One request a connection: none inherits a dead one or what a peer left on it, and no peer can send anything on
        // a connection that nobody waits for.
        .pool_max_idle_per_host(0)
        .no_proxy()
}

fn proxy(settings: &settings::Proxy, environment: &Environment) -> Result<Proxy, ClientError> {
    let mut proxy = Proxy::all(settings.url.clone()).map_err(ClientError::Build)?;
    if let Some(credentials) = &settings.credentials {
        let (secret, origin) = credentials.read(environment)?;
        let (user, password) = secret
            .expose_secret()
            .split_once(':')
            .filter(|_| !secret.expose_secret().contains(char::is_control))
            .ok_or(ClientError::ProxyCredentialsForm(origin))?;
        proxy = proxy.basic_auth(user, password);
    }
    Ok(proxy.no_proxy(settings.no_proxy.as_deref().and_then(NoProxy::from_string)))
}

fn same_origin(origin: Origin) -> redirect::Policy {
    redirect::Policy::custom(move |attempt| {
        if attempt.url().origin() != origin {
            let to = host(attempt.url());
            attempt.error(ForeignRedirect(to))
        } else if attempt.previous().len() > MAX_REDIRECTS {
            attempt.stop()
        } else {
            attempt.follow()
        }
    })
}
