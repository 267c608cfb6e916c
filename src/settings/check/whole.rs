//! Checks the sections together and builds the [`Settings`].

use std::sync::Arc;

use super::Check;
use crate::settings::gate::Closed;
use crate::settings::load::settings_file::SettingsFile;
use crate::settings::problem::Findings;
use crate::settings::schema::sections::Sections;
use crate::settings::secret::bound_hosts::assign_hosts;
use crate::settings::secret::snapshot::stamp;
use crate::settings::{Credential, FingerprintKeySource, Gate, Link, Log, Settings};

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
            stamp(document, link.credentials().filter_map(Credential::stampable));
            assign_hosts(sections, link.credentials());
            Gate::Open(Box::new(link))
        }
    };
    let watch = check.watch().map(|mut watch| {
        stamp(document, watch.credentials().filter_map(Credential::stampable));
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

impl Check<'_> {
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
}
