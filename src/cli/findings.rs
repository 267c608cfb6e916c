//! Looks at everything that a sync needs on this machine: credentials, trust roots, proxies. Connects to nothing.

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::connect::AppKey;
use crate::explain::{Explain, chain};
use crate::reason::Reason;
use crate::settings::secret::{Origin, SecretError};
use crate::settings::{Credential, Environment, Link, Network};
use crate::transport::{self, Redirects};

/// One thing that was looked at.
#[derive(Serialize)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) good: bool,
    /// What was found.
    pub(super) found: String,
    pub(super) help: Option<String>,
    /// Why it is bad.
    pub(super) reason: Option<Reason>,
}

/// A token could not be sent as it is.
#[derive(Debug, thiserror::Error)]
#[error("the token is not one word of ASCII characters")]
struct TokenForm;

impl Explain for TokenForm {
    fn reason(&self) -> Reason {
        Reason::CredentialsMissing
    }

    fn help(&self) -> Option<String> {
        Some("write the token into it as it was issued, and nothing else".to_owned())
    }
}

impl Finding {
    fn good(what: &str, found: String, help: Option<String>) -> Self {
        Self {
            what: what.to_owned(),
            good: true,
            found,
            help,
            reason: None,
        }
    }

    fn bad(what: &str, found: String, error: &impl Explain) -> Self {
        Self {
            what: what.to_owned(),
            good: false,
            found,
            help: error.help(),
            reason: Some(error.reason()),
        }
    }
}

/// Everything that `link` needs.
pub(super) fn look_at(link: &Link, environment: &Environment) -> Vec<Finding> {
    let (server, cloud) = (&link.server, &link.cloud);
    let key = |pem: &SecretString| AppKey::from_pem(pem, &cloud.client_id).map(|_| ());
    let mut findings = vec![
        credential(&server.token, environment, word),
        credential(&cloud.private_key, environment, key),
    ];
    findings.push(match cloud.read_token.read(environment) {
        Err(SecretError::Missing(_)) => Finding::good(
            cloud.read_token.name,
            "not given: the upload itself is asked for its confirmation".to_owned(),
            Some("a classic token with `read:enterprise` lets the account's sync status be read".to_owned()),
        ),
        _ => credential(&cloud.read_token, environment, word),
    });
    findings.push(way("way to the server", &server.url, &server.network, environment));
    findings.push(way("way to the cloud", &cloud.api_url, &cloud.network, environment));
    findings
}

fn word(token: &SecretString) -> Result<(), TokenForm> {
    let is_word = token.expose_secret().bytes().all(|byte| byte.is_ascii_graphic());
    is_word.then_some(()).ok_or(TokenForm)
}

/// Reads a credential and tries it as far as that is possible without a connection.
fn credential<E: Explain>(
    credential: &Credential,
    environment: &Environment,
    try_it: impl Fn(&SecretString) -> Result<(), E>,
) -> Finding {
    let (secret, origin) = match credential.read(environment) {
        Ok(found) => found,
        Err(error) => return Finding::bad(credential.name, chain(&error), &error),
    };
    if let Err(error) = try_it(&secret) {
        return Finding::bad(credential.name, format!("{} ({origin})", chain(&error)), &error);
    }
    let advice = "anybody who can read this process's environment can read it; prefer a systemd credential or a file";
    let help = matches!(origin, Origin::Environment(_)).then(|| advice.to_owned());
    Finding::good(credential.name, origin.to_string(), help)
}

/// Prepares a client: reads the trust root and the credentials of the proxy.
fn way(what: &str, url: &url::Url, network: &Network, environment: &Environment) -> Finding {
    let over = network
        .proxy
        .as_ref()
        .map(|proxy| format!(" by the proxy {}", proxy.url));
    let trusting = network
        .ca_file
        .as_ref()
        .map(|path| format!(", trusting {}", path.display()));
    match transport::build(url, network, Redirects::Never, environment) {
        Ok(_) => Finding::good(
            what,
            format!("{url}{}{}", over.unwrap_or_default(), trusting.unwrap_or_default()),
            None,
        ),
        Err(error) => Finding::bad(what, chain(&error), &error),
    }
}
