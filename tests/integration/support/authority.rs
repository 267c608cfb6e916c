//! A certificate authority of a test's own, which signs certificates for loopback servers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ghe_license_sync::settings::Network;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The number of the next authority; two of the same name would be told apart by their signatures only.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// When a certificate holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Validity {
    Now,
    Over,
    Later,
}

/// An authority and the file with its certificate.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: NamedTempFile,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self::of_name(&format!("Authority {}", NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// With a key of its own, even if another one has this name.
    pub(crate) fn of_name(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), issuer.pem()).unwrap();
        Self { issuer, file }
    }

    /// A network that trusts this authority, without a proxy.
    pub(crate) fn network(&self) -> Network {
        Network {
            proxy: None,
            ca_file: Some(self.file.path().to_owned()),
        }
    }

    /// The TLS side of a server that shows a certificate for `host`.
    pub(crate) fn acceptor(&self, host: &str, validity: Validity) -> TlsAcceptor {
        TlsAcceptor::from(Arc::new(self.config(host, validity)))
    }

    /// The same for a server that speaks HTTP/2 only.
    pub(crate) fn http2_acceptor(&self, host: &str) -> TlsAcceptor {
        let mut config = self.config(host, Validity::Now);
        config.alpn_protocols = vec![b"h2".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// The same for a server that shows a certificate with this change, so many times over.
    pub(crate) fn acceptor_with(
        &self,
        host: &str,
        times: usize,
        change: impl FnOnce(&mut CertificateParams),
    ) -> TlsAcceptor {
        TlsAcceptor::from(Arc::new(self.config_with(host, Validity::Now, times, change)))
    }

    pub(crate) fn config(&self, host: &str, validity: Validity) -> ServerConfig {
        self.config_with(host, validity, 1, |_| ())
    }

    fn config_with(
        &self,
        host: &str,
        validity: Validity,
        times: usize,
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let (first_year, last_year) = match validity {
            Validity::Now => (2000, 2090),
            Validity::Over => (2000, 2001),
            Validity::Later => (2089, 2090),
        };
        params.not_before = date_time_ymd(first_year, 1, 1);
        params.not_after = date_time_ymd(last_year, 1, 1);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone(); times], key)
            .unwrap()
    }
}
