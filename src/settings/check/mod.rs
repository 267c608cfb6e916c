//! Checks the merged settings as a whole: what must be there, what contradicts what; and builds [`Settings`].
//!
//! Single values were checked when they were read. No secret is read and no socket opened.

pub(in crate::settings) mod effective;

mod link;
mod unsuitable;

use std::path::{Path, PathBuf};

use crate::settings::gate::Closed;
use crate::settings::instance;
use crate::settings::load::document::Document;
use crate::settings::load::merge::Merged;
use crate::settings::load::origin::Origin;
use crate::settings::problem::{Findings, Problem};
use crate::settings::schema::upload_path::UploadPath;
use crate::settings::schema::{self, LogLevel, Written};
use crate::settings::secret::bound_hosts;
use crate::settings::secret::fingerprint_key;
use crate::settings::secret::snapshot::{credentials, stamp};
use crate::settings::{Account, Gate, Log, Settings};

/// The settings, if nothing is wrong with the merged layers; else `findings` says what.
pub(in crate::settings) fn settings(
    merged: &Merged,
    document: &Document<'_>,
    findings: &mut Findings,
) -> Option<Settings> {
    let (written, file) = (&merged.written, document.path());
    let mut check = Check { merged, file, findings };
    let (connect, sync) = (&written.connect, &written.license_sync);
    // Who got a switch wrong probably wants it on, and is told all the rest as well.
    let open = |enabled: bool, path: &str, check: &Check<'_>| enabled || check.is_doubtful(path);
    let wanted = open(connect.enabled, "connect.enabled", &check) && open(sync.enabled, "license-sync.enabled", &check);
    check.contradictions();
    let link = wanted.then(|| check.link()).flatten();
    let closed = Closed::from_switches(connect.enabled, sync.enabled);
    let gate = match (closed, link) {
        (Some(closed), _) => Gate::Closed(closed),
        (None, link) => {
            let mut link = link?;
            stamp(document, credentials(&mut link));
            bound_hosts::assign_hosts(written, credentials(&mut link));
            Gate::Open(Box::new(link))
        }
    };
    let watch = check.watch().map(|mut watch| {
        stamp(document, watch.credentials());
        bound_hosts::assign_hosts(written, watch.credentials());
        Box::new(watch)
    });
    Some(Settings {
        file: file.to_owned(),
        gate,
        watch,
        state_directory: written.state.directory.to_path(),
        log: Log {
            level: level(written.log.level),
            format: written.log.format,
        },
        metrics_textfile: written.metrics.textfile.to_path(),
        is_switched_off: closed.is_some_and(|closed| merged.places.get(closed.key()).is_some()),
        values: written
            .leaves()
            .into_iter()
            .map(|leaf| (leaf.path, leaf.value))
            .collect(),
    })
}

/// The merged settings while they are looked at as a whole.
pub(in crate::settings) struct Check<'a> {
    merged: &'a Merged,
    file: &'a Path,
    findings: &'a mut Findings,
}

impl<'a> Check<'a> {
    pub(in crate::settings) fn written(&self) -> &'a Written {
        &self.merged.written
    }

    /// The file from which the unit with these settings gets this credential.
    pub(in crate::settings) fn stored(&self, credential: &str) -> Option<PathBuf> {
        instance::credential_file(self.file, credential)
    }

    /// Whether the key is absent because of a mistake that is reported already.
    pub(in crate::settings) fn is_doubtful(&self, path: &str) -> bool {
        self.merged.places.get(path).is_none() && self.findings.is_doubtful(path)
    }

    pub(in crate::settings) fn report(&mut self, path: &str, label: impl Into<String>, help: impl Into<String>) {
        let place = self.merged.places.nearest(path).cloned();
        self.findings.push(Problem {
            place: place.unwrap_or_else(|| Origin::File(self.file.to_owned())),
            label: label.into(),
            help: Some(help.into()),
        });
    }

    /// The value, which has to be there for a sync.
    pub(in crate::settings) fn require<T: Clone>(&mut self, path: &str, value: Option<T>, help: &str) -> Option<T> {
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
        self.proxies_of_loopback();
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
        if self.state_directory() {
            self.fingerprint_key_file();
        }
        self.server_address();
    }

    /// A copy of the state directory must not hold the key that belongs to it.
    fn fingerprint_key_file(&mut self) {
        let state = &self.written().state;
        if fingerprint_key::lies_within(&state.fingerprint_key_file.to_path(), &state.directory.to_path()) {
            self.report(
                "state.fingerprint-key-file",
                "the file of the fingerprint key is in the state directory",
                "whoever copies the state directory must not get the key with it: name a file outside of it that backups \
                 leave out, like `/var/cache/ghe-license-sync/fingerprint-key`",
            );
        }
    }

    /// Plain HTTP is for this machine alone; a proxy would be told the tokens and the report.
    fn proxies_of_loopback(&mut self) {
        let (connect, server) = (&self.written().connect, &self.written().server);
        for (key, url, proxy) in [
            ("connect.api-url", &connect.api_url, &connect.proxy),
            ("connect.uploads-url", &connect.uploads_url, &connect.proxy),
            ("server.url", &server.url, &server.proxy),
        ] {
            if proxy.is_some() && url.as_ref().is_some_and(|url| url.get().scheme() == "http") {
                self.report(
                    key,
                    "plain http does not go through a proxy, which could read the token",
                    "write `https://`, or leave `proxy` out",
                );
            }
        }
    }

    pub(in crate::settings) fn account(&self) -> Option<Account> {
        account_of(&self.written().connect)
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
}

/// The one account that is written.
pub(in crate::settings) fn account_of(connect: &schema::Connect) -> Option<Account> {
    match (&connect.enterprise, &connect.organization) {
        (Some(enterprise), None) => Some(Account::Enterprise(enterprise.to_string())),
        (None, Some(organization)) => Some(Account::Organization(organization.to_string())),
        _ => None,
    }
}

/// The path of the upload that is written, or else the default for this account.
pub(in crate::settings) fn path_of(connect: &schema::Connect, account: &Account) -> UploadPath {
    connect
        .upload_path
        .clone()
        .unwrap_or_else(|| UploadPath::default_for(account))
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
