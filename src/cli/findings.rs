//! Looks at everything that a sync needs on this machine: credentials, trust roots, proxies. Connects to nothing.

use secrecy::SecretString;
use serde::Serialize;

use crate::connect::{AppKey, KeyError};
use crate::explain::{Explain, chain};
use crate::reason::Reason;
use crate::settings::secret::{Origin, SecretError};
use crate::settings::{Credential, Environment, FingerprintKeySource, Link, Network};
use crate::transport::{self, Redirects};

/// One thing that was looked at.
#[derive(Serialize)]
pub(super) struct Finding {
    pub(super) what: String,
    pub(super) good: bool,
    /// What was found.
    pub(super) found: String,
    pub(super) help: Option<String>,
    /// Why nothing would be sent because of it.
    pub(super) reason: Option<Reason>,
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

    /// Not as it should be, and no obstacle to a sync.
    fn doubtful(what: &str, found: String, help: Option<String>) -> Self {
        Self {
            good: false,
            ..Self::good(what, found, help)
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
    let token = |token: &Credential| credential(token.name, token.read_token(environment), |_| Ok(()));
    let mut findings = vec![
        token(&server.token),
        credential(cloud.private_key.name, cloud.private_key.read(environment), key),
    ];
    findings.push(match cloud.read_token.read(environment) {
        Err(SecretError::Missing(_)) => Finding::good(
            cloud.read_token.name,
            "not given: the upload itself is asked for its confirmation".to_owned(),
            Some(
                "a classic token with `read:enterprise` is needed to compare which servers the cloud lists".to_owned(),
            ),
        ),
        _ => token(&cloud.read_token),
    });
    findings.push(fingerprint_key(&link.fingerprint_key, environment));
    findings.push(way("way to the server", &server.url, &server.network, environment));
    findings.push(way("way to the cloud", &cloud.api_url, &cloud.network, environment));
    findings
}

/// A credential that was read, tried as far as that is possible without a connection.
fn credential(
    name: &str,
    read: Result<(SecretString, Origin), SecretError>,
    try_it: impl Fn(&SecretString) -> Result<(), KeyError>,
) -> Finding {
    let (secret, origin) = match read {
        Ok(found) => found,
        Err(error) => return Finding::bad(name, chain(&error), &error),
    };
    if let Err(error) = try_it(&secret) {
        return Finding::bad(name, format!("{} ({origin})", chain(&error)), &error);
    }
    let advice = "anybody who can read this process's environment can read it; prefer a systemd credential or a file";
    let help = matches!(origin, Origin::Environment(_)).then(|| advice.to_owned());
    Finding::good(name, origin.to_string(), help)
}

/// Where the key of the fingerprints comes from. A sync works without it.
fn fingerprint_key(source: &FingerprintKeySource, environment: &Environment) -> Finding {
    const NAME: &str = "fingerprint-key";
    let found = source.read(environment).and_then(|found| match found {
        Some((_, origin)) => Ok(origin.to_string()),
        None => source
            .check_creation()
            .map(|()| format!("{}, which the next sync creates", Origin::File(source.file.clone()))),
    });
    match found {
        Ok(found) => Finding::good(NAME, found, None),
        Err(error) => {
            let found = format!("{}; a sync compares only the numbers of users", chain(&error));
            Finding::doubtful(NAME, found, error.help())
        }
    }
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
