//! Credentials that the process got when it started, from systemd or in variables: each goes only to the hosts that the
//! settings named then.
//!
//! The settings can be read again and these credentials cannot, so that one would go where it does not belong when they
//! name another host. For those in files there is the [stamp](crate::settings::secret::snapshot).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::Url;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::schema::sections::Sections;
use crate::settings::secret::Credential;

/// The hosts that each of them is for, once settings were read; all clones know the same.
#[derive(Clone, Default)]
pub(in crate::settings) struct HostBindings(Arc<Mutex<Option<BTreeMap<&'static str, String>>>>);

/// A credential that the process was given is for another host than the settings name.
#[derive(Debug, thiserror::Error)]
#[error("the credential `{credential}` was given to this process for {given_for}, and the settings now name {named}")]
pub struct OtherHost {
    credential: &'static str,
    given_for: String,
    named: String,
}

impl Explain for OtherHost {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        Some(
            "a token goes only to the host it is for: restart the service, or run the command again, with the credential \
             that is for the new one"
                .to_owned(),
        )
    }
}

impl HostBindings {
    /// Takes note of the hosts that the first settings of the process name, whether or not the gate is open.
    pub(in crate::settings) fn note_first(&self, sections: &Sections) {
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        given.get_or_insert_with(|| named(sections));
    }

    /// Makes sure that a credential is for no other hosts than these.
    pub(super) fn check(&self, credential: &Credential) -> Result<(), OtherHost> {
        let given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match given.as_ref().and_then(|given| given.get(credential.name)) {
            Some(given_for) if *given_for != credential.hosts => Err(OtherHost {
                credential: credential.name,
                given_for: given_for.clone(),
                named: credential.hosts.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// The same before a credential is used. One for which no host was named is for these from then on.
    pub(in crate::settings) fn bind(&self, credential: &Credential) -> Result<(), OtherHost> {
        self.check(credential)?;
        let mut given = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let hosts = given.get_or_insert_default().entry(credential.name);
        hosts.or_insert_with(|| credential.hosts.clone());
        Ok(())
    }
}

/// Says to each of the credentials that were read from these settings which hosts it is for.
pub(in crate::settings) fn assign_hosts<'a>(
    sections: &Sections,
    credentials: impl Iterator<Item = &'a mut Credential>,
) {
    let mut named = named(sections);
    for credential in credentials {
        credential.hosts = named.remove(credential.name).unwrap_or_default();
    }
}

/// The hosts that each credential is for.
fn named(sections: &Sections) -> BTreeMap<&'static str, String> {
    let (connect, server) = (&sections.connect, &sections.server);
    let (api, uploads) = (connect.api(), connect.uploads());
    let (api, uploads) = (api.as_ref(), uploads.as_ref());
    let proxies = [&connect.proxy, &server.proxy].map(|proxy| proxy.as_ref().map(|url| &url.0));
    [
        ("server-token", vec![server.url.as_ref().map(|url| &url.0)]),
        ("connect-private-key", vec![api, uploads]),
        ("connect-read-token", vec![api]),
        ("connect-proxy-credentials", vec![proxies[0]]),
        ("server-proxy-credentials", vec![proxies[1]]),
    ]
    .into_iter()
    .filter_map(|(name, urls)| Some((name, hosts(&urls.into_iter().collect::<Option<Vec<_>>>()?))))
    .collect()
}

/// The origins of these addresses, in words.
fn hosts(urls: &[&Url]) -> String {
    let origins: Vec<_> = urls.iter().map(|url| url.origin().ascii_serialization()).collect();
    origins.join(" and ")
}
