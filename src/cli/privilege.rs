//! Root on the state directory of another user. Commands that show and decide drop root and become its owner; those
//! that sync refuse, since the unit has the credentials and the sandbox. Both happen before there is a second thread:
//! user and group IDs belong to a thread, and those of other threads would not change.

use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::thread::{Gid, Uid};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::GlobalOptions;
use crate::advice;
use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::unix_users;
use crate::settings::{ROOT, UNIT, name_of};
use crate::store::{self, StoreError};

/// The unit that does what is due, once.
const TIMED_UNIT: &str = "ghe-license-sync-sync";

/// Why root does not work on a state directory.
#[derive(Debug, thiserror::Error)]
pub(super) enum PrivilegeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the state directory {} belongs to another user than root: {owner}", path.display())]
    Foreign { path: PathBuf, owner: String, help: String },
    #[error("the state directory {} belongs to the user {owner}, which has no account on this machine", path.display())]
    NoAccount { path: PathBuf, owner: u32 },
    #[error("there is no state directory {} yet, and root would make one that the service cannot use", path.display())]
    NotStarted { path: PathBuf, help: String },
    #[error("this process of root could not become the user {owner}, to which the state directory {} belongs", path.display())]
    Drop {
        path: PathBuf,
        owner: u32,
        source: io::Error,
    },
}

impl Explain for PrivilegeError {
    fn inner(&self) -> Option<&dyn Explain> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }

    fn reason(&self) -> Reason {
        self.inner().map_or(Reason::PermissionMissing, Explain::reason)
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Store(error) => return error.help(),
            Self::Foreign { help, .. } | Self::NotStarted { help, .. } => help.clone(),
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
/// advised as root can start it. Returns the user, if this process became another one.
pub(super) fn become_owner(options: &GlobalOptions, directory: &Path) -> Result<Option<String>, PrivilegeError> {
    let unit = options.unit();
    let Some(owner) = foreign_owner(directory)? else {
        if let Some(unit) = unit.filter(|_| would_make(directory)) {
            advice::leave_sync_to(start_what_is_due(&unit));
        }
        return Ok(None);
    };
    let (name, group) = match uzers::get_user_by_uid(owner) {
        Some(user) => (
            Some(user.name().to_string_lossy().into_owned()),
            user.primary_group_id(),
        ),
        // As in the volume of a container.
        None => (
            None,
            directory.metadata().map_err(|_| no_account(directory, owner))?.gid(),
        ),
    };
    become_user(directory, owner, group)?;
    match (unit, &name) {
        (Some(unit), _) => advice::leave_sync_to(advice::signal(&unit)),
        (None, Some(name)) => advice::leave_sync_to(as_user(name, "sync")),
        (None, None) => {}
    }
    Ok(Some(name.unwrap_or_else(|| owner.to_string())))
}

/// The same; before there is a state directory, for the user with which the unit will be started, if there is an account.
pub(super) fn become_user_of_service(
    options: &GlobalOptions,
    directory: &Path,
) -> Result<Option<String>, PrivilegeError> {
    if let Some(user) = become_owner(options, directory)? {
        return Ok(Some(user));
    }
    let unit = options.unit().filter(|_| would_make(directory));
    let user = unit.and_then(|unit| uzers::get_user_by_name(&user_of(&unit)));
    match user.filter(|user| user.uid() != ROOT) {
        // Nothing is of that user yet, so root can look as well.
        Some(user) if become_user(directory, user.uid(), user.primary_group_id()).is_ok() => {
            Ok(Some(user.name().to_string_lossy().into_owned()))
        }
        _ => Ok(None),
    }
}

fn become_user(directory: &Path, owner: u32, group: u32) -> Result<(), PrivilegeError> {
    let (uid, gid) = (Uid::from_raw(owner), Gid::from_raw(group));
    let dropped = set_thread_groups(&[])
        .and_then(|()| set_thread_res_gid(gid, gid, gid))
        .and_then(|()| set_thread_res_uid(uid, uid, uid));
    dropped.map_err(|error| PrivilegeError::Drop {
        path: directory.to_owned(),
        owner,
        source: error.into(),
    })?;
    unix_users::gave_up_root();
    Ok(())
}

/// Refuses to sync as root on a directory of somebody else, and on one that the unit has not made yet; `arguments` are what
/// was asked for.
pub(super) fn refuse_foreign(options: &GlobalOptions, directory: &Path, arguments: &str) -> Result<(), PrivilegeError> {
    let path = directory.to_owned();
    let unit = options.unit();
    let Some(owner) = foreign_owner(directory)? else {
        return match unit.filter(|_| would_make(directory)) {
            None => Ok(()),
            Some(unit) => Err(PrivilegeError::NotStarted {
                help: instead_of_making(directory, &unit, arguments),
                path,
            }),
        };
    };
    let name = name_of(owner);
    let command = |what: &str| name.as_deref().map(|name| as_user(name, what));
    let help = match (unit, arguments) {
        (Some(unit), "run") => format!("run `{}`", start(&unit)),
        (Some(unit), "sync") => format!(
            "run `{}`, and the service syncs at once; if it is not running, run `{}`",
            advice::signal(&unit),
            start_what_is_due(&unit)
        ),
        (Some(unit), "sync --scheduled") => format!("run `{}`", start_what_is_due(&unit)),
        _ => format!(
            "run `{}`",
            command(arguments).ok_or_else(|| no_account(directory, owner))?
        ),
    };
    Err(PrivilegeError::Foreign {
        path,
        owner: name.unwrap_or_else(|| owner.to_string()),
        help,
    })
}

fn no_account(directory: &Path, owner: u32) -> PrivilegeError {
    PrivilegeError::NoAccount {
        path: directory.to_owned(),
        owner,
    }
}

/// Whether this process is root's, and a store opened here would make the directory.
fn would_make(directory: &Path) -> bool {
    uzers::get_effective_uid() == ROOT && !directory.exists()
}

/// What makes the directory for its user.
fn instead_of_making(directory: &Path, unit: &str, arguments: &str) -> String {
    let start = match arguments {
        "run" => start(unit),
        "sync" | "sync --scheduled" => start_what_is_due(unit),
        _ => {
            // The unit would send.
            let user = user_of(unit);
            return format!(
                "run `install -d -m 0700 -o {user} -g {user} {}`, then `{}`",
                advice::quoted(&directory.to_string_lossy()),
                as_user(&user, arguments)
            );
        }
    };
    format!("run `{start}`, which makes the directory for the user of the service")
}

/// The user with which a unit is started.
fn user_of(unit: &str) -> String {
    unit.replace('@', "-")
}

fn start(unit: &str) -> String {
    format!("systemctl start {unit}")
}

/// What does once what is due; an instance has no timer.
fn start_what_is_due(unit: &str) -> String {
    start(if unit == UNIT { TIMED_UNIT } else { unit })
}

/// The command line that root runs as another user.
fn as_user(name: &str, arguments: &str) -> String {
    format!("runuser -u {name} -- {}", advice::command_line(arguments))
}

/// The owner of the directory, if this is a process of root and root is not the owner.
fn foreign_owner(directory: &Path) -> Result<Option<u32>, StoreError> {
    if uzers::get_effective_uid() != ROOT {
        return Ok(None);
    }
    store::owner(directory).map(|owner| (owner != ROOT).then_some(owner))
}
