//! Checks everything that a sync needs on this machine: credentials, trust roots, proxies. Connects to nothing.

mod credential;
mod finding;
mod read_token;
mod source;

use std::path::Path;

use secrecy::SecretString;
use url::Url;
use uuid::Uuid;

use super::credential_store::{CredentialStore, FoundSecret};
use crate::connect::AppKey;
use crate::explain::{Explain as _, chain};
use crate::observe::metrics;
use crate::settings::secret::fingerprint_key::FingerprintKeyError;
use crate::settings::secret::{SecretError, SecretOrigin};
use crate::settings::{
    Credential, Delivery, Environment, FingerprintKeySource, Link, Network, ReadAccess, Server, Source,
};
use crate::sync;
use crate::transport::{self, Redirects};

pub(super) use finding::Finding;

use credential::{find, judge};

/// Where a look finds what the settings do not name.
pub(super) struct Surroundings<'a> {
    pub(super) environment: &'a Environment,
    /// What the service manager keeps for the service.
    pub(super) store: CredentialStore,
    /// The service has not been started yet; it makes its directories then.
    pub(super) is_before_first_start: bool,
    pub(super) state_directory: &'a Path,
    /// The server ID that the store has sent something for.
    pub(super) bound_to: Option<Uuid>,
}

/// Everything that `link` needs.
pub(super) fn look_at(link: &Link, mut surroundings: Surroundings<'_>) -> Vec<Finding> {
    let (server, cloud) = (&link.server, &link.cloud);
    let environment = surroundings.environment;
    let mut search = |credential: &Credential| find(credential, environment, &mut surroundings.store);
    let token = search(&server.token).map(|found| {
        let token = found.and_then(|found| server.token.as_token(found));
        token.and_then(|found| server.token.as_classic_token(found))
    });
    let mut findings = vec![server_token(server, token)];
    match (&link.sync.delivery, &cloud.app) {
        (Delivery::File(directory), _) => findings.push(outgoing_directory(directory, surroundings.state_directory)),
        (Delivery::Connect, Some(app)) => {
            let key = |pem: &SecretString| AppKey::from_pem(pem, &app.client_id).map(|_| ());
            findings.push(judge(&app.private_key, search(&app.private_key), key));
        }
        (Delivery::Connect, None) => {}
    }
    let token = search(&cloud.read_token);
    findings.push(read_token::of_sync(cloud, &link.sync.delivery, token));
    findings.push(fingerprint_key(
        &link.fingerprint_key,
        environment,
        surroundings.is_before_first_start,
    ));
    let urls = match cloud.uploads_url == cloud.api_url {
        true => vec![&cloud.api_url],
        false => vec![&cloud.api_url, &cloud.uploads_url],
    };
    findings.extend(source::look_at(
        server,
        surroundings.bound_to,
        surroundings.state_directory,
    ));
    findings.push(way("way to the server", &[&server.url], &server.network, environment));
    findings.push(way("way to the cloud", &urls, &cloud.network, environment));
    findings
}

/// The `RuntimeDirectory` of the unit.
const RUNTIME_DIRECTORY: &str = "/run/ghe-license-sync";

/// Everything that it takes to watch the cloud account while nothing is sent.
pub(super) fn look_at_watch(watch: &ReadAccess, mut surroundings: Surroundings<'_>) -> Vec<Finding> {
    let environment = surroundings.environment;
    let found = find(&watch.read_token, environment, &mut surroundings.store);
    let token = read_token::of_watch(&watch.read_token, found);
    let way = way("way to the cloud", &[&watch.api_url], &watch.network, environment);
    vec![token, way]
}

/// Where the files are written that a person uploads.
fn outgoing_directory(directory: &Path, state_directory: &Path) -> Finding {
    let what = "license-sync.directory";
    match sync::check_directory(directory, state_directory) {
        Ok(()) => Finding::good(what, directory.display().to_string(), None),
        Err(error) => Finding::bad(what, chain(&error), &error),
    }
}

/// The token of the server, which a list from elsewhere can do without, unless products are wanted.
fn server_token(server: &Server, found: Result<FoundSecret, Finding>) -> Finding {
    match (&server.source, found) {
        (
            Source::File(_) | Source::Input | Source::Command(_) | Source::LicenseFile(_),
            Ok(Err(SecretError::Missing(_))),
        ) if server.enterprise.is_none() => Finding::good(
            server.token.name,
            "not given: the server is asked nothing, and the list is compared with nothing that it counts".to_owned(),
            None,
        ),
        (_, found) => judge(&server.token, found, |_| Ok(())),
    }
}

/// Where the key of the fingerprints comes from. A sync works without it.
fn fingerprint_key(source: &FingerprintKeySource, environment: &Environment, is_before_first_start: bool) -> Finding {
    const NAME: &str = "fingerprint-key";
    let is_place_made_later = || is_before_first_start && !source.file.parent().is_some_and(Path::exists);
    let found = source.read(environment).and_then(|found| match found {
        Some((_, origin)) => Ok(origin.to_string()),
        None => source.check_creation().map(|()| {
            format!(
                "{}, which the next sync creates",
                SecretOrigin::File(source.file.clone())
            )
        }),
    });
    match found {
        Ok(found) => Finding::good(NAME, found, None),
        Err(FingerprintKeyError::NotCreated { path, .. }) if is_place_made_later() => {
            let origin = SecretOrigin::File(path);
            Finding::good(NAME, format!("{origin}, which the service creates"), None)
        }
        Err(error) => {
            let found = format!("{}; a sync compares only the numbers of users", chain(&error));
            Finding::doubtful(NAME, found, error.help())
        }
    }
}

/// The file of the metrics. A sync works without it.
pub(super) fn textfile(path: &Path) -> Finding {
    const NAME: &str = "metrics.textfile";
    match metrics::look_at(path) {
        Ok(()) => Finding::good(NAME, path.display().to_string(), None),
        // The service manager makes this directory.
        Err(_) if is_made_by_the_unit(path) => {
            let found = format!(
                "{}, in a directory that is there while the service runs",
                path.display()
            );
            Finding::good(NAME, found, None)
        }
        Err(error) => {
            let found = format!("{}; nothing else depends on it", chain(&error));
            Finding::doubtful(NAME, found, error.help())
        }
    }
}

/// Whether the file is to be in the directory that the unit, or that of an instance, gets for as long as it runs.
fn is_made_by_the_unit(file: &Path) -> bool {
    let directory = file.parent().filter(|it| !it.exists());
    directory.is_some_and(|it| it.to_string_lossy().starts_with(RUNTIME_DIRECTORY))
}

/// Prepares a client for each: reads the trust root and the credentials of the proxy.
fn way(what: &str, urls: &[&Url], network: &Network, environment: &Environment) -> Finding {
    let trusting = network
        .ca_file
        .as_ref()
        .map(|path| format!(", trusting {}", path.display()));
    for url in urls {
        if let Err(error) = transport::build(url, network, Redirects::Never, environment) {
            return Finding::bad(what, chain(&error), &error);
        }
    }
    Finding::good(what, routes(urls, network) + &trusting.unwrap_or_default(), None)
}

/// The addresses, each with the proxy if it is reached by that; once for all that are reached alike.
fn routes(urls: &[&Url], network: &Network) -> String {
    let Some(proxy) = &network.proxy else {
        return joined(urls);
    };
    let (proxied, direct): (Vec<_>, Vec<_>) = urls.iter().partition(|url| transport::is_proxied(url, proxy));
    let ways = [
        (proxied, format!("by the proxy {}", proxy.url)),
        (direct, "without the proxy".to_owned()),
    ];
    let ways = ways.into_iter().filter(|(urls, _)| !urls.is_empty());
    let ways: Vec<_> = ways.map(|(urls, way)| format!("{} {way}", joined(&urls))).collect();
    ways.join(", ")
}

fn joined(urls: &[&Url]) -> String {
    let urls: Vec<_> = urls.iter().map(|url| url.as_str()).collect();
    urls.join(" and ")
}
