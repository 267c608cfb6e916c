//! Whom TLS trusts: the authorities of the system and those of a `ca-file`.
//!
//! The system's are read here and not by the HTTP client, which lets `SSL_CERT_FILE` and `SSL_CERT_DIR` of the environment
//! take their place. No check of rustls is left out. It does not look at `keyUsage`: a certificate whose key may not sign
//! handshakes is accepted, where OpenSSL refuses one that allows neither `digitalSignature`, `keyEncipherment` nor
//! `keyAgreement`. Such a certificate was issued by a trusted authority for this very host. Nor is it asked whether a
//! certificate was revoked.

use std::collections::HashSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::client_error::ClientError;
use super::tls_fault::CertificateFault;

/// Where systems keep all authorities in one file; the first that is there counts.
const BUNDLES: [&str; 5] = [
    // Debian, Ubuntu
    "/etc/ssl/certs/ca-certificates.crt",
    // Fedora, RHEL
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    // SUSE
    "/etc/ssl/ca-bundle.pem",
    // Alpine
    "/etc/ssl/cert.pem",
];

/// Where they keep each in a file of its own.
const DIRECTORIES: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// What is asked for in the handshake, in order of preference.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// TLS that trusts the authorities of the system and the `named` ones.
///
/// # Errors
/// [`ClientError`] when there is no authority at all.
pub(super) fn config(named: Vec<CertificateDer<'static>>) -> Result<ClientConfig, ClientError> {
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(named.iter().cloned());
    roots.add_parsable_certificates(of_system());
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .map_err(|_| ClientError::NoTrustRoot)?;
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(ClientError::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Verifier { webpki, named }))
        .with_no_client_auth();
    config.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
    Ok(config)
}

/// The authorities of the system; what of them cannot be read is left out.
fn of_system() -> Vec<CertificateDer<'static>> {
    let bundle = BUNDLES.iter().map(PathBuf::from).find(|path| path.exists());
    let entries = DIRECTORIES.iter().flat_map(fs::read_dir).flatten();
    let entries = entries.flatten().map(|entry| entry.path());
    let mut seen = HashSet::new();
    let files = bundle.into_iter().chain(entries).filter(|path| is_new(path, &mut seen));
    let texts = files.filter_map(|path| fs::read(path).ok());
    let mut all: Vec<_> = texts.flat_map(|text| parsable(&text)).collect();
    all.sort_unstable_by(|one, other| one.as_ref().cmp(other.as_ref()));
    all.dedup();
    all
}

/// Whether this is a file that was not seen under another name: most of a directory's are there several times.
fn is_new(path: &Path, seen: &mut HashSet<(u64, u64)>) -> bool {
    fs::metadata(path).is_ok_and(|file| file.is_file() && seen.insert((file.dev(), file.ino())))
}

fn parsable(pem: &[u8]) -> Vec<CertificateDer<'static>> {
    CertificateDer::pem_slice_iter(pem).filter_map(Result::ok).collect()
}

/// The usual checks, with one addition: an authority that is named may show its own certificate.
#[derive(Debug)]
struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    named: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Whether a host shows a certificate that is named itself, and nothing is wrong with it but that it is that of an
    /// authority: what `openssl req -x509` makes by default. Its validity period was checked before that.
    fn is_named(&self, certificate: &CertificateDer<'_>, error: &Error) -> bool {
        let Error::InvalidCertificate(error) = error else {
            return false;
        };
        CertificateFault::of(error) == CertificateFault::Authority
            && self.named.iter().any(|named| named.as_ref() == certificate.as_ref())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self
            .webpki
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match verified {
            Err(error) if self.is_named(end_entity, &error) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
