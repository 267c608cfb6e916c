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
use crate::settings::{ROOT, UNIT, unit_of};
use crate::store::{self, StoreError};

/// The unit that does what is due, once.
const TIMED_UNIT: &str = "ghe-license-sync-sync";

/// Why root does not work on a state directory.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrivilegeError {
    #[error(transparent)]
    Way(#[from] StoreError),
    #[error("the state directory {} belongs to another user than root: {owner}", path.display())]
    Foreign { path: PathBuf, owner: String, help: String },
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
            Self::Foreign { help, .. } => help.clone(),
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
    advice::leave_sync_to(match unit_of(&options.settings_file()) {
        Some(unit) => advice::signal(&unit),
        None => as_user(owner, "sync"),
    });
    Ok(())
}

/// Refuses to sync as root on a directory of somebody else; `arguments` are what was asked for.
pub(super) fn refuse_foreign(options: &Options, directory: &Path, arguments: &str) -> Result<(), PrivilegeError> {
    let Some(owner) = foreign_owner(directory)? else {
        return Ok(());
    };
    Err(PrivilegeError::Foreign {
        path: directory.to_owned(),
        owner: name(owner).unwrap_or_else(|| owner.to_string()),
        help: instead(&options.settings_file(), arguments, owner),
    })
}

/// What root runs instead: the service has the credentials and the sandbox, where there is one.
fn instead(settings: &Path, arguments: &str, owner: u32) -> String {
    let Some(unit) = unit_of(settings) else {
        return format!("run `{}`", as_user(owner, arguments));
    };
    // An instance has no timer.
    let what_is_due = if unit == UNIT { TIMED_UNIT } else { &unit };
    match arguments {
        "run" => format!("run `systemctl start {unit}`"),
        "sync" => format!(
            "run `{}`, and the service syncs at once; if it is not running, run `systemctl start {what_is_due}`",
            advice::signal(&unit)
        ),
        "sync --scheduled" => format!("run `systemctl start {what_is_due}`"),
        _ => format!("run `{}`", as_user(owner, arguments)),
    }
}

/// The command line that root runs as another user.
fn as_user(owner: u32, arguments: &str) -> String {
    let command = advice::command_line(arguments);
    match name(owner) {
        Some(name) => format!("runuser -u {name} -- {command}"),
        None => format!("setpriv --reuid {owner} --clear-groups {command}"),
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
