//! How a host is reached: proxies and trust roots of both sides.

use std::path::PathBuf;

use url::Url;

use super::Check;
use crate::settings::schema::sections::{ConnectSection, ServerSection};
use crate::settings::schema::service_url::{NoProxy, ProxyUrl};
use crate::settings::schema::value::Text;
use crate::settings::secret::Credential;

/// How to get to a host.
#[derive(Debug, Clone, Default)]
pub struct Network {
    pub proxy: Option<Proxy>,
    /// Extra trust roots, in PEM. Those that the environment names are not used.
    pub ca_file: Option<PathBuf>,
}

/// An HTTP proxy. The environment's proxy variables are not used, so the service and a shell behave alike.
#[derive(Debug, Clone)]
pub struct Proxy {
    pub url: Url,
    /// Hosts that are reached directly, like `example.com,10.0.0.0/8`.
    pub no_proxy: Option<String>,
    /// A file with `user:password`.
    pub credentials: Option<Credential>,
}

impl ConnectSection {
    pub(super) fn network(&self) -> Network {
        let credentials = self.proxy_credentials_file.clone().map(|file| {
            Credential::new(
                "connect-proxy-credentials",
                "connect.proxy-credentials-file",
                "GHE_LICENSE_SYNC_CONNECT_PROXY_CREDENTIALS",
                Some(file),
            )
        });
        let proxy = proxy(self.proxy.as_ref(), self.no_proxy.as_ref(), credentials);
        let ca_file = self.ca_file.clone();
        Network { proxy, ca_file }
    }
}

impl ServerSection {
    pub(super) fn network(&self) -> Network {
        let credentials = self.proxy_credentials_file.clone().map(|file| {
            Credential::new(
                "server-proxy-credentials",
                "server.proxy-credentials-file",
                "GHE_LICENSE_SYNC_SERVER_PROXY_CREDENTIALS",
                Some(file),
            )
        });
        let proxy = proxy(self.proxy.as_ref(), self.no_proxy.as_ref(), credentials);
        let ca_file = self.ca_file.clone();
        Network { proxy, ca_file }
    }
}

fn proxy(url: Option<&ProxyUrl>, direct: Option<&NoProxy>, credentials: Option<Credential>) -> Option<Proxy> {
    url.map(|url| Proxy {
        url: url.0.clone(),
        no_proxy: direct.map(Text::show),
        credentials,
    })
}

impl Check<'_> {
    pub(super) fn proxies(&mut self) {
        let (connect, server) = (&self.sections.connect, &self.sections.server);
        // Plain HTTP is for this machine alone; a proxy would read the tokens and the report.
        for (key, url, proxy) in [
            ("connect.api-url", &connect.api_url, &connect.proxy),
            ("connect.uploads-url", &connect.uploads_url, &connect.proxy),
            ("server.url", &server.url, &server.proxy),
        ] {
            if proxy.is_some() && url.as_ref().is_some_and(|url| url.0.scheme() == "http") {
                self.report(
                    key,
                    "plain http does not go through a proxy, which could read the token",
                    "write `https://`, or leave `proxy` out",
                );
            }
        }
        self.details_of_no_proxy(
            "connect",
            connect.proxy.as_ref(),
            [connect.no_proxy.is_some(), connect.proxy_credentials_file.is_some()],
        );
        self.details_of_no_proxy(
            "server",
            server.proxy.as_ref(),
            [server.no_proxy.is_some(), server.proxy_credentials_file.is_some()],
        );
    }

    fn details_of_no_proxy(&mut self, section: &str, proxy: Option<&ProxyUrl>, given: [bool; 2]) {
        if proxy.is_some() || self.is_doubtful(&format!("{section}.proxy")) {
            return;
        }
        let details = ["no-proxy", "proxy-credentials-file"].into_iter().zip(given);
        for (key, _) in details.filter(|(_, is_given)| *is_given) {
            self.report(
                &format!("{section}.{key}"),
                format!("`{key}` is given, but no `proxy`"),
                format!("set `proxy` under [{section}] as well, or leave `{key}` out"),
            );
        }
    }
}
