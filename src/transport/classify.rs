//! Determines the fault from an HTTP client's error. The client shows some faults by type, some only by text.

use std::error::Error;
use std::fmt::Display;
use std::io;

use url::Url;

use super::fault::{Fault, Peer, ProxyFault, TransportError};
use super::tls_fault::{CertificateFault, TlsFault};
use crate::plain;

/// At most so many bytes of a library's words are shown.
const LONGEST_WORDS: usize = 512;

/// What a connector of the HTTP client fails with.
pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// A redirect led away from the host that was asked.
#[derive(Debug, thiserror::Error)]
#[error("redirected to {0}")]
pub(super) struct ForeignRedirect(pub(super) String);

/// A proxy opened no connection.
#[derive(Debug, thiserror::Error)]
#[error("the proxy did not open a connection ({0})")]
pub(super) struct NoTunnel(pub(super) ProxyFault);

impl TransportError {
    /// Names the fault in `error`; the URL is stored without its query.
    pub fn new(peer: Peer, method: &'static str, url: &Url, error: &reqwest::Error) -> Self {
        Self {
            may_have_arrived: !error.is_connect() && !error.is_builder(),
            ..Self::of(peer, method, url, classify(error))
        }
    }
}

/// Names the fault in `error`.
pub(super) fn classify(error: &reqwest::Error) -> Fault {
    let causes = || ErrorChain(error.source());
    match causes().find_map(of_policy) {
        // What is damaged within a transfer is no failed handshake.
        Some(Fault::Tls(TlsFault::NotTls | TlsFault::Other(_))) if !error.is_connect() => return Fault::Reset,
        Some(fault) => return fault,
        None => {}
    }
    if error.is_timeout() {
        return Fault::TimedOut;
    }
    let known = causes().find_map(of_io).or_else(|| causes().find_map(of_http));
    match known {
        // Once there is a connection, the HTTP client reads and writes nothing before the handshake ended.
        Some(Fault::Reset | Fault::CutShort) if error.is_connect() => Fault::Tls(TlsFault::Closed),
        Some(fault) => fault,
        None => match causes().last() {
            Some(cause) if error.is_decode() => Fault::Damaged(words(cause)),
            Some(cause) => Fault::Other(words(cause)),
            None => Fault::Other("the request could not be made".to_owned()),
        },
    }
}

/// Names the fault in what a connector failed with, where it has a name.
pub(super) fn of_connector(error: &(dyn Error + 'static)) -> Option<Fault> {
    let causes = || ErrorChain(Some(error));
    causes().find_map(of_policy).or_else(|| causes().find_map(of_io))
}

fn of_policy(cause: &(dyn Error + 'static)) -> Option<Fault> {
    if let Some(ForeignRedirect(to)) = cause.downcast_ref() {
        return Some(Fault::ForeignRedirect(to.clone()));
    }
    if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
        return Some(match tls {
            rustls::Error::InvalidCertificate(certificate) => Fault::Certificate(CertificateFault::of(certificate)),
            other => Fault::Tls(TlsFault::of(other)),
        });
    }
    if let Some(NoTunnel(fault)) = cause.downcast_ref() {
        return Some(Fault::Proxy(fault.clone()));
    }
    match cause.to_string().as_str() {
        "dns error" => Some(Fault::NameNotResolved),
        "tls handshake eof" => Some(Fault::Tls(TlsFault::Closed)),
        text => text
            .strip_prefix("tunnel error: ")
            .map(|text| Fault::Proxy(of_tunnel(text, cause))),
    }
}

fn of_tunnel(text: &str, cause: &(dyn Error + 'static)) -> ProxyFault {
    match text {
        "proxy authorization required" => ProxyFault::WantsCredentials,
        "unsuccessful" => ProxyFault::Undecided,
        "unexpected end of file" | "io error establishing tunnel" => ProxyFault::Closed,
        "failed to create underlying connection" => {
            let fault = cause.source().and_then(of_connector);
            ProxyFault::NotReached(Box::new(
                fault.unwrap_or_else(|| Fault::Other("the connection failed".to_owned())),
            ))
        }
        other => ProxyFault::Other(plain::masked(other, LONGEST_WORDS)),
    }
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
    } else if text == "message head is too large" || text.contains("header_list_way_too_large") {
        Some(Fault::HeadTooLarge)
    } else if text.contains(" error received: ") {
        // HTTP/2 says by itself that it ends here.
        Some(Fault::Reset)
    } else if text.starts_with("invalid HTTP") || text.ends_with(" parsed") || text.contains(" error detected: ") {
        Some(Fault::NotHttp(words(cause)))
    } else {
        None
    }
}

/// The message of a library, which may quote its input.
fn words(cause: &(impl Display + ?Sized)) -> String {
    plain::masked(&cause.to_string(), LONGEST_WORDS)
}

/// An error's causes, including those that hide inside an [`io::Error`].
struct ErrorChain<'a>(Option<&'a (dyn Error + 'static)>);

impl<'a> Iterator for ErrorChain<'a> {
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
