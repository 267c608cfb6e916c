//! Reads, merges and checks the settings of all layers.

use std::sync::Arc;

use super::check::whole;
use super::load::merge::merge;
use super::load::settings_file::SettingsFile;
use super::problem::Findings;
use super::schema::sections::Sections;
use super::{Settings, SettingsError, Sources, instance, load, schema};

impl Settings {
    /// Reads, merges and checks the settings of all layers. Opens no socket and reads no secret.
    ///
    /// # Errors
    /// [`SettingsError`]; when settings are wrong it names all of them.
    pub fn load(sources: &Sources) -> Result<Self, SettingsError> {
        read(sources).map(|(_, settings)| settings)
    }
}

pub(super) fn read(sources: &Sources) -> Result<(Sections, Settings), SettingsError> {
    let mut findings = Findings::default();
    let document = Arc::new(SettingsFile::read(&sources.file)?);
    let mut leaves = [
        load::file::leaves(&document, &mut findings),
        load::overrides::of_environment(&sources.environment),
        load::overrides::of_flags(&sources.overrides, &mut findings),
    ];
    merge(&mut leaves).map_err(|source| SettingsError::Unmergeable { source })?;
    let sections = schema::reading::read(&leaves, instance::defaults(&sources.file), &mut findings);
    match whole::settings(&sections, &document, &mut findings) {
        Some(settings) if findings.is_empty() => {
            sources.environment.bindings().note_first(&sections);
            Ok((sections, settings))
        }
        _ => Err(SettingsError::Invalid {
            file: sources.file.clone(),
            problems: findings.into_problems(),
        }),
    }
}
