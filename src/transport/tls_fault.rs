//! What is wrong with a certificate or a TLS handshake, in the operator's terms, and what to do about it.
//!
//! rustls shows some of it by type and some only by the name of an error of webpki.

use rustls::{AlertDescription, CertificateError, InvalidMessage, PeerIncompatible};

use crate::plain;

/// At most so many bytes of a library's words are shown.
const LONGEST_WORDS: usize = 128;

/// What belongs to a certificate that is good.
const UNCHECKED: &str = "checks cannot be switched off";

/// What takes the place of a weak signature.
const STRONG: &str = "have one made with SHA-256 or better, by a key of ECDSA or one of RSA with at least 2048 bits";

/// Signature algorithms by the end of their object identifier in DER, where it is worth to name them.
const WEAK: [(&[u8], &str); 3] = [
    // 1.2.840.113549.1.1.5 and 1.2.840.10045.4.1
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "SHA-1"),
    (b"\x2a\x86\x48\xce\x3d\x04\x01", "SHA-1"),
    // 1.2.840.113549.1.1.4
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "MD5"),
];

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateFault {
    #[error("it is signed by an unknown authority")]
    UnknownIssuer,
    #[error("it has expired")]
    Expired,
    #[error("it is not valid yet")]
    NotYetValid,
    #[error("it was made for another host")]
    OtherHost,
    #[error("it names no host in `subjectAltName`")]
    NoHost,
    #[error("it is the certificate of an authority, not of a server")]
    Authority,
    #[error("it is not of X.509 version 3")]
    Version,
    #[error("its extended key usage does not include a server")]
    Purpose,
    #[error(
        "its signature does not match the trusted certificate of its issuer's name, or was made with an RSA key of less than \
         2048 bits"
    )]
    Signature,
    #[error("it is signed with {0}, which is not accepted")]
    Algorithm(&'static str),
    #[error("{0}")]
    Other(String),
}

impl CertificateFault {
    pub(super) fn of(error: &CertificateError) -> Self {
        use CertificateError as Error;
        match error {
            Error::UnknownIssuer => Self::UnknownIssuer,
            Error::Expired | Error::ExpiredContext { .. } => Self::Expired,
            Error::NotValidYet | Error::NotValidYetContext { .. } => Self::NotYetValid,
            Error::NotValidForNameContext { presented, .. } if presented.is_empty() => Self::NoHost,
            Error::NotValidForName | Error::NotValidForNameContext { .. } => Self::OtherHost,
            Error::InvalidPurpose | Error::InvalidPurposeContext { .. } => Self::Purpose,
            Error::BadSignature => Self::Signature,
            Error::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id, ..
            } => Self::Algorithm(algorithm(signature_algorithm_id)),
            Error::Other(other) => Self::of_webpki(&other.to_string()),
            other => Self::Other(spelled(&other.to_string())),
        }
    }

    fn of_webpki(name: &str) -> Self {
        match name {
            "CaUsedAsEndEntity" => Self::Authority,
            "UnsupportedCertVersion" => Self::Version,
            other => Self::Other(spelled(other)),
        }
    }

    /// `name` is the setting with the address, `section` that of the authorities.
    pub(super) fn help(&self, section: &str, name: &str) -> String {
        match self {
            Self::UnknownIssuer => format!(
                "name the certificate of the authority that signed it in `{section}.ca-file`; if it is there, the server \
                 has to send the certificates in between as well; {UNCHECKED}"
            ),
            Self::Expired | Self::NotYetValid => {
                format!("have the certificate renewed, and check this machine's clock; {UNCHECKED}")
            }
            Self::OtherHost => {
                format!("set `{name}` to the name in the certificate, or have one made for this name")
            }
            Self::NoHost => "have one made with the name of the host in it, like `openssl req -x509 -addext \
                 subjectAltName=DNS:HOST`; the common name is ignored"
                .to_owned(),
            Self::Authority => format!(
                "name this very certificate in `{section}.ca-file`, or have one made for the server, like `openssl req \
                 -x509 -addext basicConstraints=critical,CA:FALSE -addext subjectAltName=DNS:HOST`"
            ),
            Self::Version => "have one made with extensions, like `openssl x509 -req -extfile FILE` with \
                 `subjectAltName=DNS:HOST` in the file"
                .to_owned(),
            Self::Purpose => {
                format!("have one made with `extendedKeyUsage=serverAuth`; {UNCHECKED}")
            }
            Self::Signature => format!(
                "`{section}.ca-file` may hold an older certificate of the same name: put the one that is in use now into it; \
                 else {STRONG}; {UNCHECKED}"
            ),
            Self::Algorithm(_) => format!("{STRONG}; {UNCHECKED}"),
            Self::Other(_) => format!("have another certificate made; {UNCHECKED}"),
        }
    }
}

/// Why there was no handshake.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    #[error("the peer is not a TLS server")]
    NotTls,
    #[error("the peer closed the connection")]
    Closed,
    #[error("the peer offers neither TLS 1.2 nor TLS 1.3")]
    Version,
    #[error("the peer found no cipher suite, key exchange or signature in common")]
    NothingInCommon,
    #[error("the peer requires a client certificate")]
    ClientCertificate,
    #[error("the peer does not know the host name")]
    UnknownHost,
    #[error("{0}")]
    Other(String),
}

impl TlsFault {
    pub(super) fn of(error: &rustls::Error) -> Self {
        use rustls::Error;
        match error {
            Error::InvalidMessage(InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion) => {
                Self::NotTls
            }
            Error::AlertReceived(AlertDescription::ProtocolVersion)
            | Error::PeerIncompatible(
                PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
            ) => Self::Version,
            Error::AlertReceived(AlertDescription::HandshakeFailure | AlertDescription::InsufficientSecurity)
            | Error::PeerIncompatible(
                PeerIncompatible::NoCipherSuitesInCommon
                | PeerIncompatible::NoKxGroupsInCommon
                | PeerIncompatible::NoSignatureSchemesInCommon,
            ) => Self::NothingInCommon,
            Error::AlertReceived(AlertDescription::CertificateRequired) => Self::ClientCertificate,
            Error::AlertReceived(AlertDescription::UnrecognisedName) => Self::UnknownHost,
            other => Self::Other(plain::masked(&other.to_string(), LONGEST_WORDS)),
        }
    }

    /// `name` is the setting with the address.
    pub(super) fn help(&self, section: &str, name: &str) -> String {
        match self {
            Self::Closed => "if it happens again, check what is in between: proxy, firewall, load balancer".to_owned(),
            Self::Version => format!("have TLS 1.2 or 1.3 enabled there, or check `{name}`; older ones are not used"),
            Self::NothingInCommon => format!(
                "have ECDHE with AES-GCM or ChaCha20-Poly1305 enabled there, or check `{name}`; a peer that requires a \
                 client certificate can fail alike"
            ),
            Self::ClientCertificate => {
                "have it let this machine in without one: no client certificate can be set".to_owned()
            }
            Self::UnknownHost => format!("check the host name in `{name}`"),
            Self::NotTls | Self::Other(_) => {
                format!("something other than the expected service answers there; check `{name}` and `{section}.proxy`")
            }
        }
    }
}

fn algorithm(identifier: &[u8]) -> &'static str {
    let weak = WEAK
        .iter()
        .find(|(known, _)| identifier.windows(known.len()).any(|part| part == *known));
    weak.map_or("an unknown algorithm", |(_, name)| *name)
}

/// The name of an error as words: what follows it is how Rust shows its fields.
fn spelled(name: &str) -> String {
    let mut words = String::new();
    for character in name.chars().take_while(char::is_ascii_alphanumeric).take(LONGEST_WORDS) {
        if character.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(character.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rust_shows_of_an_error_is_not_shown() {
        assert_eq!(spelled("BadEncoding"), "bad encoding");
        let name = "UnsupportedSignatureAlgorithmForPublicKeyContext { signature_algorithm_id: [48, 13] }";
        assert_eq!(spelled(name), "unsupported signature algorithm for public key context");
    }
}
