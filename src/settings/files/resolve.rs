//! Who decides what a path leads to: the owners and modes of the directories and links on it.
//!
//! The path is followed entry by entry from the root directory. An entry is read only after the directory that holds
//! it was found to be out of everybody's reach but the owner's, so what was seen stays as it was. Nothing is created and no
//! file is opened.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::{Error, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use super::unix_users::Users;

/// The mode bits that let group and others write: into a file, or the entries of a directory.
pub const WRITABLE: u32 = 0o022;

/// The mode bit of a directory whose entries can be replaced by their owners alone.
const STICKY: u32 = 0o1000;

/// As many as Linux follows.
const MOST_LINKS: usize = 40;

/// Why a path is not followed.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    #[error("{} is writable by other users (mode {mode:04o})", path.display())]
    Writable { path: PathBuf, mode: u32 },
    #[error("{} belongs to the user {owner}", path.display())]
    Owner { path: PathBuf, owner: u32 },
    #[error("the path {} cannot be followed", path.display())]
    Broken { path: PathBuf, source: Error },
}

impl PathError {
    /// What to do about it; in general `otherwise`, since what belongs to somebody else may be meant to.
    pub fn help(&self, otherwise: &str) -> String {
        match self {
            Self::Writable { path, .. } => format!("run `chmod go-w {}`, or {otherwise}", path.display()),
            Self::Owner { .. } | Self::Broken { .. } => otherwise.to_owned(),
        }
    }
}

/// What a path leads over, to its end or to the last directory that is there.
#[derive(Debug)]
pub struct ResolvedPath {
    /// What was reached, over no link.
    here: PathBuf,
    found: Metadata,
    /// What is to be looked up next.
    ahead: VecDeque<OsString>,
    links: usize,
    is_complete: bool,
    /// The links and directories that were passed, with their owners.
    passed: Vec<(u32, PathBuf)>,
    /// The owners of the entries that were looked up in a directory in which everybody can make some, like `/tmp`, with that
    /// directory and its mode.
    shared: Vec<(u32, PathBuf, u32)>,
}

impl ResolvedPath {
    /// Follows the path. Whose the directories and links are is for the caller to [judge](Self::make_sure_of).
    ///
    /// # Errors
    /// [`PathError::Writable`] when other users than the owner of a directory decide where the path leads;
    /// [`PathError::Broken`] when it leads nowhere.
    pub fn follow(path: &Path) -> Result<Self, PathError> {
        let broken = |source| PathError::Broken {
            path: path.to_owned(),
            source,
        };
        let here = PathBuf::from("/");
        let mut way = Self {
            found: here.symlink_metadata().map_err(broken)?,
            here,
            ahead: names(&std::path::absolute(path).map_err(broken)?),
            links: 0,
            is_complete: true,
            passed: Vec::new(),
            shared: Vec::new(),
        };
        while let Some(name) = way.ahead.pop_front() {
            if !way.found.is_dir() {
                return Err(broken(ErrorKind::NotADirectory.into()));
            }
            let next = if name == ".." {
                above(&way.here)
            } else {
                way.here.join(&name)
            };
            match next.symlink_metadata() {
                Ok(found) => {
                    way.pass()?;
                    way.note_shared(found.uid());
                    way.step(next, found).map_err(broken)?;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    // A user who can create an entry here would decide what this one is.
                    way.keep_out(WRITABLE)?;
                    way.is_complete = false;
                    break;
                }
                Err(source) => return Err(broken(source)),
            }
        }
        Ok(way)
    }

    /// What was reached, over no link.
    pub fn here(&self) -> &Path {
        &self.here
    }

    /// What was found there.
    pub fn found(&self) -> &Metadata {
        &self.found
    }

    /// Whether that is what the path names, and not the last directory that is there.
    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Makes sure that nobody but root and one of `owners` owns a link or a directory that was passed.
    ///
    /// # Errors
    /// [`PathError::Owner`] with the first one that somebody else owns.
    pub fn make_sure_of(&self, owners: &[u32]) -> Result<(), PathError> {
        let users = Users::of_process();
        let is_foreign = |owner: u32| owners.iter().all(|user| users.is_foreign(owner, *user));
        match self.passed.iter().find(|(owner, _)| is_foreign(*owner)) {
            Some((owner, path)) => Err(PathError::Owner {
                path: path.clone(),
                owner: *owner,
            }),
            None => Ok(()),
        }
    }

    /// Makes sure that `user` or root made each entry of a directory in which everybody can make some: anybody else could have
    /// been the first to make it.
    fn make_sure_of_shared(&self, user: u32) -> Result<(), PathError> {
        let users = Users::of_process();
        match self.shared.iter().find(|(owner, ..)| users.is_foreign(*owner, user)) {
            Some((_, path, mode)) => Err(PathError::Writable {
                path: path.clone(),
                mode: *mode,
            }),
            None => Ok(()),
        }
    }

    /// Goes to an entry, or on as it says.
    fn step(&mut self, next: PathBuf, found: Metadata) -> Result<(), Error> {
        if !found.is_symlink() {
            (self.here, self.found) = (next, found);
            return Ok(());
        }
        self.links += 1;
        if self.links > MOST_LINKS {
            return Err(Error::from_raw_os_error(libc::ELOOP));
        }
        let target = next.read_link()?;
        self.passed.push((found.uid(), next));
        if target.is_absolute() {
            self.here = PathBuf::from("/");
            self.found = self.here.symlink_metadata()?;
        }
        let rest = std::mem::replace(&mut self.ahead, names(&target));
        self.ahead.extend(rest);
        Ok(())
    }

    /// Looks an entry that is there up in the directory that was reached.
    fn pass(&mut self) -> Result<(), PathError> {
        let is_sticky = self.found.mode() & STICKY != 0;
        self.keep_out(if is_sticky { 0 } else { WRITABLE })?;
        self.passed.push((self.found.uid(), self.here.clone()));
        Ok(())
    }

    /// Notes an entry of the directory that was reached, if everybody could have made it.
    fn note_shared(&mut self, owner: u32) {
        let mode = self.found.mode() & 0o7777;
        if mode & WRITABLE != 0 {
            self.shared.push((owner, self.here.clone(), mode));
        }
    }

    /// Refuses the directory that was reached if its mode has one of these bits.
    fn keep_out(&self, bits: u32) -> Result<(), PathError> {
        match self.found.mode() & 0o7777 {
            mode if mode & bits == 0 => Ok(()),
            mode => Err(PathError::Writable {
                path: self.here.clone(),
                mode,
            }),
        }
    }
}

/// Makes sure that nobody but root and the user of this process decides where the path leads.
pub(in crate::settings) fn check_path(path: &Path) -> Result<(), PathError> {
    check_path_of_maker(path, uzers::get_effective_uid())
}

/// Makes sure that nobody but root, the user of this process and `maker` decides where the path leads.
pub(super) fn check_path_of_maker(path: &Path, maker: u32) -> Result<(), PathError> {
    let way = ResolvedPath::follow(path)?;
    let user = uzers::get_effective_uid();
    way.make_sure_of(&[user, maker])?;
    way.make_sure_of_shared(user)?;
    if way.is_complete {
        return Ok(());
    }
    Err(PathError::Broken {
        path: path.to_owned(),
        source: ErrorKind::NotFound.into(),
    })
}

/// Makes sure that nobody but root and the user of this process replaces what is made in this directory, or the directory
/// itself. Returns the last directory of the path that is there.
pub fn check_directory(directory: &Path) -> Result<PathBuf, PathError> {
    let mut way = ResolvedPath::follow(directory)?;
    way.pass()?;
    way.make_sure_of(&[uzers::get_effective_uid()])?;
    Ok(way.here)
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
