//! The ID under which this server reports, and where it comes from.

use serde::Serialize;
use uuid::Uuid;

use super::words::host;
use crate::collect;
use crate::explain::chain;
use crate::settings::{LicenseFile, Server, Settings, Source};
use crate::sync::{self, SyncSummary};

/// The ID, as far as it is known; nothing of it while there is no server to report for.
#[derive(Debug, Default, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ServerId {
    /// None as well while it is to come from a license usage file that cannot be read, or that a program has yet to write.
    #[serde(rename = "server_id")]
    id: Option<Uuid>,
    #[serde(rename = "server_id_source")]
    origin: Option<IdOrigin>,
    #[serde(skip)]
    words: String,
}

/// Where it comes from.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
enum IdOrigin {
    Settings,
    State,
    HostName,
    LicenseFile,
}

impl ServerId {
    /// The one in force; while the gate is closed, that of the newest run, if there is one.
    pub(super) fn of(settings: &Settings, standing: &SyncSummary) -> Self {
        let Some(id) = standing.destination.as_ref().map(|destination| destination.server_id) else {
            return Self::default();
        };
        if settings.server_id() == Some(id) {
            return Self::known(id, IdOrigin::Settings, "set in `server.id`".to_owned());
        }
        let Ok(link) = settings.gate.pass() else {
            return Self::known(id, IdOrigin::State, KEPT.to_owned());
        };
        match &link.server.source {
            Source::LicenseFile(source) => Self::of_license_file(source, &link.server, standing.bound_to),
            _ if sync::server_id(link, None) == id => Self::known(
                id,
                IdOrigin::HostName,
                format!("derived from {}", host(&link.server.url)),
            ),
            _ => Self::known(id, IdOrigin::State, KEPT.to_owned()),
        }
    }

    /// The ID and where it comes from, for people.
    pub(super) fn in_words(&self) -> Option<String> {
        self.origin.as_ref()?;
        Some(match self.id {
            Some(id) => format!("{id}, {}", self.words),
            None => format!("not known yet: {}", self.words),
        })
    }

    fn known(id: Uuid, origin: IdOrigin, words: String) -> Self {
        Self {
            id: Some(id),
            origin: Some(origin),
            words,
        }
    }

    /// That of the file, which has to be the one that the store has sent something for.
    fn of_license_file(source: &LicenseFile, server: &Server, bound_to: Option<Uuid>) -> Self {
        let found = match source {
            LicenseFile::File(file) => collect::inspect_license_file(file, server)
                .map(|(_, exported)| exported.server_id)
                .map_err(|error| format!(", which cannot be used now: {}", chain(&error))),
            LicenseFile::Command(command) => Err(format!(" that {} writes for a sync", command.program.display())),
        };
        match (found, bound_to) {
            (Ok(id), Some(kept)) if id != kept => {
                let words = format!("{KEPT}; {FILE} is of the server ID {id}, so it is not sent");
                Self::known(kept, IdOrigin::State, words)
            }
            (Ok(id), _) => Self::known(id, IdOrigin::LicenseFile, format!("that of {FILE}")),
            (Err(why), Some(kept)) => Self::known(
                kept,
                IdOrigin::State,
                format!("{KEPT}, and has to be that of {FILE}{why}"),
            ),
            (Err(why), None) => Self {
                id: None,
                origin: Some(IdOrigin::LicenseFile),
                words: format!("that of {FILE}{why}"),
            },
        }
    }
}

const KEPT: &str = "kept in the state directory";
const FILE: &str = "the license usage file";
