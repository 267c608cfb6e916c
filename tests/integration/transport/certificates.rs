//! TLS: only certificates that are trusted, valid and made for the host are accepted.

use std::sync::Arc;

use ghe_license_sync::settings::Network;
use insta::assert_snapshot;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};
use tempfile::NamedTempFile;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::sign::any_supported_type;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::{failure, get};
use crate::support::authority::{Authority, Validity};
use crate::support::family::Family;
use crate::support::loopback::{Loopback, Reply};

async fn serve(authority: &Authority, host: &str, validity: Validity) -> Loopback {
    Loopback::serve_tls(authority.acceptor(host, validity), |_| Reply::answer(200, "", b"hello")).await
}

#[tokio::test]
async fn a_certificate_of_the_given_authority_is_trusted() {
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Now).await;
    assert_eq!(get(&server.url, &authority.network()).await.unwrap(), b"hello");
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_reported_with_the_reason() {
    let mut family = Family::default();
    let server = serve(&Authority::new(), "127.0.0.1", Validity::Now).await;
    let other = Authority::new();
    let said = failure(&server.url, &other.network()).await;
    family.row("a certificate of an unknown authority is not trusted", said);
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Over).await;
    let said = failure(&server.url, &authority.network()).await;
    family.row("an expired certificate is not trusted", said);
    let authority = Authority::new();
    let server = serve(&authority, "github.example.com", Validity::Now).await;
    let said = failure(&server.url, &authority.network()).await;
    family.row("a certificate for another host is not trusted", said);
    let authority = Authority::new();
    let server = serve(&authority, "127.0.0.1", Validity::Later).await;
    let said = failure(&server.url, &authority.network()).await;
    family.row("a certificate of the future is not trusted", said);
    let server = serve(&Authority::new(), "127.0.0.1", Validity::Now).await;
    let said = failure(&server.url, &Network::default()).await;
    family.row("without a further authority only the systems own are trusted", said);
    let authority = Authority::new();
    let tls = authority.acceptor_with("127.0.0.1", 1, |params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    let server = Loopback::serve_tls(tls, |_| Reply::answer(200, "", b"hello")).await;
    let said = failure(&server.url, &authority.network()).await;
    family.row("a certificate of a client is not trusted", said);
    let said = failure_of_openssl(AUTHORITY, include_str!("../../fixtures/tls/nameless.pem")).await;
    family.row("the certificate of an authority is not that of a server", said);
    let certificate = include_str!("../../fixtures/tls/version-1.pem");
    let said = failure_of_openssl(certificate, certificate).await;
    family.row("a certificate of version 1", said);
    let certificate = include_str!("../../fixtures/tls/sha1.pem");
    let said = failure_of_openssl(certificate, certificate).await;
    family.row("a certificate with a signature by sha 1", said);
    let (certificate, authority) = (
        include_str!("../../fixtures/tls/small.pem"),
        include_str!("../../fixtures/tls/small-authority.pem"),
    );
    let said = failure_of_openssl(certificate, authority).await;
    family.row("a certificate with a signature by a small key", said);
    // What happened to `ca-file` when the certificate of the authority, or that of the server itself, was made anew.
    let [old, new] = ["The authority"; 2].map(Authority::of_name);
    let server = serve(&new, "127.0.0.1", Validity::Now).await;
    let of_authority = failure(&server.url, &old.network()).await;
    let make = || {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    };
    let ((old, _), (new, key)) = (make(), make());
    let (server, network, _file) = showing(&new, &key, &old).await;
    assert_eq!(failure(&server.url, &network).await, of_authority);
    family.row("an older certificate of the same name is reported first", of_authority);
    let certificate = include_str!("../../fixtures/tls/nameless.pem");
    let said = failure_of_openssl(certificate, certificate).await;
    family.row("a certificate that names no host", said);
    assert_snapshot!(family, @"
    a certificate of an unknown authority is not trusted: [1] [2]
    an expired certificate is not trusted: error: GET https://HOST/ failed: the certificate is not trusted (it has expired) [3] [2]
    a certificate for another host is not trusted: error: GET https://HOST/ failed: the certificate is not trusted (it was made for another host)
      help: set `server.url` to the name in the certificate, or have one made for this name [2]
    a certificate of the future is not trusted: error: GET https://HOST/ failed: the certificate is not trusted (it is not valid yet) [3] [2]
    without a further authority only the systems own are trusted: [1] [2]
    a certificate of a client is not trusted: error: GET https://HOST/ failed: the certificate is not trusted (its extended key usage does not include a server)
      help: have one made with `extendedKeyUsage=serverAuth`; checks cannot be switched off [2]
    the certificate of an authority is not that of a server: error: GET https://HOST/ failed: the certificate is not trusted (it is the certificate of an authority, not of a server)
      help: name this very certificate in `server.ca-file`, or have one made for the server, like `openssl req -x509 -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:HOST` [2]
    a certificate of version 1: error: GET https://HOST/ failed: the certificate is not trusted (it is not of X.509 version 3)
      help: have one made with extensions, like `openssl x509 -req -extfile FILE` with `subjectAltName=DNS:HOST` in the file [2]
    a certificate with a signature by sha 1: error: GET https://HOST/ failed: the certificate is not trusted (it is signed with SHA-1, which is not accepted)
      help: have one made with SHA-256 or better, by a key of ECDSA or one of RSA with at least 2048 bits; checks cannot be switched off [2]
    a certificate with a signature by a small key: [4] [2]
    an older certificate of the same name is reported first: [4] [2]
    a certificate that names no host: error: GET https://HOST/ failed: the certificate is not trusted (it names no host in `subjectAltName`)
      help: have one made with the name of the host in it, like `openssl req -x509 -addext subjectAltName=DNS:HOST`; the common name is ignored [2]
    [1] error: GET https://HOST/ failed: the certificate is not trusted (it is signed by an unknown authority)
        help: name the certificate of the authority that signed it in `server.ca-file`; if it is there, the server has to send the certificates in between as well; checks cannot be switched off
    [2] reason: tls-untrusted, exit 69
    [3] help: have the certificate renewed, and check this machine's clock; checks cannot be switched off
    [4] error: GET https://HOST/ failed: the certificate is not trusted (its signature does not match the trusted certificate of its issuer's name, or was made with an RSA key of less than 2048 bits)
        help: `server.ca-file` may hold an older certificate of the same name: put the one that is in use now into it; else have one made with SHA-256 or better, by a key of ECDSA or one of RSA with at least 2048 bits; checks cannot be switched off
    ");
}

/// What `SECURITY.md` says is not checked.
#[tokio::test]
async fn a_certificate_is_accepted_whatever_its_key_usage() {
    let authority = Authority::new();
    let tls = authority.acceptor_with("127.0.0.1", 1, |params| {
        params.key_usages = vec![KeyUsagePurpose::CrlSign];
    });
    let server = Loopback::serve_tls(tls, |_| Reply::answer(200, "", b"hello")).await;
    assert_eq!(get(&server.url, &authority.network()).await.unwrap(), b"hello");
}

/// A server that shows this certificate, whatever is wrong with it, and a network that trusts another one.
async fn showing(shown: &str, key: &str, trusted: &str) -> (Loopback, Network, NamedTempFile) {
    let certificate = CertificateDer::from_pem_slice(shown.as_bytes()).unwrap();
    let key = any_supported_type(&PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap()).unwrap();
    let resolver = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(resolver));
    let tls = TlsAcceptor::from(Arc::new(config));
    let server = Loopback::serve_tls(tls, |_| Reply::answer(200, "", b"hello")).await;
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), trusted).unwrap();
    let network = Network {
        proxy: None,
        ca_file: Some(file.path().to_owned()),
    };
    (server, network, file)
}

/// The same with one of the certificates that OpenSSL made.
async fn failure_of_openssl(shown: &str, trusted: &str) -> String {
    let key = include_str!("../../fixtures/tls/key.pem");
    let (server, network, _file) = showing(shown, key, trusted).await;
    failure(&server.url, &network).await
}

const AUTHORITY: &str = include_str!("../../fixtures/tls/authority.pem");

#[tokio::test]
async fn an_authority_that_is_named_may_show_its_own_certificate() {
    let key = include_str!("../../fixtures/tls/key.pem");
    let (server, network, _file) = showing(AUTHORITY, key, AUTHORITY).await;
    assert_eq!(get(&server.url, &network).await.unwrap(), b"hello");
}

/// What an operator reads when an authority that is named shows its own certificate, for this host and until this year.
async fn failure_of_itself(host: &str, year: i32) -> String {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.not_after = date_time_ymd(year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().pem();
    let (server, network, _file) = showing(&certificate, &key.serialize_pem(), &certificate).await;
    failure(&server.url, &network).await
}

#[tokio::test]
async fn an_authority_that_shows_its_own_certificate_is_held_to_its_name_and_its_time() {
    let expired = failure_of_itself("127.0.0.1", 2001).await;
    assert!(expired.contains("(it has expired)"), "{expired}");
    let foreign = failure_of_itself("github.example.com", 2090).await;
    assert!(foreign.contains("(it was made for another host)"), "{foreign}");
}

/// The service sets no variables, and a person's shell may: both trust the same.
#[cfg(feature = "sandbox")]
#[tokio::test]
async fn authorities_that_the_environment_names_are_not_trusted() {
    use std::process::Command;

    use ghe_license_sync::reason::Reason;

    use crate::support::lab::{Lab, Ran};

    let (lab, authority) = (Lab::with_faults(&[]).await, Authority::new());
    let server = serve(&authority, "127.0.0.1", Validity::Now).await;
    let (file, directory) = (authority.network().ca_file.unwrap(), tempfile::tempdir().unwrap());
    std::fs::copy(&file, directory.path().join("authority.pem")).unwrap();
    for (variable, path) in [("SSL_CERT_FILE", &*file), ("SSL_CERT_DIR", directory.path())] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ghe-license-sync"));
        command.env_clear().env(variable, path);
        command.arg("--config").arg(lab.sandbox.config_file());
        command.args(["sync", &format!("--set=server.url={}", server.url)]);
        let ran = Ran::of(command).await;
        assert_eq!(ran.exit, Some(69), "{variable}: {ran}");
        assert_eq!(
            lab.last_run().await.reason,
            Some(Reason::TlsUntrusted),
            "{variable}: {ran}"
        );
    }
    assert!(server.requests().is_empty());
}
