//! The license usage file that GitHub Enterprise Server exports. Its users are encrypted; the other members are read
//! here while the file streams.
//!
//! Operators describe it as an object with `instance` (`server_id`, `host_name`, `version`, `public_key`, `features`)
//! and `users`, one base64 text. No page of GitHub does, so members may come in any order, and unknown ones are passed
//! over.

mod defect;
mod head;
mod skeleton;

pub use defect::{EXPORT_CAP, ExportDefect};
pub use head::Exported;

use skeleton::Skeleton;

/// Reads a file in pieces. It holds no more than what stands beside the users.
#[derive(Default)]
pub struct ExportReader {
    skeleton: Skeleton,
    size: u64,
}

impl ExportReader {
    /// Reads the next piece.
    ///
    /// # Errors
    /// [`ExportDefect`], as soon as it is certain that this is no such file.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), ExportDefect> {
        self.size += piece.len() as u64;
        if self.size > EXPORT_CAP {
            return Err(ExportDefect::TooLarge);
        }
        self.skeleton.push(piece)
    }

    /// What the file says, if that was all of it.
    ///
    /// # Errors
    /// [`ExportDefect`] when it is not whole, or no such file.
    pub fn finish(self) -> Result<Exported, ExportDefect> {
        head::read(&self.skeleton.finish()?)
    }
}

#[cfg(test)]
mod tests;
