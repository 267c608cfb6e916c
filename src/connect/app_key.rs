//! The private key of the GitHub App that Connect created, and the JSON Web Tokens made from it.
//!
//! A key of the wrong kind is identified before anything is sent. A token is a header and claims, which are signed by
//! the crypto library that TLS uses; a JWT library would add twelve crates and do nothing else.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration, Utc};
use pem::Pem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::explain::Explain;
use crate::reason::Reason;

/// GitHub accepts ten minutes at most.
const LIFETIME: Duration = Duration::minutes(9);

/// Issued a minute ago, so that a slow clock on the other side does not refuse it.
const BACKDATED: Duration = Duration::seconds(60);

/// The object identifier 1.2.840.10045.2.1 (`id-ecPublicKey`) in DER.
const EC_PUBLIC_KEY: &[u8] = &[0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// The object identifier 1.2.840.113549.1.1.1 (`rsaEncryption`) in DER.
const RSA_ENCRYPTION: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// The label of a PEM in PKCS#8.
const PKCS8: &str = "PRIVATE KEY";

/// Signs tokens in the name of the App. Its key never leaves it.
pub struct AppKey {
    key: RsaKeyPair,
    issuer: String,
}

impl std::fmt::Debug for AppKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AppKey")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

/// Why a private key is of no use.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("the App's private key is not in PEM")]
    NotPem,
    #[error("the App's private key is a public key")]
    Public,
    #[error("the App's private key is encrypted with a passphrase")]
    Encrypted,
    #[error("the App's private key is an elliptic-curve key")]
    EllipticCurve,
    #[error("the App's private key is no RSA key")]
    NotRsa,
    #[error("the App's private key is a PEM of another kind: `{0}`")]
    OtherLabel(String),
    #[error("the App's private key is damaged or shorter than 2048 bits")]
    Unusable,
    #[error("the App's private key cannot sign")]
    Sign(#[source] Unspecified),
}

impl Explain for KeyError {
    fn reason(&self) -> Reason {
        Reason::CredentialsMissing
    }

    fn help(&self) -> Option<String> {
        let what = match self {
            Self::Encrypted => {
                "remove the passphrase (`openssl rsa -in KEY -out KEY.pem`) and keep the file at mode 0600"
            }
            _ => {
                "give the RSA private key that GitHub issued for the App: a PEM that begins with \
                  `-----BEGIN RSA PRIVATE KEY-----` or `-----BEGIN PRIVATE KEY-----`"
            }
        };
        Some(what.to_owned())
    }
}

impl AppKey {
    /// Reads the key and signs once, so that a useless key is found now and not in the night of the sync.
    ///
    /// # Errors
    /// [`KeyError`], by the kind of mistake.
    pub fn from_pem(pem: &SecretString, issuer: &str) -> Result<Self, KeyError> {
        let block = rsa_block(pem.expose_secret())?;
        let read = if block.tag() == PKCS8 {
            RsaKeyPair::from_pkcs8
        } else {
            RsaKeyPair::from_der
        };
        let key = read(block.contents()).map_err(|_| KeyError::Unusable)?;
        let app = Self {
            key,
            issuer: issuer.to_owned(),
        };
        app.token(DateTime::UNIX_EPOCH)?;
        Ok(app)
    }

    /// A token that is good for nine minutes from `now`.
    ///
    /// # Errors
    /// [`KeyError::Sign`] when the key cannot sign.
    pub fn token(&self, now: DateTime<Utc>) -> Result<SecretString, KeyError> {
        let header = json!({ "alg": "RS256", "typ": "JWT" });
        let claims = json!({
            "iss": self.issuer,
            "iat": (now - BACKDATED).timestamp(),
            "exp": (now + LIFETIME).timestamp(),
        });
        let signed = format!("{}.{}", encode(&header), encode(&claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(KeyError::Sign)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// The one block of a PEM that holds an RSA private key, bare or in PKCS#8.
fn rsa_block(text: &str) -> Result<Pem, KeyError> {
    let block = pem::parse(text).map_err(|_| {
        if text.contains("4,ENCRYPTED") {
            KeyError::Encrypted
        } else {
            KeyError::NotPem
        }
    })?;
    let holds = |identifier: &[u8]| {
        let mut windows = block.contents().windows(identifier.len());
        windows.any(|bytes| bytes == identifier)
    };
    match block.tag() {
        "RSA PRIVATE KEY" if block.headers().get("Proc-Type").is_some() => Err(KeyError::Encrypted),
        PKCS8 if holds(EC_PUBLIC_KEY) => Err(KeyError::EllipticCurve),
        PKCS8 if !holds(RSA_ENCRYPTION) => Err(KeyError::NotRsa),
        "RSA PRIVATE KEY" | PKCS8 => Ok(block),
        "ENCRYPTED PRIVATE KEY" => Err(KeyError::Encrypted),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Err(KeyError::Public),
        "EC PRIVATE KEY" => Err(KeyError::EllipticCurve),
        other => Err(KeyError::OtherLabel(other.to_owned())),
    }
}
