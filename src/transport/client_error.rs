//! Why there is no HTTP client, and what to do about it.

use std::path::PathBuf;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::WriterError;
use crate::settings::secret::{self, SecretError};

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("the trust root {} (`ca-file`) could not be read", path.display())]
    ReadTrustRoot { path: PathBuf, source: std::io::Error },
    #[error("{} (`ca-file`) holds {content}", path.display())]
    NoCertificate { path: PathBuf, content: CaFileDefect },
    #[error(transparent)]
    Writer(#[from] WriterError),
    #[error("the proxy credentials cannot be used")]
    ProxyCredentials(#[from] SecretError),
    #[error("the proxy credentials in {0} are not of the form user:password")]
    ProxyCredentialsForm(secret::SecretOrigin),
    #[error("this machine trusts no authority")]
    NoTrustRoot,
    #[error("TLS could not be set up")]
    Tls(#[source] rustls::Error),
    #[error("the HTTP client could not be built")]
    Build(#[source] reqwest::Error),
}

impl Explain for ClientError {
    fn reason(&self) -> Reason {
        match self {
            Self::ReadTrustRoot { .. } | Self::NoCertificate { .. } | Self::Writer(_) => Reason::ConfigInvalid,
            Self::ProxyCredentials(_) | Self::ProxyCredentialsForm(_) => Reason::CredentialsMissing,
            Self::NoTrustRoot | Self::Tls(_) | Self::Build(_) => Reason::TlsUntrusted,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::ReadTrustRoot { .. } => Some(CaFileDefect::Nothing.help().to_owned()),
            Self::NoCertificate { content, .. } => Some(content.help().to_owned()),
            Self::Writer(error) => error.help(),
            Self::ProxyCredentials(error) => error.help(),
            Self::ProxyCredentialsForm(_) => Some(
                "write the proxy's user name and password into it, on one line with a colon between them".to_owned(),
            ),
            Self::NoTrustRoot => {
                Some("install the system's certificate store (Debian: `ca-certificates`) or set `ca-file`".to_owned())
            }
            Self::Tls(_) | Self::Build(_) => None,
        }
    }
}

/// What a file holds in place of certificates in PEM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaFileDefect {
    #[error("no certificate in PEM")]
    Nothing,
    #[error("a certificate in DER, not in PEM")]
    Der,
    #[error("a PKCS#12 archive, not a certificate in PEM")]
    Archive,
    #[error("a private key, not a certificate")]
    PrivateKey,
    #[error("text in UTF-16, not in UTF-8")]
    Utf16,
    #[error("`{0}` in PEM, not `CERTIFICATE`")]
    Labeled(String),
    #[error("a certificate that is damaged")]
    Damaged,
}

impl CaFileDefect {
    fn help(&self) -> &'static str {
        match self {
            Self::Der => "convert it: `openssl x509 -inform DER -in FILE -out FILE.pem`",
            Self::Archive => "take the certificates out of it: `openssl pkcs12 -in FILE -nokeys -out FILE.pem`",
            Self::PrivateKey => {
                "name the file with the certificate of the authority; its private key belongs on no other machine"
            }
            Self::Utf16 => "save it as UTF-8",
            Self::Nothing | Self::Labeled(_) | Self::Damaged => {
                "`ca-file` names a PEM file with the certificate of the authority that signed the server's or the proxy's"
            }
        }
    }
}
