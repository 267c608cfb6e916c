//! Addresses: the cloud's host, URLs of services and proxies, and hosts that are reached without a proxy.
//!
//! It opens no connection.

use std::net::IpAddr;

use url::{Host, Url};

use super::value::{Form, Text, ValueError};

/// For JSON Schema.
const HTTP: Form = Form::Pattern("^https?://");

/// How an address is written.
const SERVICE: &str = "https://host/";
const PROXY: &str = "http://proxy.example.com:3128";

/// The setting that decides where a host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressKey {
    Server,
    /// The URLs of the cloud follow from it, unless they are written.
    Host,
    ApiUrl,
    UploadsUrl,
}

impl AddressKey {
    /// The key as it is written.
    pub fn name(self) -> &'static str {
        match self {
            Self::Server => "server.url",
            Self::Host => "connect.host",
            Self::ApiUrl => "connect.api-url",
            Self::UploadsUrl => "connect.uploads-url",
        }
    }
}

/// The URL of a service: https, or http on loopback; without credentials, query and fragment; ends with a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct ServiceUrl(pub Url);

impl Text for ServiceUrl {
    const FORM: Form = HTTP;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let mut url = parse_http(text, SERVICE)?;
        if has_credentials(&url) {
            return Err(ValueError::new(
                "this URL holds a user name or a password",
                "write the URL alone; the settings name files for credentials, like `server.token-file`",
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ValueError::new(
                "this URL has a query or a fragment",
                "leave out `?` and `#` and what follows",
            ));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(ValueError::new(
                "this URL is not https",
                "write `https://`; plain http is accepted for loopback addresses only",
            ));
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

/// The URL of an HTTP proxy: http or https, any host, nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct ProxyUrl(pub Url);

impl Text for ProxyUrl {
    const FORM: Form = HTTP;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let url = parse_http(text, PROXY)?;
        if has_credentials(&url) {
            return Err(ValueError::new(
                "this proxy URL holds a user name or a password",
                "write `user:password` into a file of mode 0600 and name it in `proxy-credentials-file`",
            ));
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err(ValueError::new(
                "a proxy URL has a scheme, a host and a port only",
                format!("write it like `{PROXY}`"),
            ));
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        self.0.to_string()
    }
}

fn parse_http(text: &str, example: &str) -> Result<Url, ValueError> {
    let help = format!("write it like `{example}`");
    let url = Url::parse(text).map_err(|error| ValueError::new(format!("this is not a URL ({error})"), &help))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err(ValueError::new("this URL is neither http nor https", &help))
    }
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// The cloud's host, in lower case: `github.com`, `SUBDOMAIN.ghe.com`, or another one whose URLs are given as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct CloudHost(String);

impl Default for CloudHost {
    fn default() -> Self {
        Self("github.com".to_owned())
    }
}

impl CloudHost {
    /// The URL of `service` (`api` or `uploads`) on hosts where it is known.
    pub(in crate::settings) fn service(&self, service: &str) -> Option<ServiceUrl> {
        let subdomain = self.0.strip_suffix(".ghe.com");
        if self.0 == "github.com" || subdomain.is_some_and(|name| !name.is_empty() && !name.contains('.')) {
            ServiceUrl::parse(&format!("https://{service}.{}/", self.0)).ok()
        } else {
            None
        }
    }
}

impl Text for CloudHost {
    fn parse(text: &str) -> Result<Self, ValueError> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
        match Host::parse(text) {
            Ok(host) if text.chars().all(plain) => Ok(Self(host.to_string())),
            _ => Err(ValueError::new(
                "this is not a host name",
                "write the name alone, like `github.com` or `octocorp.ghe.com`: no scheme, port or path",
            )),
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// Hosts that are reached directly: names (with all below them), addresses or networks, between commas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::settings) struct NoProxy(String);

impl Text for NoProxy {
    fn parse(text: &str) -> Result<Self, ValueError> {
        let mut entries = text.split(',').map(str::trim);
        if entries.clone().any(|entry| entry == "*") {
            Err(ValueError::new(
                "`*` names no host",
                "to reach every host directly, leave `proxy` and `no-proxy` out",
            ))
        } else if entries.all(is_direct) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::new(
                "this is not a list of hosts",
                "write names, addresses or networks between commas, like `example.com,10.0.0.0/8`: no scheme or port",
            ))
        }
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

fn is_direct(entry: &str) -> bool {
    let (address, prefix) = entry.split_once('/').map_or((entry, None), |(a, p)| (a, Some(p)));
    match (address.parse::<IpAddr>(), prefix) {
        (Ok(_), None) => true,
        (Ok(address), Some(prefix)) => prefix
            .parse::<u8>()
            .is_ok_and(|bits| bits <= if address.is_ipv4() { 32 } else { 128 }),
        (Err(_), None) => is_name(entry),
        (Err(_), Some(_)) => false,
    }
}

/// Whether this can be the end of a host's name, after a dot or not. No name ends in a number: `127.0.0` is a part of an
/// address, and `10.0.0.1-10.0.0.9` a range.
fn is_name(entry: &str) -> bool {
    let plain = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let name = entry.strip_prefix('.').unwrap_or(entry);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.split('.').all(plain) && last.contains(|c: char| c.is_ascii_alphabetic())
}
