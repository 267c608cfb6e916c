//! The settings file: read under a cap, and able to say the line of any of its bytes.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::settings::{SettingsError, files};

/// No settings file is longer than this, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// A settings file and its text.
pub struct SettingsFile {
    path: PathBuf,
    text: String,
}

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

    /// Where it was read from.
    pub(in crate::settings) fn path(&self) -> &Path {
        &self.path
    }

    /// The content of the file.
    pub(in crate::settings) fn text(&self) -> &str {
        &self.text
    }

    /// The line and the column of this byte, in characters from 1.
    pub(in crate::settings) fn position(&self, index: usize) -> (usize, usize) {
        let before = self
            .text
            .get(..self.text.floor_char_boundary(index))
            .unwrap_or_default();
        let line = before.get(self.line_start(index)..).unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }

    /// Where the line of this byte begins.
    pub(in crate::settings) fn line_start(&self, index: usize) -> usize {
        let before = self
            .text
            .get(..self.text.floor_char_boundary(index))
            .unwrap_or_default();
        before.rfind('\n').map_or(0, |newline| newline + 1)
    }
}

/// The text can hold a secret that does not belong there.
impl std::fmt::Debug for SettingsFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Document").field(&self.path).finish()
    }
}
