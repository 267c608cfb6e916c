//! Who may write a file that says where secrets go and whom to trust: the settings, a trust root, a credential.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::users::{ROOT, Users};
use crate::explain::Explain;
use crate::reason::Reason;

/// The mode bits that let group and others write.
const WRITABLE: u32 = 0o022;

/// The mode bit of a directory in which only the owner of a file replaces it.
const STICKY: u32 = 0o1000;

/// Other users could have written what is in a file.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    #[error("the file {} is writable by other users (mode {mode:04o})", path.display())]
    File { path: PathBuf, mode: u32 },
    #[error("the file {} belongs to the user {owner}, and this process is root", path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error(
        "the file {} can be replaced by other users: its directory {} is writable for them (mode {mode:04o})",
        path.display(),
        directory.display()
    )]
    Directory {
        path: PathBuf,
        directory: PathBuf,
        mode: u32,
    },
    #[error(
        "the file {} can be replaced by the user {owner}, to whom its directory {} belongs, and this process is root",
        path.display(),
        directory.display()
    )]
    DirectoryOwner {
        path: PathBuf,
        directory: PathBuf,
        owner: u32,
    },
    #[error("it could not be found out who may write the file {}", path.display())]
    Unknown { path: PathBuf, source: io::Error },
}

impl Explain for WriterError {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::File { path, .. } => format!("check what is in it, then run `chmod go-w {}`", path.display()),
            Self::Owner { path, .. } => format!("check what is in it, then run `chown root {}`", path.display()),
            Self::Directory { path, directory, .. } => format!(
                "check what is in {}, then run `chmod go-w {}`",
                path.display(),
                directory.display()
            ),
            Self::DirectoryOwner { path, directory, .. } => format!(
                "check what is in {}, then run `chown root {}`, or run this command as that user",
                path.display(),
                directory.display()
            ),
            Self::Unknown { .. } => "name the file in a directory that can be looked at".to_owned(),
        })
    }
}

/// Makes sure that nobody but root and the user of this process writes the open `file`, or puts another one in the place
/// where it was found; for root nobody else at all.
///
/// # Errors
/// [`WriterError`], which says who could.
pub fn check(path: &Path, file: &File) -> Result<(), WriterError> {
    let unknown = |source| WriterError::Unknown {
        path: path.to_owned(),
        source,
    };
    let found = file.metadata().map_err(unknown)?;
    // Nothing stays in a device that somebody writes to.
    if !found.file_type().is_char_device() {
        check_file(path, &found)?;
    }
    // Behind a link there is another directory.
    let named = std::path::absolute(path).map_err(unknown)?;
    for file in [named.canonicalize().map_err(unknown)?, named] {
        let Some(directory) = file.parent() else { continue };
        check_directory(path, directory, &directory.metadata().map_err(unknown)?)?;
    }
    Ok(())
}

fn check_file(path: &Path, found: &Metadata) -> Result<(), WriterError> {
    let (path, mode, owner) = (path.to_owned(), found.mode() & 0o7777, found.uid());
    if mode & WRITABLE != 0 {
        return Err(WriterError::File { path, mode });
    }
    if is_foreign_to_root(owner) {
        return Err(WriterError::Owner { path, owner });
    }
    Ok(())
}

fn check_directory(path: &Path, directory: &Path, found: &Metadata) -> Result<(), WriterError> {
    let (path, directory) = (path.to_owned(), directory.to_owned());
    let (mode, owner) = (found.mode() & 0o7777, found.uid());
    if mode & WRITABLE != 0 && mode & STICKY == 0 {
        return Err(WriterError::Directory { path, directory, mode });
    }
    if is_foreign_to_root(owner) {
        return Err(WriterError::DirectoryOwner { path, directory, owner });
    }
    Ok(())
}

fn is_foreign_to_root(owner: u32) -> bool {
    uzers::get_effective_uid() == ROOT && Users::of_process().could_mislead_root(owner)
}
