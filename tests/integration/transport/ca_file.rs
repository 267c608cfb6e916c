//! Files with authorities: what they may hold, and how it is reported that they hold something else.

use std::path::Path;

use ghe_license_sync::settings::{Environment, Network};
use ghe_license_sync::transport::{Redirects, build};
use insta::assert_snapshot;
use url::Url;

use super::get;
use crate::support::authority::{Authority, Validity};
use crate::support::loopback::{Loopback, Reply};
use crate::support::render::render;

const CERTIFICATE: &str = include_str!("../../fixtures/tls/authority.pem");
const KEY: &str = include_str!("../../fixtures/tls/key.pem");
const ARCHIVE: &[u8] = include_bytes!("../../fixtures/tls/authority.p12");

fn trusting(path: &Path) -> Network {
    Network {
        proxy: None,
        ca_file: Some(path.to_owned()),
    }
}

/// What an operator reads, also where no certificate is checked.
fn refusal(path: &Path) -> String {
    let [told, also_without_tls] = ["https://github.example.com/", "http://127.0.0.1/"].map(|url| {
        let url = Url::parse(url).unwrap();
        let refused = build(&url, &trusting(path), Redirects::Never, &Environment::default());
        render(&refused.unwrap_err(), &url)
    });
    assert_eq!(told, also_without_tls);
    told
}

/// What an operator reads about files with these contents.
fn refusals(contents: &[&[u8]]) -> String {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let refusals = contents.iter().map(|content| {
        std::fs::write(&file, content).unwrap();
        refusal(&file).replace(&file.display().to_string(), "DIRECTORY/ca.pem")
    });
    refusals.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_that_cannot_be_read_is_reported() {
    assert_snapshot!(refusal(Path::new("/nonexistent/ca.pem")), @r#"
    error: the trust root /nonexistent/ca.pem (`ca-file`) could not be read
    cause: No such file or directory (os error 2)
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78
    "#);
}

#[test]
fn a_file_without_a_certificate_is_reported_by_what_it_holds() {
    let der = pem::parse(CERTIFICATE).unwrap();
    let key = pem::parse(KEY).unwrap();
    let request = CERTIFICATE.replace("CERTIFICATE", "CERTIFICATE REQUEST");
    let utf16: Vec<_> = format!("\u{feff}{CERTIFICATE}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_snapshot!(refusals(&[
        b"no certificate",
        b"",
        der.contents(),
        KEY.as_bytes(),
        key.contents(),
        ARCHIVE,
        request.as_bytes(),
        &utf16,
    ]), @"
    error: DIRECTORY/ca.pem (`ca-file`) holds no certificate in PEM
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds no certificate in PEM
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds a certificate in DER, not in PEM
    help: convert it: `openssl x509 -inform DER -in FILE -out FILE.pem`
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds a private key, not a certificate
    help: name the file with the certificate of the authority; its private key belongs on no other machine
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds a private key, not a certificate
    help: name the file with the certificate of the authority; its private key belongs on no other machine
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds a PKCS#12 archive, not a certificate in PEM
    help: take the certificates out of it: `openssl pkcs12 -in FILE -nokeys -out FILE.pem`
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds `CERTIFICATE REQUEST` in PEM, not `CERTIFICATE`
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds text in UTF-16, not in UTF-8
    help: save it as UTF-8
    reason: config-invalid, exit 78
    ");
}

#[test]
fn a_certificate_that_is_damaged_is_reported() {
    let half = CERTIFICATE.split_at(CERTIFICATE.len() / 2).0;
    let (label, rest) = CERTIFICATE.split_once('\n').unwrap();
    let other_bytes = format!("{label}\nAAAA{rest}");
    let indented = CERTIFICATE.replace("-----BEGIN", "  -----BEGIN");
    assert_snapshot!(refusals(&[half.as_bytes(), other_bytes.as_bytes(), indented.as_bytes()]), @"
    error: DIRECTORY/ca.pem (`ca-file`) holds a certificate that is damaged
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds a certificate that is damaged
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78

    error: DIRECTORY/ca.pem (`ca-file`) holds a certificate that is damaged
    help: `ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's
    reason: config-invalid, exit 78
    ");
}

#[tokio::test]
async fn a_byte_order_mark_and_other_authorities_in_the_file_do_no_harm() {
    let authority = Authority::new();
    let tls = authority.acceptor("127.0.0.1", Validity::Now);
    let server = Loopback::serve_tls(tls, |_| Reply::answer(200, "", b"hello")).await;
    let file = authority.network().ca_file.unwrap();
    let own = std::fs::read_to_string(&file).unwrap();
    for text in [format!("\u{feff}{own}"), format!("\u{feff}{CERTIFICATE}\u{feff}{own}")] {
        std::fs::write(&file, text).unwrap();
        assert_eq!(get(&server.url, &trusting(&file)).await.unwrap(), b"hello");
    }
}
