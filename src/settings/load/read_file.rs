//! Reads the settings file, under a cap.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::settings_file::SettingsFile;
use crate::settings::{SettingsError, files};

/// No settings file is longer than this, in bytes.
const LIMIT: u64 = 1024 * 1024;

impl SettingsFile {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, cannot be read, can be written by others, is too large or is not text.
    pub(in crate::settings) fn read(path: &Path) -> Result<Self, SettingsError> {
        let unreadable = |source: std::io::Error| match source.kind() {
            std::io::ErrorKind::NotFound => SettingsError::NotFound { path: path.to_owned() },
            _ => SettingsError::Unreadable {
                path: path.to_owned(),
                source,
            },
        };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        files::check_file(path, &file)?;
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LIMIT {
            return Err(SettingsError::TooLarge { path: path.to_owned() });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self {
                path: path.to_owned(),
                text,
            }),
            Err(error) => {
                let valid = error
                    .as_bytes()
                    .get(..error.utf8_error().valid_up_to())
                    .unwrap_or_default();
                Err(SettingsError::NotText {
                    path: path.to_owned(),
                    line: valid.iter().filter(|byte| **byte == b'\n').count() + 1,
                })
            }
        }
    }
}
