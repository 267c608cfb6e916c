//! The settings file and its text, able to say the line of any of its bytes.

use std::path::{Path, PathBuf};

/// A settings file and its text.
pub struct SettingsFile {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

impl SettingsFile {
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
