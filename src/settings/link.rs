//! All that a sync needs of the settings.

use super::check::cloud::Cloud;
use super::check::license_sync::LicenseSync;
use super::check::server::Server;
use super::secret::Credential;
use super::secret::fingerprint_key::FingerprintKeySource;

/// What has to be known to sync: who reports what to whom.
#[derive(Debug, Clone)]
pub struct Link {
    pub cloud: Cloud,
    pub server: Server,
    pub sync: LicenseSync,
    pub fingerprint_key: FingerprintKeySource,
}

impl Link {
    /// All that it needs.
    pub(in crate::settings) fn credentials(&mut self) -> impl Iterator<Item = &mut Credential> {
        let (server, cloud) = (&mut self.server, &mut self.cloud);
        let proxies = [&mut server.network, &mut cloud.network]
            .into_iter()
            .filter_map(|network| network.proxy.as_mut()?.credentials.as_mut());
        let key = cloud.app.as_mut().map(|app| &mut app.private_key);
        [&mut server.token, &mut cloud.read_token]
            .into_iter()
            .chain(key)
            .chain(proxies)
    }
}
