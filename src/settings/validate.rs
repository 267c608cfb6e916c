//! Checks the merged settings as a whole: what must be there, what contradicts what; and builds [`Settings`].
//!
//! Single values were checked when they were read. No secret is read and no socket opened.

use std::path::Path;

use super::address::{NoProxy, ProxyUrl, ServiceUrl};
use super::gate::Closed;
use super::layers::Merged;
use super::place::Place;
use super::problem::{Findings, Problem};
use super::schema::{self, LogLevel, Written};
use super::upload_path::UploadPath;
use super::value::AbsolutePath;
use super::{
    Account, Cloud, Credential, Gate, LicenseSync, Link, Log, Network, Proxy, Report, Server, Settings, Source,
};

/// The settings, if nothing is wrong with the merged layers; else `findings` says what.
pub(super) fn settings(merged: &Merged, file: &Path, findings: &mut Findings) -> Option<Settings> {
    let written = &merged.written;
    let mut check = Check { merged, file, findings };
    let (connect, sync) = (&written.connect, &written.license_sync);
    // Who got a switch wrong probably wants it on, and is told all the rest as well.
    let open = |enabled: bool, path: &str, check: &Check<'_>| enabled || check.is_doubtful(path);
    let wanted = open(connect.enabled, "connect.enabled", &check) && open(sync.enabled, "license-sync.enabled", &check);
    check.contradictions();
    let link = wanted.then(|| check.link()).flatten();
    let gate = match (Closed::from_switches(connect.enabled, sync.enabled), link) {
        (Some(closed), _) => Gate::Closed(closed),
        (None, link) => Gate::Open(Box::new(link?)),
    };
    Some(Settings {
        gate,
        state_directory: written.state.directory.to_path(),
        log: Log {
            level: level(written.log.level),
            format: written.log.format,
        },
    })
}

struct Check<'a> {
    merged: &'a Merged,
    file: &'a Path,
    findings: &'a mut Findings,
}

impl<'a> Check<'a> {
    fn written(&self) -> &'a Written {
        &self.merged.written
    }

    /// Whether the key is absent because of a mistake that is reported already.
    fn is_doubtful(&self, path: &str) -> bool {
        self.merged.places.get(path).is_none() && self.findings.is_doubtful(path)
    }

    fn report(&mut self, path: &str, label: impl Into<String>, help: impl Into<String>) {
        let place = self.merged.places.nearest(path).cloned();
        self.findings.push(Problem {
            place: place.unwrap_or_else(|| Place::File(self.file.to_owned())),
            label: label.into(),
            help: Some(help.into()),
        });
    }

    /// The value, which has to be there for a sync.
    fn require<T: Clone>(&mut self, path: &str, value: Option<T>, help: &str) -> Option<T> {
        if value.is_none() && !self.is_doubtful(path) {
            self.report(path, format!("`{path}` is missing"), help);
        }
        value
    }

    /// What is wrong whether or not the gate is open.
    fn contradictions(&mut self) {
        let (connect, server) = (&self.written().connect, &self.written().server);
        if connect.enterprise.is_some() && connect.organization.is_some() {
            self.report(
                "connect.organization",
                "both `enterprise` and `organization` are given",
                "keep the one account that this server is connected to",
            );
        }
        for (section, proxy, direct, credentials) in [
            (
                "connect",
                &connect.proxy,
                &connect.no_proxy,
                &connect.proxy_credentials_file,
            ),
            (
                "server",
                &server.proxy,
                &server.no_proxy,
                &server.proxy_credentials_file,
            ),
        ] {
            let given = [
                ("no-proxy", direct.is_some()),
                ("proxy-credentials-file", credentials.is_some()),
            ];
            for (key, _) in given.into_iter().filter(|(_, given)| *given) {
                if proxy.is_none() && !self.is_doubtful(&format!("{section}.proxy")) {
                    self.report(
                        &format!("{section}.{key}"),
                        format!("`{key}` is given, but no `proxy`"),
                        format!("set `proxy` under [{section}] as well, or leave `{key}` out"),
                    );
                }
            }
        }
        if let Some(account) = self.account() {
            self.upload_path(&account);
        }
    }

    fn link(&mut self) -> Option<Link> {
        // Both are asked, so that all that is missing is reported.
        let (cloud, server) = (self.cloud(), self.server());
        Some(Link {
            cloud: cloud?,
            server: server?,
            sync: LicenseSync {
                confirm_timeout: self.written().license_sync.confirm_timeout.get(),
            },
        })
    }

    fn cloud(&mut self) -> Option<Cloud> {
        let connect = &self.written().connect;
        let api_url = self.service("api-url", "api", connect.api_url.as_ref());
        let uploads_url = self.service("uploads-url", "uploads", connect.uploads_url.as_ref());
        let account = self.account();
        if account.is_none() && !self.is_doubtful("connect.enterprise") && !self.is_doubtful("connect.organization") {
            self.report(
                "connect.enterprise",
                "`connect.enterprise` or `connect.organization` is missing",
                "name the cloud account as it stands in the address of its page: github.com/enterprises/NAME",
            );
        }
        let client_id = self.require(
            "connect.client-id",
            connect.client_id.as_ref(),
            "write the client ID of the GitHub App of this connection",
        );
        let installation_id = self.require(
            "connect.installation-id",
            connect.installation_id,
            "write the number that ends the address of the App's installation page",
        );
        let account = account?;
        Some(Cloud {
            api_url: api_url?.get().clone(),
            uploads_url: uploads_url?.get().clone(),
            upload_path: path_of(connect, &account).fill(&account)?,
            account,
            client_id: client_id?.to_string(),
            installation_id: installation_id?,
            private_key: Credential {
                name: "connect-private-key",
                key: "connect.private-key-file",
                variable: "GHE_LICENSE_SYNC_CONNECT_PRIVATE_KEY",
                file: connect.private_key_file.as_ref().map(AbsolutePath::to_path),
            },
            read_token: Credential {
                name: "connect-read-token",
                key: "connect.read-token-file",
                variable: "GHE_LICENSE_SYNC_CONNECT_READ_TOKEN",
                file: connect.read_token_file.as_ref().map(AbsolutePath::to_path),
            },
            network: network(
                connect.proxy.as_ref(),
                connect.no_proxy.as_ref(),
                connect.ca_file.as_ref(),
                connect.proxy_credentials_file.as_ref().map(|file| Credential {
                    name: "connect-proxy-credentials",
                    key: "connect.proxy-credentials-file",
                    variable: "GHE_LICENSE_SYNC_CONNECT_PROXY_CREDENTIALS",
                    file: Some(file.to_path()),
                }),
            ),
        })
    }

    /// The URL that is written, or else the one that follows from the host.
    fn service(&mut self, key: &str, service: &str, url: Option<&ServiceUrl>) -> Option<ServiceUrl> {
        let host = &self.written().connect.host;
        self.require(
            &format!("connect.{key}"),
            url.cloned().or_else(|| host.service(service)),
            "it follows from `host` for github.com and SUBDOMAIN.ghe.com only; set `api-url` and `uploads-url` for any \
             other host",
        )
    }

    fn account(&self) -> Option<Account> {
        let connect = &self.written().connect;
        match (&connect.enterprise, &connect.organization) {
            (Some(enterprise), None) => Some(Account::Enterprise(enterprise.to_string())),
            (None, Some(organization)) => Some(Account::Organization(organization.to_string())),
            _ => None,
        }
    }

    fn upload_path(&mut self, account: &Account) {
        if path_of(&self.written().connect, account).fill(account).is_none() {
            let (own, other) = match account {
                Account::Enterprise(_) => ("enterprise", "organization"),
                Account::Organization(_) => ("organization", "enterprise"),
            };
            self.report(
                "connect.upload-path",
                format!("`upload-path` asks for {{{other}}}, but the account is an {own}"),
                format!("use `{{{own}}}`"),
            );
        }
    }

    fn server(&mut self) -> Option<Server> {
        let server = &self.written().server;
        let url = self.require(
            "server.url",
            server.url.as_ref(),
            "write the address of the enterprise server, like `https://github.example.com`",
        );
        let source = self.require(
            "server.source",
            server.source.as_ref(),
            "say where the list of accounts comes from: add a section [server.source.report]",
        );
        let source = match source? {
            schema::Source::Report(report) => self.require(
                "server.source.report.username",
                report.username.as_ref().map(|username| {
                    Source::Report(Report {
                        username: username.to_string(),
                        timeout: report.timeout.get(),
                    })
                }),
                "write the name of the site administrator that the server token belongs to",
            ),
        };
        Some(Server {
            url: url?.get().clone(),
            id: server.id.map(super::name::ServerId::get),
            token: Credential {
                name: "server-token",
                key: "server.token-file",
                variable: "GHE_LICENSE_SYNC_SERVER_TOKEN",
                file: server.token_file.as_ref().map(AbsolutePath::to_path),
            },
            source: source?,
            network: network(
                server.proxy.as_ref(),
                server.no_proxy.as_ref(),
                server.ca_file.as_ref(),
                server.proxy_credentials_file.as_ref().map(|file| Credential {
                    name: "server-proxy-credentials",
                    key: "server.proxy-credentials-file",
                    variable: "GHE_LICENSE_SYNC_SERVER_PROXY_CREDENTIALS",
                    file: Some(file.to_path()),
                }),
            ),
        })
    }
}

fn path_of(connect: &schema::Connect, account: &Account) -> UploadPath {
    connect
        .upload_path
        .clone()
        .unwrap_or_else(|| UploadPath::default_for(account))
}

fn network(
    proxy: Option<&ProxyUrl>,
    no_proxy: Option<&NoProxy>,
    ca_file: Option<&AbsolutePath>,
    credentials: Option<Credential>,
) -> Network {
    Network {
        proxy: proxy.map(|url| Proxy {
            url: url.get().clone(),
            no_proxy: no_proxy.map(ToString::to_string),
            credentials,
        }),
        ca_file: ca_file.map(AbsolutePath::to_path),
    }
}

fn level(level: LogLevel) -> tracing::Level {
    match level {
        LogLevel::Error => tracing::Level::ERROR,
        LogLevel::Warn => tracing::Level::WARN,
        LogLevel::Info => tracing::Level::INFO,
        LogLevel::Debug => tracing::Level::DEBUG,
        LogLevel::Trace => tracing::Level::TRACE,
    }
}
