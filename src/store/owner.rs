//! Whose the state directory is, for a process of root: it may write there only if nobody else can decide where "there"
//! is.
//!
//! The path is followed entry by entry from the root directory. An entry is looked at only after the directory that holds
//! it was found to be out of everybody's reach but the owner's, so what was seen stays as it was. Nothing is created and no
//! file is opened.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::error::StoreError;
use crate::settings::{ROOT, Users};

/// The mode bits of a directory whose entries can be replaced by their owner alone.
const STICKY: u32 = 0o1000;

/// The mode bits that let group and others replace the entries of a directory.
const WRITABLE: u32 = 0o022;

/// As many as Linux follows.
const MOST_LINKS: usize = 40;

/// The user that owns the state directory; of one that is not there yet, the owner of the directory in which it would be
/// made.
///
/// # Errors
/// [`StoreError::Way`] when another user can lead the path elsewhere; [`StoreError::Exposed`] when root's own directory
/// is writable by others; [`StoreError::Directory`] when the path leads nowhere.
pub fn owner(directory: &Path) -> Result<u32, StoreError> {
    let way = Way::follow(directory)?;
    let owner = way.found.uid();
    match way.owners.into_iter().find(|(passed, _)| *passed != owner) {
        Some((passed, by)) => Err(StoreError::Way {
            path: directory.to_owned(),
            by,
            why: format!("belongs to the user {passed}"),
        }),
        None => Ok(owner),
    }
}

/// What a path leads over.
struct Way<'a> {
    directory: &'a Path,
    /// The directory that was reached, over no link.
    here: PathBuf,
    found: Metadata,
    /// What is to be looked up next.
    ahead: VecDeque<OsString>,
    links: usize,
    /// The users other than root that own a link or a directory on the way, with what they own.
    owners: Vec<(u32, PathBuf)>,
}

impl<'a> Way<'a> {
    /// To the end, or to the last directory that is there.
    fn follow(directory: &'a Path) -> Result<Self, StoreError> {
        let users = Users::of_process();
        let here = PathBuf::from("/");
        let found = here.symlink_metadata();
        let mut way = Self {
            directory,
            found: found.map_err(|source| broken(directory, source))?,
            here,
            ahead: names(directory),
            links: 0,
            owners: Vec::new(),
        };
        while let Some(name) = way.ahead.pop_front() {
            let next = if name == ".." {
                above(&way.here)
            } else {
                way.here.join(&name)
            };
            match next.symlink_metadata() {
                Ok(found) => way.step(next, found, &users)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // Whoever can make an entry here would decide what this one is.
                    way.keep_out(WRITABLE)?;
                    return Ok(way);
                }
                Err(source) => return Err(broken(directory, source)),
            }
        }
        match way.found.mode() & 0o7777 {
            mode if mode & WRITABLE != 0 && way.found.uid() == ROOT => Err(StoreError::Exposed {
                path: directory.to_owned(),
                mode,
            }),
            _ => Ok(way),
        }
    }

    fn step(&mut self, next: PathBuf, found: Metadata, users: &Users) -> Result<(), StoreError> {
        let is_sticky = self.found.mode() & STICKY != 0;
        self.keep_out(if is_sticky { 0 } else { WRITABLE })?;
        let mut note = |owner: u32, path: &Path| {
            if users.could_mislead_root(owner) {
                self.owners.push((owner, path.to_owned()));
            }
        };
        note(self.found.uid(), &self.here);
        if found.is_symlink() {
            note(found.uid(), &next);
            return self.turn(&next).map_err(|source| broken(self.directory, source));
        }
        if !found.is_dir() {
            return Err(broken(self.directory, ErrorKind::NotADirectory.into()));
        }
        (self.here, self.found) = (next, found);
        Ok(())
    }

    /// Goes on as the link says.
    fn turn(&mut self, link: &Path) -> Result<(), Error> {
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(Error::from_raw_os_error(libc::ELOOP));
        }
        let target = link.read_link()?;
        if target.is_absolute() {
            self.here = PathBuf::from("/");
            self.found = self.here.symlink_metadata()?;
        }
        let rest = std::mem::replace(&mut self.ahead, names(&target));
        self.ahead.extend(rest);
        Ok(())
    }

    /// Refuses the directory that was reached if its mode has one of these bits.
    fn keep_out(&self, bits: u32) -> Result<(), StoreError> {
        match self.found.mode() & 0o7777 {
            mode if mode & bits == 0 => Ok(()),
            mode => Err(StoreError::Way {
                path: self.directory.to_owned(),
                by: self.here.clone(),
                why: format!("is writable by other users (mode {mode:04o})"),
            }),
        }
    }
}

fn broken(directory: &Path, source: Error) -> StoreError {
    StoreError::Directory {
        path: directory.to_owned(),
        source,
    }
}

/// The names in a path, each to be looked up in the directory that the one before leads to.
fn names(path: &Path) -> VecDeque<OsString> {
    let names = path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::CurDir | Component::RootDir | Component::Prefix(_) => None,
    });
    names.collect()
}

fn above(here: &Path) -> PathBuf {
    here.parent().unwrap_or(here).to_owned()
}
