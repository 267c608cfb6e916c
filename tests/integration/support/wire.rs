//! The wires on which a host is reached: plain HTTP on loopback, TLS, and TLS through a proxy.
//!
//! A table plays its cases on the wires in turn, and with `GHE_LICENSE_SYNC_DEEP=1` each case on every wire.

use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::authority::{Authority, Validity};
use super::connector::Connector;
use super::deep::is_deep;
use super::loopback::Request;
use super::reverse_proxy::{Act, ReverseProxy};

const CREDENTIALS: &str = "bot:pass:word";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    Plain,
    Tls,
    /// Through a proxy that opens connections for everybody.
    Proxied,
    /// Through one that wants credentials.
    Admitted,
}

impl Wire {
    const ALL: [Self; 4] = [Self::Plain, Self::Tls, Self::Proxied, Self::Admitted];

    /// The wires of the case with this number.
    pub(crate) fn in_turn(number: usize) -> &'static [Self] {
        let one = number % Self::ALL.len();
        if is_deep() { &Self::ALL } else { &Self::ALL[one..=one] }
    }
}

/// What the wires lead over: an authority and two proxies.
pub(crate) struct Wires {
    authority: Authority,
    tls: TlsAcceptor,
    free: Connector,
    strict: Connector,
    credentials: NamedTempFile,
}

impl Wires {
    pub(crate) async fn lay() -> Self {
        let authority = Authority::new();
        let credentials = NamedTempFile::new().unwrap();
        std::fs::write(credentials.path(), CREDENTIALS).unwrap();
        Self {
            tls: authority.acceptor("127.0.0.1", Validity::Now),
            authority,
            free: Connector::open(None).await,
            strict: Connector::open(Some(CREDENTIALS)).await,
            credentials,
        }
    }

    /// A door to `target` at the end of the wire.
    pub(crate) async fn door(
        &self,
        wire: Wire,
        target: &Url,
        decide: impl Fn(&Request) -> Act + Send + Sync + 'static,
    ) -> ReverseProxy {
        match wire {
            Wire::Plain => ReverseProxy::to(target, decide).await,
            _ => ReverseProxy::behind_tls(target, self.tls.clone(), decide).await,
        }
    }

    /// The settings of this section for the wire, like those of `--set`.
    pub(crate) fn settings(&self, wire: Wire, section: &str) -> Vec<String> {
        let authority = self.authority.network().ca_file.unwrap();
        let trust = format!("{section}.ca-file={}", authority.display());
        let proxied = |proxy: &Connector| format!("{section}.proxy={}", proxy.url);
        match wire {
            Wire::Plain => Vec::new(),
            Wire::Tls => vec![trust],
            Wire::Proxied => vec![trust, proxied(&self.free)],
            Wire::Admitted => {
                let file = self.credentials.path().display();
                vec![
                    trust,
                    proxied(&self.strict),
                    format!("{section}.proxy-credentials-file={file}"),
                ]
            }
        }
    }
}
