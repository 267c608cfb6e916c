//! Names what went wrong on the way to a host: name, connection, proxy, certificate, silence or a cut answer.

use std::error::Error;
use std::io;

use url::Url;

use super::client::ForeignRedirect;
use crate::explain::Explain;
use crate::reason::Reason;

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
    pub fault: Fault,
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
    #[error("the proxy did not open a connection ({0})")]
    Proxy(String),
    #[error("the certificate is not trusted ({0})")]
    Certificate(String),
    #[error("the TLS handshake failed ({0})")]
    Tls(String),
    #[error("the connection was reset")]
    Reset,
    #[error("the answer ended before it was complete")]
    CutShort,
    #[error("it led to another host, which is not followed ({0})")]
    ForeignRedirect(String),
    #[error("{0}")]
    Other(String),
}

impl Fault {
    /// Whether trying again later can help without a person doing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::Certificate(_) | Self::ForeignRedirect(_))
    }
}

impl TransportError {
    /// Names the fault in `error`; the URL is told without its query.
    #[must_use]
    pub fn new(peer: Peer, method: &'static str, url: &Url, error: &reqwest::Error) -> Self {
        Self {
            peer,
            method,
            url: plain(url),
            fault: classify(error),
        }
    }
}

/// The URL without credentials, query and fragment.
#[must_use]
pub fn plain(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn classify(error: &reqwest::Error) -> Fault {
    let causes = Causes(error.source());
    for cause in causes {
        if let Some(ForeignRedirect(to)) = cause.downcast_ref() {
            return Fault::ForeignRedirect(to.clone());
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return match tls {
                rustls::Error::InvalidCertificate(certificate) => Fault::Certificate(certificate.to_string()),
                other => Fault::Tls(other.to_string()),
            };
        }
        let text = cause.to_string();
        if text == "dns error" {
            return Fault::NameNotResolved;
        }
        if text.contains("tunnel") || text.contains("proxy authorization required") {
            return Fault::Proxy(text);
        }
    }
    if error.is_timeout() {
        return Fault::TimedOut;
    }
    Causes(error.source()).find_map(of_io).unwrap_or_else(|| {
        Causes(error.source())
            .find_map(of_http)
            .unwrap_or_else(|| Fault::Other(deepest(error)))
    })
}

fn of_io(cause: &(dyn Error + 'static)) -> Option<Fault> {
    use io::ErrorKind::{
        BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable,
        TimedOut, UnexpectedEof,
    };
    match cause.downcast_ref::<io::Error>()?.kind() {
        ConnectionRefused => Some(Fault::Refused),
        NetworkUnreachable | HostUnreachable => Some(Fault::Unreachable),
        ConnectionReset | ConnectionAborted | BrokenPipe => Some(Fault::Reset),
        TimedOut => Some(Fault::TimedOut),
        UnexpectedEof => Some(Fault::CutShort),
        _ => None,
    }
}

fn of_http(cause: &(dyn Error + 'static)) -> Option<Fault> {
    let text = cause.to_string();
    if text.contains("connection closed before message completed") {
        Some(Fault::Reset)
    } else if text.contains("end of file before message length reached") || text.contains("unexpected EOF") {
        Some(Fault::CutShort)
    } else {
        None
    }
}

fn deepest(error: &reqwest::Error) -> String {
    Causes(error.source())
        .last()
        .map_or_else(|| "the request could not be made".to_owned(), ToString::to_string)
}

/// An error's causes, including those that hide inside an [`io::Error`].
struct Causes<'a>(Option<&'a (dyn Error + 'static)>);

impl<'a> Iterator for Causes<'a> {
    type Item = &'a (dyn Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let current = self.0?;
        self.0 = match current.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => current.source(),
        };
        Some(current)
    }
}

impl Explain for TransportError {
    fn reason(&self) -> Reason {
        match (&self.fault, self.peer) {
            (Fault::Proxy(_), _) => Reason::ProxyRefused,
            (Fault::Certificate(_), _) => Reason::TlsUntrusted,
            (Fault::ForeignRedirect(_), Peer::Server) => Reason::MalformedSource,
            (Fault::ForeignRedirect(_), Peer::Cloud) => Reason::MalformedAnswer,
            (_, Peer::Server) => Reason::UnreachableServer,
            (_, Peer::Cloud) => Reason::UnreachableCloud,
        }
    }

    fn help(&self) -> Option<String> {
        let (section, url_key) = match self.peer {
            Peer::Server => ("server", "`server.url`"),
            Peer::Cloud => ("connect", "`connect.host`"),
        };
        Some(match &self.fault {
            Fault::NameNotResolved => format!("check {url_key} and this machine's DNS"),
            Fault::Refused | Fault::Unreachable | Fault::TimedOut | Fault::Reset | Fault::CutShort => {
                format!(
                    "check {url_key}, the firewall and `{section}.proxy`; proxy variables of the environment are not used"
                )
            }
            Fault::Proxy(_) => {
                format!(
                    "check `{section}.proxy`, `{section}.proxy-credentials-file` and that the proxy lets this host through"
                )
            }
            Fault::Certificate(_) => {
                format!(
                    "if a private authority signed it, name its certificate in `{section}.ca-file`; checks cannot be switched off"
                )
            }
            Fault::Tls(_) => format!(
                "something other than the expected service answers there; check {url_key} and `{section}.proxy`"
            ),
            Fault::ForeignRedirect(_) => format!("set {url_key} to the host that answers in the end"),
            Fault::Other(_) => format!("check {url_key}"),
        })
    }
}
