//! Faults of the connection to a host, in the operator's terms, and what to do about them. `classify` derives them from
//! the HTTP client's errors.

use std::time::Duration;

use url::Url;

use super::tier::Tier;
use super::tls_fault::{CertificateFault, TlsFault};
use crate::explain::Explain;
use crate::plain;
use crate::reason::Reason;
use crate::settings::AddressKey;

/// Whom we talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Server,
    Cloud,
}

/// A request that got no whole answer.
#[derive(Debug, thiserror::Error)]
#[error("{method} {url} failed: {fault}")]
pub struct TransportError {
    pub peer: Peer,
    pub method: &'static str,
    /// Without query and credentials.
    pub url: String,
    /// The setting that says where the peer is.
    pub url_key: AddressKey,
    pub fault: Fault,
    /// Whether the request may have arrived: not without a connection, however the same fault is called later.
    pub may_have_arrived: bool,
}

/// What went wrong, in the operator's terms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the host name cannot be resolved")]
    NameNotResolved,
    #[error("the connection was refused")]
    Refused,
    #[error("the network or the host is unreachable")]
    Unreachable,
    #[error("no answer in time")]
    TimedOut,
    #[error("no bytes moved for {}", plain::duration(*.0))]
    Stalled(Duration),
    #[error("slower than {floor} bytes in {}", plain::duration(*.span))]
    TooSlow { floor: u64, span: Duration },
    #[error("the peer kept this program busy for {} and sent nothing that was asked for", plain::duration(*.0))]
    Flood(Duration),
    #[error("the transfer was not complete when the next window began")]
    OutOfTime,
    #[error("the proxy did not open a connection ({0})")]
    Proxy(ProxyFault),
    #[error("the certificate is not trusted ({0})")]
    Certificate(CertificateFault),
    #[error("the TLS handshake failed ({0})")]
    Tls(TlsFault),
    #[error("the connection was interrupted")]
    Reset,
    #[error("the answer ended before it was complete")]
    CutShort,
    #[error("the head of the answer is larger than any can be")]
    HeadTooLarge,
    #[error("the answer was damaged on the way ({0})")]
    Damaged(String),
    #[error("the response has an unsupported content encoding ({0})")]
    Coding(String),
    #[error("the peer is not an HTTP server ({0})")]
    NotHttp(String),
    #[error("it redirects to another host, which is refused ({0})")]
    ForeignRedirect(String),
    #[error("{0}")]
    Other(String),
}

/// Why a proxy is of no help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyFault {
    #[error("it cannot be reached: {0}")]
    NotReached(Box<Fault>),
    #[error("it wants a user name and a password")]
    WantsCredentials,
    #[error("it refuses the user name and the password")]
    RefusesCredentials,
    #[error("it does not let this host through: status {0}")]
    Forbids(u16),
    #[error("it did not reach this host: status {0}")]
    HostNotReached(u16),
    #[error("it is not a proxy: it answers CONNECT like a web server, with status {0}")]
    WebServer(u16),
    #[error("it is not an HTTP proxy")]
    NotHttp,
    #[error("it did not answer in time")]
    Silent,
    #[error("it closed the connection")]
    Closed,
    #[error("it refused once, and did not when it was asked again")]
    Undecided,
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// What can be expected of trying again.
    pub fn tier(&self) -> Tier {
        match self {
            Self::Proxy(fault) => fault.tier(),
            Self::Tls(TlsFault::Closed) => Tier::Passing,
            Self::Certificate(_)
            | Self::Tls(_)
            | Self::ForeignRedirect(_)
            | Self::HeadTooLarge
            | Self::Flood(_)
            | Self::NotHttp(_)
            | Self::Coding(_) => Tier::Lasting,
            _ => Tier::Passing,
        }
    }
}

impl TransportError {
    /// A fault of an open connection, which was seen here; the URL is stored without its query.
    pub fn of(peer: Peer, method: &'static str, url: &Url, fault: Fault) -> Self {
        Self {
            peer,
            method,
            url: plain::url(url),
            url_key: match peer {
                Peer::Server => AddressKey::Server,
                Peer::Cloud => AddressKey::Host,
            },
            fault,
            may_have_arrived: true,
        }
    }
}

/// The scheme, host and port of the URL; of a long one only the beginning.
pub(super) fn host(url: &Url) -> String {
    plain::shortened(&url.origin().ascii_serialization(), plain::LONGEST_URL)
}

impl Explain for TransportError {
    fn reason(&self) -> Reason {
        let (malformed, unreachable) = match self.peer {
            Peer::Server => (Reason::MalformedSource, Reason::UnreachableServer),
            Peer::Cloud => (Reason::MalformedAnswer, Reason::UnreachableCloud),
        };
        match self.fault {
            Fault::Proxy(ProxyFault::HostNotReached(_) | ProxyFault::Silent) => unreachable,
            Fault::Proxy(_) => Reason::ProxyRefused,
            Fault::Certificate(_) => Reason::TlsUntrusted,
            Fault::ForeignRedirect(_)
            | Fault::Damaged(_)
            | Fault::Coding(_)
            | Fault::HeadTooLarge
            | Fault::Flood(_) => malformed,
            _ => unreachable,
        }
    }

    fn help(&self) -> Option<String> {
        let url_key = self.url_key.name();
        let section = match self.peer {
            Peer::Server => "server",
            Peer::Cloud => "connect",
        };
        Some(match &self.fault {
            Fault::NameNotResolved => format!("check `{url_key}` and this machine's DNS"),
            Fault::Refused | Fault::Unreachable | Fault::TimedOut => format!(
                "check `{url_key}`, the firewall and `{section}.proxy`; proxy variables of the environment are not used"
            ),
            Fault::Stalled(_) | Fault::TooSlow { .. } | Fault::OutOfTime => format!(
                "check the network path to `{url_key}` for packet loss and for a proxy, firewall or VPN that limits or \
                 holds connections; a slow connection is fine as long as bytes move"
            ),
            Fault::Coding(_) => {
                "only gzip is requested; check the proxy or load balancer in between for compression of its own"
                    .to_owned()
            }
            Fault::Reset | Fault::CutShort | Fault::Damaged(_) => {
                "if it happens again, check what is in between: proxy, firewall, load balancer".to_owned()
            }
            Fault::Proxy(fault) => fault.help(section, url_key),
            Fault::Certificate(fault) => fault.help(section, url_key),
            Fault::Tls(fault) => fault.help(section, url_key),
            Fault::NotHttp(_) | Fault::HeadTooLarge | Fault::Flood(_) => format!(
                "something other than the expected service answers there; check `{url_key}` and `{section}.proxy`"
            ),
            Fault::ForeignRedirect(_) => format!("set `{url_key}` to the host that answers in the end"),
            Fault::Other(_) => format!("check `{url_key}`"),
        })
    }
}
