//! Builds the HTTP client for one host. There is no way to switch certificate checks off.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, redirect};
use secrecy::ExposeSecret;
use url::{Origin, Url};

use super::ca_file::CaFileDefect;
use super::fault::host;
use super::tunnel::Tunnels;
use super::{USER_AGENT, ca_file, trust};
use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::WriterError;
use crate::settings::secret::{self, SecretError};
use crate::settings::{self, Environment, Network};

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

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the trust root {} (`ca-file`) could not be read", path.display())]
    ReadTrustRoot { path: PathBuf, source: std::io::Error },
    #[error("{} (`ca-file`) holds {content}", path.display())]
    NoCertificate { path: PathBuf, content: CaFileDefect },
    #[error(transparent)]
    Writer(#[from] WriterError),
    #[error("the proxy credentials cannot be used")]
    ProxyCredentials(#[from] SecretError),
    #[error("the proxy credentials in {0} are not of the form user:password")]
    ProxyCredentialsForm(secret::SecretOrigin),
    #[error("this machine trusts no authority")]
    NoTrustRoot,
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    #[error("the HTTP client could not be built")]
    Build(#[source] reqwest::Error),
}

impl Explain for ClientError {
    fn reason(&self) -> Reason {
        match self {
            Self::ReadTrustRoot { .. } | Self::NoCertificate { .. } | Self::Writer(_) => Reason::ConfigInvalid,
            Self::ProxyCredentials(_) | Self::ProxyCredentialsForm(_) => Reason::CredentialsMissing,
            Self::NoTrustRoot | Self::Tls(_) | Self::Build(_) => Reason::TlsUntrusted,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::ReadTrustRoot { .. } => Some(CaFileDefect::Nothing.help().to_owned()),
            Self::NoCertificate { content, .. } => Some(content.help().to_owned()),
            Self::Writer(error) => error.help(),
            Self::ProxyCredentials(error) => error.help(),
            Self::ProxyCredentialsForm(_) => Some(
                "write the proxy's user name and password into it, on one line with a colon between them".to_owned(),
            ),
            Self::NoTrustRoot => {
                Some("install the system's certificate store (Debian: `ca-certificates`) or set `ca-file`".to_owned())
            }
            Self::Tls(_) | Self::Build(_) => None,
        }
    }
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

/// A redirect led away from the host that was asked.
#[derive(Debug, thiserror::Error)]
#[error("redirected to {0}")]
pub struct ForeignRedirect(pub String);

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
