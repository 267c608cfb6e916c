//! Who may write a file that says where secrets go and whom to trust: the settings, a trust root, a credential.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::resolve::{PathError, WRITABLE, check_path, check_path_of_maker};
use super::unix_users;
use crate::explain::Explain;
use crate::reason::Reason;

/// Other users could have written what is in a file.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    #[error("the file {} is writable by other users (mode {mode:04o})", path.display())]
    File { path: PathBuf, mode: u32 },
    #[error("the file {} belongs to the user {owner}, who is neither root nor the user of this process", path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error("the file {} can be replaced by other users", path.display())]
    UnsafePath { path: PathBuf, source: PathError },
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
            Self::UnsafePath { path, source } => format!(
                "check what is in {}, then {}",
                path.display(),
                source.help("move it to a directory that only root can change")
            ),
            Self::Unknown { .. } => "name the file in a directory that the program can read".to_owned(),
        })
    }
}

/// Makes sure that nobody but root and the user of this process writes the open `file`, or puts another one in the place
/// where it was found.
pub fn check_file(path: &Path, file: &File) -> Result<(), WriterError> {
    let found = file.metadata().map_err(|source| WriterError::Unknown {
        path: path.to_owned(),
        source,
    })?;
    check_found(path, &found)
}

/// The same of a file that was found and that need not be readable, like a program.
pub fn check_found(path: &Path, found: &Metadata) -> Result<(), WriterError> {
    check_mode(path, found)?;
    if is_kept(found) && unix_users::is_foreign(found.uid()) {
        return Err(WriterError::Owner {
            path: path.to_owned(),
            owner: found.uid(),
        });
    }
    check_path_of(path)
}

/// Makes sure of a file that another account may put there: its owner writes it, and the directories may be that user's.
/// Nobody else does, and in a directory like `/tmp`, where anybody can be the first to make the file, no other user at all.
pub fn check_delivered(path: &Path, found: &Metadata) -> Result<(), WriterError> {
    check_mode(path, found)?;
    refused(path, check_path_of_maker(path, found.uid()))
}

/// A file that its group can write is refused, also if that is the group of the service: who else is in it is not seen here,
/// and somebody who was taken into it to read what the service writes would decide what it sends.
fn check_mode(path: &Path, found: &Metadata) -> Result<(), WriterError> {
    match found.mode() & 0o7777 {
        mode if is_kept(found) && mode & WRITABLE != 0 => Err(WriterError::File {
            path: path.to_owned(),
            mode,
        }),
        _ => Ok(()),
    }
}

/// Nothing stays in a device that somebody writes to.
fn is_kept(found: &Metadata) -> bool {
    !found.file_type().is_char_device()
}

/// Makes sure that nobody but root and the user of this process decides which file this path leads to.
///
/// # Errors
/// [`WriterError::UnsafePath`] with who does; [`WriterError::Unknown`] when the path cannot be followed.
pub(in crate::settings) fn check_path_of(path: &Path) -> Result<(), WriterError> {
    refused(path, check_path(path))
}

fn refused(path: &Path, checked: Result<(), PathError>) -> Result<(), WriterError> {
    let path = path.to_owned();
    match checked {
        Ok(()) => Ok(()),
        Err(PathError::Broken { source, .. }) => Err(WriterError::Unknown { path, source }),
        Err(source) => Err(WriterError::UnsafePath { path, source }),
    }
}
