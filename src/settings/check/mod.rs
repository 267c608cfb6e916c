//! Checks the settings as a whole: required keys and contradictions; and builds `Settings`.
//!
//! One file a section, with what it becomes. Single values were checked when they were read. No secret is read and no
//! socket opened.

pub(in crate::settings) mod cloud;
pub(in crate::settings) mod effective;
pub(in crate::settings) mod license_sync;
pub(in crate::settings) mod network;
pub(in crate::settings) mod server;
pub(in crate::settings) mod source;
pub(in crate::settings) mod whole;

mod state;

use std::sync::Arc;

use crate::settings::instance;
use crate::settings::load::origin::Origin;
use crate::settings::load::settings_file::SettingsFile;
use crate::settings::problem::{Findings, Problem};
use crate::settings::schema::sections::Sections;
use crate::settings::secret::Credential;

/// The sections while they are checked as a whole.
struct Check<'a> {
    sections: &'a Sections,
    document: &'a Arc<SettingsFile>,
    findings: &'a mut Findings,
}

impl Check<'_> {
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
