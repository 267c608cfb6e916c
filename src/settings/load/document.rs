//! The settings file: read under a cap, and able to tell the line of any of its bytes.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use crate::settings::load::origin::Origin;
use crate::settings::{SettingsError, files};

/// No settings file is longer than this, in bytes.
const LIMIT: u64 = 1024 * 1024;

/// A settings file and its text.
pub(in crate::settings) struct Document<'a> {
    path: &'a Path,
    text: String,
}

impl<'a> Document<'a> {
    /// Reads the file.
    ///
    /// # Errors
    /// When it is not there, cannot be read, can be written by others, is too large or is not text.
    pub(in crate::settings) fn read(path: &'a Path) -> Result<Self, SettingsError> {
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
            Ok(text) => Ok(Self { path, text }),
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
    pub(in crate::settings) fn path(&self) -> &'a Path {
        self.path
    }

    /// What stands in the file.
    pub(in crate::settings) fn text(&self) -> &str {
        &self.text
    }

    /// Somewhere in the file.
    pub(in crate::settings) fn whole(&self) -> Origin {
        Origin::File(self.path.to_owned())
    }

    /// The place of these bytes.
    pub(in crate::settings) fn place(&self, span: &Range<usize>) -> Origin {
        Origin::locate(self.path, &self.text, span)
    }
}
