//! Builds the HTTP client for one host. There is no way to switch certificate checks off.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, redirect};
use secrecy::ExposeSecret;
use url::{Origin, Url};

use super::USER_AGENT;
use super::fault::host;
use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::secret::SecretError;
use crate::settings::writers::{self, WriterError};
use crate::settings::{Environment, Network};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// A peer that acknowledges nothing for so long is dead. Longer than the longest
/// stall of a transfer, which has a name of its own.
const DEAD_PEER_TIMEOUT: Duration = Duration::from_secs(150);

/// A connection on which nothing is under way is probed after this time and each time that it has passed again. After so
/// many probes without an answer the peer is dead as well.
const PROBE_INTERVAL: Duration = Duration::from_secs(30);
const PROBES: u32 = 4;

/// So many bytes of a trust root are read; all public authorities together take a fifth of a mebibyte.
const LARGEST_TRUST_ROOT: u64 = 16 * 1024 * 1024;

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
    #[error("{} (`ca-file`) holds no certificate in PEM", path.display())]
    NoCertificate { path: PathBuf },
    #[error(transparent)]
    Writer(#[from] WriterError),
    #[error("the proxy credentials cannot be used")]
    ProxyCredentials(#[from] SecretError),
    #[error("the proxy credentials are not of the form user:password")]
    ProxyCredentialsForm,
    #[error("the HTTP client could not be built")]
    Build(#[source] reqwest::Error),
}

impl Explain for ClientError {
    fn reason(&self) -> Reason {
        match self {
            Self::ReadTrustRoot { .. } | Self::NoCertificate { .. } | Self::Writer(_) => Reason::ConfigInvalid,
            Self::ProxyCredentials(_) | Self::ProxyCredentialsForm => Reason::CredentialsMissing,
            Self::Build(_) => Reason::TlsUntrusted,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::ReadTrustRoot { .. } | Self::NoCertificate { .. } => {
                Some("`ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's".to_owned())
            }
            Self::Writer(error) => error.help(),
            Self::ProxyCredentials(error) => error.help(),
            Self::ProxyCredentialsForm => {
                Some("write the proxy's user name and password into the file, on one line with a colon between them".to_owned())
            }
            Self::Build(_) => Some("install the system's certificate store (Debian: `ca-certificates`) or set `ca-file`".to_owned()),
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

/// The same, not built yet. It limits no whole request and no silence: that is up to whoever makes the request.
pub(super) fn builder(
    base: &Url,
    network: &Network,
    redirects: Redirects,
    environment: &Environment,
) -> Result<ClientBuilder, ClientError> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT_TIMEOUT)
        .tcp_user_timeout(DEAD_PEER_TIMEOUT)
        .tcp_keepalive(PROBE_INTERVAL)
        .tcp_keepalive_interval(PROBE_INTERVAL)
        .tcp_keepalive_retries(PROBES)
        // One request a connection: none inherits a dead one or what a peer left on it, and no peer can send anything on
        // a connection that nobody waits for.
        .pool_max_idle_per_host(0)
        // What `coding` decodes.
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("gzip"),
        )]))
        .no_proxy()
        .redirect(match redirects {
            Redirects::Never => redirect::Policy::none(),
            Redirects::SameOrigin => same_origin(base.origin()),
        });
    // A trust root that is named has to be good, also where no certificate is looked at.
    let trust_roots = trust_roots(network)?;
    if base.scheme() == "http" {
        // A loopback address: no certificate is looked at, and a machine without any trust root is good enough.
        builder = builder.tls_certs_only([]);
    } else {
        builder = builder.https_only(true).tls_certs_merge(trust_roots);
    }
    // What is not encrypted is for this machine alone.
    if let Some(settings) = network.proxy.as_ref().filter(|_| base.scheme() != "http") {
        let mut proxy = Proxy::all(settings.url.clone()).map_err(ClientError::Build)?;
        if let Some(credentials) = &settings.credentials {
            let (secret, _) = credentials.read(environment)?;
            let (user, password) = secret
                .expose_secret()
                .split_once(':')
                .filter(|_| !secret.expose_secret().contains(char::is_control))
                .ok_or(ClientError::ProxyCredentialsForm)?;
            proxy = proxy.basic_auth(user, password);
        }
        builder = builder.proxy(proxy.no_proxy(settings.no_proxy.as_deref().and_then(NoProxy::from_string)));
    }
    Ok(builder)
}

fn trust_roots(network: &Network) -> Result<Vec<Certificate>, ClientError> {
    let Some(path) = &network.ca_file else {
        return Ok(Vec::new());
    };
    let unreadable = |source| ClientError::ReadTrustRoot {
        path: path.clone(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    writers::check(path, &file)?;
    let mut pem = Vec::new();
    file.take(LARGEST_TRUST_ROOT)
        .read_to_end(&mut pem)
        .map_err(unreadable)?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ClientError::NoCertificate { path: path.clone() }),
    }
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
