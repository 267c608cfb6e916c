//! Reads the certificates of a `ca-file`, and names the content of a file that has none.
//!
//! It does not judge a certificate; `trust` does, once a host shows one.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::client_error::{CaFileDefect, ClientError};
use crate::settings::files;

/// So many bytes are read; all public authorities together take a fifth of a mebibyte.
const LARGEST: u64 = 16 * 1024 * 1024;

/// No label of PEM that is shown has more bytes.
const LONGEST_LABEL: usize = 40;

/// The first byte of a sequence in DER.
const SEQUENCE: u8 = 0x30;

/// The certificates in the file at `path`.
///
/// # Errors
/// [`ClientError`] when it cannot be read, others can write it, or it holds something else.
pub(super) fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>, ClientError> {
    let unreadable = |source| ClientError::ReadTrustRoot {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(unreadable)?;
    files::check_file(path, &file)?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    certificates(&bytes).map_err(|content| ClientError::NoCertificate {
        path: path.to_owned(),
        content,
    })
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, CaFileDefect> {
    // Windows begins a text with a byte order mark, and files that were joined have it in the middle.
    let text = String::from_utf8_lossy(bytes).replace('\u{feff}', "");
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(found) if found.is_empty() => Err(content(bytes, &text)),
        Ok(found) if found.iter().all(is_readable) => Ok(found),
        _ => Err(CaFileDefect::Damaged),
    }
}

fn is_readable(certificate: &CertificateDer<'_>) -> bool {
    RootCertStore::empty().add(certificate.clone()).is_ok()
}

/// What this is that holds no certificate in PEM.
fn content(bytes: &[u8], text: &str) -> CaFileDefect {
    match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => CaFileDefect::Utf16,
        [SEQUENCE, ..] if is_readable(&CertificateDer::from(bytes)) => CaFileDefect::Der,
        [SEQUENCE, ..] => match version(bytes) {
            Some(3) => CaFileDefect::Archive,
            Some(0 | 1) => CaFileDefect::PrivateKey,
            _ => CaFileDefect::Nothing,
        },
        _ => labeled(text).unwrap_or(CaFileDefect::Nothing),
    }
}

/// The number that a private key and a PKCS#12 archive begin with in DER.
fn version(der: &[u8]) -> Option<u8> {
    let length = *der.get(1)?;
    let header = if length < 0x80 {
        2
    } else {
        2 + usize::from(length & 0x7f)
    };
    match der.get(header..header + 3)? {
        [2, 1, version] => Some(*version),
        _ => None,
    }
}

/// What PEM names as its content.
fn labeled(text: &str) -> Option<CaFileDefect> {
    let (_, rest) = text.split_once("-----BEGIN ")?;
    let (label, _) = rest.split_once("-----")?;
    let is_plain = |label: &str| label.bytes().all(|byte| byte == b' ' || byte.is_ascii_alphanumeric());
    match label {
        "CERTIFICATE" => Some(CaFileDefect::Damaged),
        key if key.ends_with("PRIVATE KEY") => Some(CaFileDefect::PrivateKey),
        other if other.len() <= LONGEST_LABEL && is_plain(other) => Some(CaFileDefect::Labeled(other.to_owned())),
        _ => None,
    }
}
