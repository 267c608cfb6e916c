//! Who is who between the two hosts: the account, the App and its key, the tokens. All but the key follow from the seed.

use std::sync::LazyLock;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::random::{Purpose, draw, token};
use super::refusal::Refusal;

/// The enterprise account in the cloud.
pub(super) const ENTERPRISE: &str = "octo-corp";

/// The organization to which license usage can be uploaded as well. Nothing can be read of it.
pub(super) const ORGANIZATION: &str = "octo-org";

/// The App's key, one for all sandboxes of a process: to generate one takes longer than most of what they are started for.
static APP_KEY: LazyLock<Result<KeyPair, Unspecified>> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048));

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
        let key = APP_KEY.as_ref().map_err(|error| *error)?;
        let private_key: Pkcs8V1Der<'_> = key.as_der()?;
        let [high, low] = [0, 1].map(|at| draw(seed, at, Purpose::ServerId).to_be_bytes());
        let mut id = [0; 16];
        id[..8].copy_from_slice(&high);
        id[8..].copy_from_slice(&low);
        let connection = Self {
            client_id: format!("Iv23li{}", &token("", seed, 0)[..14]),
            installation_id: 1_000_000 + draw(seed, 2, Purpose::ServerId) % 9_000_000,
            server_id: uuid::Builder::from_random_bytes(id).into_uuid(),
            public_key: key.public_key().as_ref().to_vec(),
            read_token: token("ghp_", seed, 1),
            server_token: token("ghp_", seed, 2),
        };
        Ok((connection, pem(private_key.as_ref())))
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
/// [`Refusal::NotFound`].
pub(super) fn require_enterprise(enterprise: &str) -> Result<(), Refusal> {
    if enterprise == ENTERPRISE {
        Ok(())
    } else {
        Err(Refusal::NotFound)
    }
}
