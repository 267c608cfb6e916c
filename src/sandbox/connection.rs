//! Who is who between the two hosts: the account, the App and its key, the tokens. All but the key follow from the seed,
//! and the key does within one process.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::random::{RandomStream, draw, token};
use super::request_error::RequestError;

/// The enterprise account in the cloud.
pub(super) const ENTERPRISE: &str = "octo-corp";

/// The organization to which license usage can be uploaded as well. Nothing can be read of it.
pub(super) const ORGANIZATION: &str = "octo-org";

/// The keys of the Apps that this process has made, by seed: a key takes longer than most of what a sandbox is started for.
static APP_KEYS: Mutex<BTreeMap<u64, RegisteredKey>> = Mutex::new(BTreeMap::new());

/// What Connect agreed on when it was enabled.
pub(super) struct Connection {
    pub(super) client_id: String,
    pub(super) installation_id: u64,
    pub(super) server_id: Uuid,
    /// The App's public key, PKCS#1 in DER.
    pub(super) public_key: Vec<u8>,
    /// Classic token for the cloud that may read everything.
    pub(super) read_token: String,
    /// Classic token with `site_admin` for the server.
    pub(super) server_token: String,
}

impl Connection {
    /// Draws everything but the App's key from the seed. Returns that key too, in PKCS#8 PEM.
    ///
    /// # Errors
    /// When no key can be generated.
    pub(super) fn establish(seed: u64) -> Result<(Self, String), Unspecified> {
        let key = RegisteredKey::of(seed)?;
        let [high, low] = [0, 1].map(|at| draw(seed, at, RandomStream::ServerId).to_be_bytes());
        let mut id = [0; 16];
        id[..8].copy_from_slice(&high);
        id[8..].copy_from_slice(&low);
        let connection = Self {
            client_id: format!("Iv23li{}", &token("", seed, 0)[..14]),
            installation_id: 1_000_000 + draw(seed, 2, RandomStream::ServerId) % 9_000_000,
            server_id: uuid::Builder::from_random_bytes(id).into_uuid(),
            public_key: key.public,
            read_token: token("ghp_", seed, 1),
            server_token: token("ghp_", seed, 2),
        };
        Ok((connection, key.private))
    }
}

/// The key of an App, as it is registered and as it is kept.
#[derive(Clone)]
struct RegisteredKey {
    /// PKCS#1 in DER.
    public: Vec<u8>,
    /// PKCS#8 in PEM.
    private: String,
}

impl RegisteredKey {
    /// The one of this seed.
    fn of(seed: u64) -> Result<Self, Unspecified> {
        if let Some(known) = Self::all().get(&seed) {
            return Ok(known.clone());
        }
        let generated = Self::generate()?;
        Ok(Self::all().entry(seed).or_insert(generated).clone())
    }

    fn all() -> MutexGuard<'static, BTreeMap<u64, Self>> {
        APP_KEYS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn generate() -> Result<Self, Unspecified> {
        let key = KeyPair::generate(KeySize::Rsa2048)?;
        let private: Pkcs8V1Der<'_> = key.as_der()?;
        Ok(Self {
            public: key.public_key().as_ref().to_vec(),
            private: pem(private.as_ref()),
        })
    }
}

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines = base64.as_bytes().chunks(64).map(String::from_utf8_lossy);
    let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
    for line in lines {
        pem.push_str(&line);
        pem.push('\n');
    }
    pem.push_str("-----END PRIVATE KEY-----\n");
    pem
}

/// Lets a request for the enterprise through.
///
/// # Errors
/// [`RequestError::NotFound`].
pub(super) fn require_enterprise(enterprise: &str) -> Result<(), RequestError> {
    if enterprise == ENTERPRISE {
        Ok(())
    } else {
        Err(RequestError::NotFound)
    }
}
