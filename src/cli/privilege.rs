//! What root may do with a state directory of somebody else: nothing as root. Commands that look and decide become its
//! owner; those that sync refuse, since the unit has the credentials and the sandbox.
//!
//! Both are done before there is a second thread: user and group IDs belong to a thread, and nobody would drop those of the
//! others.

use std::io;
use std::path::{Path, PathBuf};

use rustix::thread::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::Options;
use crate::advice;
use crate::explain::Explain;
use crate::reason::{Exit, Reason};
use crate::settings::{Instance, ROOT};
use crate::store::{self, StoreError};

/// Why root does not work on a state directory.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrivilegeError {
    #[error(transparent)]
    Way(#[from] StoreError),
    #[error("the state directory {} belongs to another user than root: {owner}", path.display())]
    Foreign {
        path: PathBuf,
        owner: String,
        /// What runs the command as that user.
        instead: String,
    },
    #[error("the state directory {} belongs to the user {owner}, which has no account on this machine", path.display())]
    NoAccount { path: PathBuf, owner: u32 },
    #[error("this process of root could not become the user {owner}, to which the state directory {} belongs", path.display())]
    Drop {
        path: PathBuf,
        owner: u32,
        source: io::Error,
    },
}

impl Explain for PrivilegeError {
    fn reason(&self) -> Reason {
        match self {
            Self::Way(error) => error.reason(),
            _ => Reason::PermissionMissing,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Way(error) => error.exit(),
            _ => self.reason().exit(),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Way(error) => return error.help(),
            Self::Foreign { instead, .. } => format!("run `{instead}`"),
            Self::NoAccount { path, .. } => format!(
                "give the directory to the user of the service with `chown`, or set `state.directory`; `ls -ld {}` shows its \
                 owner",
                path.display()
            ),
            Self::Drop { .. } => "run this command as that user".to_owned(),
        })
    }
}

/// Gives up root for the owner of the state directory, for good: the user, its primary group, no other groups. A sync is
/// advised as root can start it.
pub(super) fn become_owner(options: &Options, directory: &Path) -> Result<(), PrivilegeError> {
    let Some(owner) = foreign_owner(directory)? else {
        return Ok(());
    };
    let Some(user) = uzers::get_user_by_uid(owner) else {
        return Err(PrivilegeError::NoAccount {
            path: directory.to_owned(),
            owner,
        });
    };
    let (uid, gid) = (Uid::from_raw(owner), Gid::from_raw(user.primary_group_id()));
    set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid))
        .map_err(|error| PrivilegeError::Drop {
            path: directory.to_owned(),
            owner,
            source: error.into(),
        })?;
    advice::leave_sync_to(instead(options, "sync", owner));
    Ok(())
}

/// Refuses to sync as root on a directory of somebody else; `command` is what was asked for.
pub(super) fn refuse_foreign(options: &Options, directory: &Path, command: &str) -> Result<(), PrivilegeError> {
    let Some(owner) = foreign_owner(directory)? else {
        return Ok(());
    };
    Err(PrivilegeError::Foreign {
        path: directory.to_owned(),
        owner: name(owner).unwrap_or_else(|| owner.to_string()),
        instead: instead(options, command, owner),
    })
}

/// What does for root what `command` would do: the unit, or else the command as that user.
fn instead(options: &Options, command: &str, owner: u32) -> String {
    match (unit(&options.settings_file(), command), name(owner)) {
        (Some(unit), _) => format!("systemctl start {unit}"),
        (None, Some(name)) => format!("runuser -u {name} -- {}", advice::command_line(command)),
        (None, None) => format!(
            "setpriv --reuid {owner} --clear-groups {}",
            advice::command_line(command)
        ),
    }
}

fn name(user: u32) -> Option<String> {
    uzers::get_user_by_uid(user).map(|user| user.name().to_string_lossy().into_owned())
}

/// The owner of the directory, if this is a process of root and root is not the owner.
fn foreign_owner(directory: &Path) -> Result<Option<u32>, StoreError> {
    if uzers::get_effective_uid() != ROOT {
        return Ok(None);
    }
    store::owner(directory).map(|owner| (owner != ROOT).then_some(owner))
}

/// The unit that has these settings and does what `command` does.
fn unit(settings: &Path, command: &str) -> Option<String> {
    if settings == Path::new(super::SETTINGS_FILE) {
        return Some(match command {
            "run" => "ghe-license-sync".to_owned(),
            _ => "ghe-license-sync-sync".to_owned(),
        });
    }
    let instance: Instance = settings.file_stem()?.to_str()?.parse().ok()?;
    (instance.settings_file() == settings).then(|| format!("ghe-license-sync@{instance}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_unit_are_known_by_their_place() {
        let unit = |file: &str, command: &str| unit(Path::new(file), command);
        let expected = |unit: &str| Some(unit.to_owned());
        assert_eq!(
            unit("/etc/ghe-license-sync/config.toml", "run"),
            expected("ghe-license-sync")
        );
        assert_eq!(
            unit("/etc/ghe-license-sync/config.toml", "sync"),
            expected("ghe-license-sync-sync")
        );
        assert_eq!(
            unit("/etc/ghe-license-sync/one.toml", "sync"),
            expected("ghe-license-sync@one")
        );
        assert_eq!(unit("/etc/ghe-license-sync/one.toml.bak", "sync"), None);
        assert_eq!(unit("/tmp/config.toml", "run"), None);
    }
}
