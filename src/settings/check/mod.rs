//! Checks the settings as a whole: required keys and contradictions; and builds [`Settings`].
//!
//! One file a section, with what it becomes. Single values were checked when they were read. No secret is read and no
//! socket opened.

pub(in crate::settings) mod cloud;
pub(in crate::settings) mod effective;
pub(in crate::settings) mod license_sync;
pub(in crate::settings) mod network;
pub(in crate::settings) mod server;
pub(in crate::settings) mod source;

mod state;

use std::sync::Arc;

use crate::settings::gate::Closed;
use crate::settings::load::origin::Origin;
use crate::settings::load::settings_file::SettingsFile;
use crate::settings::problem::{Findings, Problem};
use crate::settings::schema::sections::Sections;
use crate::settings::secret::Credential;
use crate::settings::secret::bound_hosts::assign_hosts;
use crate::settings::secret::snapshot::{credentials, stamp};
use crate::settings::{FingerprintKeySource, Gate, Link, Log, Settings, instance};

/// The settings, if nothing is wrong with the sections; else `findings` says what.
pub(in crate::settings) fn settings(
    sections: &Sections,
    document: &Arc<SettingsFile>,
    findings: &mut Findings,
) -> Option<Settings> {
    let mut check = Check {
        sections,
        document,
        findings,
    };
    let (connect, sync) = (&sections.connect, &sections.license_sync);
    // Who got a switch wrong probably wants it on, and all the rest is reported as well.
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
            assign_hosts(sections, credentials(&mut link));
            Gate::Open(Box::new(link))
        }
    };
    let watch = check.watch().map(|mut watch| {
        stamp(document, watch.credentials());
        assign_hosts(sections, watch.credentials());
        Box::new(watch)
    });
    Some(Settings {
        file: document.path().to_owned(),
        gate,
        watch,
        state_directory: sections.state.directory.clone(),
        log: Log {
            level: sections.log.level,
            format: sections.log.format,
        },
        metrics_textfile: sections.metrics.textfile.0.clone(),
        is_switched_off: closed.is_some_and(|closed| sections.origins.contains_key(closed.key())),
        values: sections.values.clone(),
    })
}

/// The sections while they are checked as a whole.
struct Check<'a> {
    sections: &'a Sections,
    document: &'a Arc<SettingsFile>,
    findings: &'a mut Findings,
}

impl<'a> Check<'a> {
    /// What is wrong whether or not the gate is open.
    fn contradictions(&mut self) {
        self.accounts();
        self.proxies();
        self.upload_path();
        self.state();
        self.server_address();
    }

    /// All that has to be known to sync, if it is there.
    fn link(&mut self) -> Option<Link> {
        // All are asked, so that all that is missing is reported.
        let (cloud, server, sync) = (self.cloud(), self.server(), self.license_sync());
        Some(Link {
            cloud: cloud?,
            server: server?,
            sync: sync?,
            fingerprint_key: FingerprintKeySource {
                file: self.sections.state.fingerprint_key_file.clone(),
            },
        })
    }

    /// Whether the key is absent because of a mistake that is reported already.
    fn is_doubtful(&self, path: &str) -> bool {
        !self.sections.origins.contains_key(path) && self.findings.is_doubtful(path)
    }

    fn report(&mut self, path: &str, label: impl Into<String>, help: impl Into<String>) {
        let origin = self.sections.nearest_origin(path).cloned();
        self.findings.push(Problem {
            origin: origin.unwrap_or_else(|| Origin::File(Arc::clone(self.document))),
            label: label.into(),
            help: Some(help.into()),
        });
    }

    /// The value, which has to be there for a sync.
    fn require<T>(&mut self, path: &str, value: Option<T>, help: &str) -> Option<T> {
        if value.is_none() && !self.is_doubtful(path) {
            self.report(path, format!("`{path}` is missing"), help);
        }
        value
    }

    /// A credential, with the file from which the unit with these settings gets it.
    fn credential(&self, credential: Credential) -> Credential {
        Credential {
            stored: instance::credential_file(self.document.path(), credential.name),
            ..credential
        }
    }
}
