//! Builds the [`Link`] from the merged settings, and tells what is missing for it.

use std::time::Duration;

use crate::explain::Explain;
use crate::guard;
use crate::schedule::Schedule;
use crate::settings::check::{Check, path_of};
use crate::settings::gate::Closed;
use crate::settings::schema::address::{AddressKey, NoProxy, ProxyUrl, ServiceUrl};
use crate::settings::schema::name::{Name, ServerId};
use crate::settings::schema::report_path::ReportPath;
use crate::settings::schema::value::{AbsolutePath, CommandLine};
use crate::settings::schema::{self, DeliveryWay};

use crate::settings::{
    Account, App, Cloud, Credential, Delivery, FingerprintKeySource, LicenseFile, LicenseSync, Link, Network, Proxy,
    Report, ReportCommand, ReportFile, Scim, Server, Source, Unwatchable, Watch,
};

impl Check<'_> {
    /// All that has to be known to sync, if it is there.
    pub(in crate::settings) fn link(&mut self) -> Option<Link> {
        // Both are asked, so that all that is missing is reported.
        let (cloud, server, schedule, delivery) = (self.cloud(), self.server(), self.schedule(), self.delivery());
        Some(Link {
            cloud: cloud?,
            server: server?,
            sync: LicenseSync {
                schedule: schedule?,
                confirm_timeout: self.written().license_sync.confirm_timeout.get(),
                delivery: delivery?,
                guard: self.guard(),
            },
            fingerprint_key: FingerprintKeySource {
                file: self.written().state.fingerprint_key_file.to_path(),
            },
        })
    }

    fn delivery(&mut self) -> Option<Delivery> {
        let sync = &self.written().license_sync;
        match sync.delivery {
            DeliveryWay::Connect => Some(Delivery::Connect),
            DeliveryWay::File => self.require(
                "license-sync.directory",
                sync.directory
                    .as_ref()
                    .map(|directory| Delivery::File(directory.to_path())),
                "name the directory in which the files are written that a person uploads",
            ),
        }
    }

    fn guard(&self) -> guard::Limits {
        let guard = &self.written().license_sync.guard;
        guard::Limits {
            max_change_percent: guard.max_change_percent.get(),
            always_allow_users: guard.always_allow_users,
        }
    }

    fn schedule(&mut self) -> Option<Schedule> {
        let sync = &self.written().license_sync;
        let schedule = Schedule::new(
            sync.schedule.get(),
            sync.time_zone.get(),
            sync.jitter.get(),
            sync.catch_up,
        );
        schedule
            .inspect_err(|error| {
                self.report(
                    "license-sync.jitter",
                    error.to_string(),
                    error.help().unwrap_or_default(),
                );
            })
            .ok()
    }

    fn cloud(&mut self) -> Option<Cloud> {
        let connect = &self.written().connect;
        let api_url = self.service("api-url", "api", connect.api_url.as_ref());
        let uploads_url = self.service("uploads-url", "uploads", connect.uploads_url.as_ref());
        let account = self.account();
        self.demand_account();
        let app = self.app();
        let account = account?;
        Some(Cloud {
            api_url: api_url?.get().clone(),
            uploads_url: uploads_url?.get().clone(),
            api_url_key: key_of(connect.api_url.as_ref(), AddressKey::ApiUrl),
            uploads_url_key: key_of(connect.uploads_url.as_ref(), AddressKey::UploadsUrl),
            upload_path: path_of(connect, &account).fill(&account)?,
            account,
            app: app?,
            read_token: self.read_token(),
            network: self.cloud_network(),
        })
    }

    /// The App, which has to be there unless a person uploads; nothing when something is missing, which is reported.
    fn app(&mut self) -> Option<Option<App>> {
        let connect = &self.written().connect;
        let by_person = self.written().license_sync.delivery == DeliveryWay::File;
        if by_person && (connect.client_id.is_none() || connect.installation_id.is_none()) {
            return Some(None);
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
        Some(Some(App {
            client_id: client_id?.to_string(),
            installation_id: installation_id?,
            private_key: Credential {
                name: "connect-private-key",
                key: "connect.private-key-file",
                variable: "GHE_LICENSE_SYNC_CONNECT_PRIVATE_KEY",
                hosts: String::new(),
                file: connect.private_key_file.as_ref().map(AbsolutePath::to_path),
                stored: self.stored("connect-private-key"),
                stamp: None,
            },
        }))
    }

    /// All that has to be known to read the cloud account. Nothing that is missing is reported: license sync may be off,
    /// and nobody asked for it.
    pub(in crate::settings) fn watch(&self) -> Result<Watch, Unwatchable> {
        let connect = &self.written().connect;
        if !connect.enabled {
            return Err(Unwatchable::Closed(Closed::Connect));
        }
        let api_url = connect.api_url.clone().or_else(|| connect.host.service("api"));
        let api_url = api_url.ok_or(Unwatchable::NoAddress)?.get().clone();
        let enterprise = match self.account() {
            Some(Account::Enterprise(enterprise)) => enterprise,
            Some(Account::Organization(_)) => return Err(Unwatchable::Organization),
            None => return Err(Unwatchable::NoAccount),
        };
        Ok(Watch {
            api_url_key: key_of(connect.api_url.as_ref(), AddressKey::ApiUrl),
            read_token: self.read_token(),
            network: self.cloud_network(),
            enterprise,
            api_url,
        })
    }

    fn read_token(&self) -> Credential {
        let file = self.written().connect.read_token_file.as_ref();
        Credential {
            name: "connect-read-token",
            key: "connect.read-token-file",
            variable: "GHE_LICENSE_SYNC_CONNECT_READ_TOKEN",
            hosts: String::new(),
            file: file.map(AbsolutePath::to_path),
            stored: self.stored("connect-read-token"),
            stamp: None,
        }
    }

    fn cloud_network(&self) -> Network {
        let connect = &self.written().connect;
        network(
            connect.proxy.as_ref(),
            connect.no_proxy.as_ref(),
            connect.ca_file.as_ref(),
            connect.proxy_credentials_file.as_ref().map(|file| Credential {
                name: "connect-proxy-credentials",
                key: "connect.proxy-credentials-file",
                variable: "GHE_LICENSE_SYNC_CONNECT_PROXY_CREDENTIALS",
                hosts: String::new(),
                file: Some(file.to_path()),
                stored: None,
                stamp: None,
            }),
        )
    }

    /// Reports it when no account is named.
    fn demand_account(&mut self) {
        let connect = &self.written().connect;
        let none = connect.enterprise.is_none() && connect.organization.is_none();
        if none && !self.is_doubtful("connect.enterprise") && !self.is_doubtful("connect.organization") {
            self.report(
                "connect.enterprise",
                "`connect.enterprise` or `connect.organization` is missing",
                "name the cloud account as it stands in the address of its page: github.com/enterprises/NAME",
            );
        }
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

    /// Where the list of accounts comes from.
    fn source(&mut self) -> Option<Source> {
        let source = self.require(
            "server.source",
            self.written().server.source.as_ref(),
            "say where the list of accounts comes from: add a section [server.source.report], [server.source.scim], \
             [server.source.file], [server.source.command] or [server.source.license-file]",
        );
        match source? {
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
            schema::Source::File(file) => self.require(
                "server.source.file.path",
                file.path.as_ref().map(|path| match path {
                    ReportPath::StandardInput => Source::Input,
                    ReportPath::File(path) => Source::File(ReportFile {
                        path: path.to_path(),
                        max_age: file.max_age.get(),
                    }),
                }),
                "write where the all-users report is put that somebody downloads",
            ),
            schema::Source::Scim(scim) => Some(Source::Scim(Scim {
                enterprise: scim.enterprise.as_ref().map(ToString::to_string),
                max_other_accounts: scim.max_other_accounts,
            })),
            schema::Source::Command(command) => self.require(
                "server.source.command.run",
                program(command.run.as_ref(), command.timeout.get()).map(Source::Command),
                "write the program and its arguments that write the all-users report",
            ),
            schema::Source::LicenseFile(export) => self.license_file(export).map(Source::LicenseFile),
        }
    }

    /// A file or a program.
    fn license_file(&mut self, export: &schema::LicenseFile) -> Option<LicenseFile> {
        let file = export.path.as_ref().map(|path| {
            LicenseFile::File(ReportFile {
                path: path.to_path(),
                max_age: export.max_age.get(),
            })
        });
        let command = program(export.run.as_ref(), export.timeout.get()).map(LicenseFile::Command);
        if file.is_some() && command.is_some() {
            self.report(
                "server.source.license-file.run",
                "both a path and a program are given",
                "keep the one of them that the license usage file comes from",
            );
            return None;
        }
        self.require(
            "server.source.license-file",
            file.or(command),
            "write where the license usage file is put, or the program that writes it with its arguments",
        )
    }

    fn server(&mut self) -> Option<Server> {
        let server = &self.written().server;
        let url = self.require(
            "server.url",
            server.url.as_ref(),
            "write the address of the enterprise server, like `https://github.example.com`",
        );
        let source = self.source();
        Some(Server {
            url: url?.get().clone(),
            id: server.id.map(ServerId::get),
            // Without it, SCIM lists nobody.
            scim_enabled: server.scim_enabled || matches!(server.source, Some(schema::Source::Scim(_))),
            enterprise: server.enterprise.as_ref().map(Name::to_string),
            token: Credential {
                name: "server-token",
                key: "server.token-file",
                variable: "GHE_LICENSE_SYNC_SERVER_TOKEN",
                hosts: String::new(),
                file: server.token_file.as_ref().map(AbsolutePath::to_path),
                stored: self.stored("server-token"),
                stamp: None,
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
                    hosts: String::new(),
                    file: Some(file.to_path()),
                    stored: None,
                    stamp: None,
                }),
            ),
        })
    }
}

/// The program of a command line, if there is one.
fn program(line: Option<&CommandLine>, timeout: Duration) -> Option<ReportCommand> {
    let (program, arguments) = line?.get().split_first()?;
    Some(ReportCommand {
        program: program.into(),
        arguments: arguments.to_vec(),
        timeout,
    })
}

/// The key that decides: the URL's own, where it is written.
fn key_of(written: Option<&ServiceUrl>, key: AddressKey) -> AddressKey {
    written.map_or(AddressKey::Host, |_| key)
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
