//! The enterprise server and how it is reached (`[server]`).

use url::Url;
use uuid::Uuid;

use super::Check;
use super::network::Network;
use super::source::Source;
use crate::settings::schema::sections::SourceSection;
use crate::settings::schema::service_url::ServiceUrl;
use crate::settings::schema::value::Text;
use crate::settings::secret::Credential;

/// The enterprise server and how it is reached.
#[derive(Debug, Clone)]
pub struct Server {
    /// Like `https://github.example.com/`; ends with a slash.
    pub url: Url,
    /// The server ID; when absent it is derived from the host name and kept in the store.
    pub id: Option<Uuid>,
    /// SCIM is enabled on it, so that its setup user consumes no license.
    pub scim_enabled: bool,
    /// The enterprise on the server whose users of products are asked for; when absent they are not.
    pub enterprise: Option<String>,
    pub token: Credential,
    pub source: Source,
    pub network: Network,
}

impl Check<'_> {
    pub(super) fn server(&mut self) -> Option<Server> {
        let server = &self.sections.server;
        let url = self.require(
            "server.url",
            server.url.as_ref(),
            "write the address of the enterprise server, like `https://github.example.com`",
        );
        let source = self.source();
        Some(Server {
            url: url?.0.clone(),
            id: server.id,
            // Without it, SCIM lists nobody.
            scim_enabled: server.scim_enabled || matches!(self.sections.source, Some(SourceSection::Scim(_))),
            enterprise: server.enterprise.as_ref().map(Text::show),
            token: self.credential(Credential::new(
                "server-token",
                "server.token-file",
                "GHE_LICENSE_SYNC_SERVER_TOKEN",
                server.token_file.clone(),
            )),
            source: source?,
            network: server.network(),
        })
    }

    /// An enterprise server is a host, and its API and its pages are at fixed paths on it.
    pub(super) fn server_address(&mut self) {
        let Some(ServiceUrl(url)) = &self.sections.server.url else {
            return;
        };
        if url.host_str().is_some_and(is_cloud) {
            self.report(
                "server.url",
                "this is the cloud, not the enterprise server, and the server token would be sent there",
                "write the address of the enterprise server, like `https://github.example.com`",
            );
            return;
        }
        if url.path() == "/" {
            return;
        }
        let label = match url.path().starts_with("/api") {
            true => "this is the address of the API, not that of the server",
            false => "this address has a path",
        };
        let help = format!(
            "write the address of the server alone: `{}`",
            url.origin().ascii_serialization()
        );
        self.report("server.url", label, help);
    }
}

/// Whether the host is one of the cloud's: github.com, or GHE.com with the enterprises below it.
fn is_cloud(host: &str) -> bool {
    ["github.com", "ghe.com"]
        .iter()
        .any(|cloud| host == *cloud || host.strip_suffix(cloud).is_some_and(|rest| rest.ends_with('.')))
}
