//! Errors of the store.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::MigrateError;
use uuid::Uuid;

use super::holder::Holder;
use super::run_id::RunId;
use super::state::State;
use crate::advice;
use crate::explain::{Explain, report_defect};
use crate::reason::{Exit, Reason};
use crate::settings::files::PathError;
use crate::settings::files::unix_users;

/// What the database says.
type Foreign = Box<dyn Error + Send + Sync>;

/// An operation of the store that did not happen; the store is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the state directory {} could not be created", path.display())]
    CreateDirectory { path: PathBuf, source: std::io::Error },
    #[error("the state directory {} is accessible to other users (mode {mode:04o})", path.display())]
    Exposed { path: PathBuf, mode: u32 },
    #[error("root cannot safely use the state directory {}", path.display())]
    UnsafePath { path: PathBuf, source: PathError },
    #[error("the state directory {} cannot be used", path.display())]
    Directory { path: PathBuf, source: std::io::Error },
    #[error("the file {} of the store cannot be used", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("the file {} of the store is a symbolic link, which is not followed", path.display())]
    Link { path: PathBuf },
    #[error("{} belongs to {owner}, and this process runs as {user}", path.display())]
    Owner {
        path: PathBuf,
        owner: String,
        user: String,
        directory: PathBuf,
    },
    #[error("{} belongs to {owner}, and this process runs as {user}", path.display())]
    OtherUser { path: PathBuf, owner: String, user: String },
    #[error("the state directory {} is on a network file system ({kind})", path.display())]
    Network { path: PathBuf, kind: String },
    #[error("{holder} is using the state directory {}", path.display())]
    Locked { path: PathBuf, holder: Holder },
    #[error(
        "the store could not be opened, because another process held the lock on {} for {} s",
        path.display(),
        longest.as_secs()
    )]
    Opening { path: PathBuf, longest: Duration },
    #[error("the store {} could not be opened", path.display())]
    Open { path: PathBuf, source: Foreign },
    #[error("the store {} is damaged", path.display())]
    Malformed { path: PathBuf, source: Foreign },
    #[error("the store {} was written by another version of this program", path.display())]
    Version { path: PathBuf, source: Foreign },
    #[error("the store could not {attempt}")]
    Query { attempt: &'static str, source: Foreign },
    #[error("no run was started, because another one has not finished")]
    NotThrough,
    #[error("the store holds something that cannot be read in the column `{column}` of run {run}")]
    Damaged { run: String, column: &'static str },
    #[error("the store {} belongs to the server ID {theirs}, but the settings are for {ours}", path.display())]
    OtherServer { path: PathBuf, theirs: Uuid, ours: Uuid },
    #[error("the store {} belongs to the server ID {theirs}, but the license usage file is of {ours}", path.display())]
    OtherFile { path: PathBuf, theirs: Uuid, ours: Uuid },
    #[error("run {run} is {from} and cannot become {to}")]
    Transition { run: RunId, from: State, to: State },
}

impl StoreError {
    pub(super) fn query(attempt: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |error| Self::Query {
            attempt,
            source: cause(error),
        }
    }

    /// A run that could not be started.
    pub(super) fn begin(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(refusal) if refusal.is_unique_violation() => Self::NotThrough,
            _ => Self::query("start a run")(error),
        }
    }

    pub(super) fn open(path: &Path, error: sqlx::Error) -> Self {
        Self::Open {
            path: path.to_owned(),
            source: cause(error),
        }
    }

    /// A database that could not be brought up to date: because of its version, or because it cannot be used at all.
    pub(super) fn migrate(path: &Path, error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Self::open(path, error),
            other => Self::Version {
                path: path.to_owned(),
                source: other.into(),
            },
        }
    }
}

#[cfg(feature = "failpoints")]
impl From<crate::failpoint::Reached> for StoreError {
    fn from(reached: crate::failpoint::Reached) -> Self {
        Self::query("continue")(sqlx::Error::Io(std::io::Error::other(reached)))
    }
}

/// What the database itself says, without the wrapping that says the same once more.
fn cause(error: sqlx::Error) -> Foreign {
    match error {
        sqlx::Error::Database(error) => error.into_error(),
        other => other.into(),
    }
}

impl Explain for StoreError {
    fn reason(&self) -> Reason {
        match self {
            Self::Locked { .. } | Self::Opening { .. } => Reason::AlreadyRunning,
            Self::OtherServer { .. } | Self::OtherFile { .. } | Self::Network { .. } => Reason::ConfigInvalid,
            _ => Reason::Internal,
        }
    }

    fn other_exit(&self) -> Option<Exit> {
        let is_defect = matches!(self, Self::Transition { .. } | Self::NotThrough);
        (self.reason() == Reason::Internal && !is_defect).then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::CreateDirectory { path, .. } | Self::Directory { path, .. } => format!(
                "make {} a directory that belongs to the user that runs this program, or set `state.directory`",
                path.display()
            ),
            Self::File { path, .. } => format!(
                "make {} and the directory it is in readable and writable for the user that runs this program",
                path.display()
            ),
            Self::Link { path } => format!(
                "find out who made the link {}; then remove it, or put the file that it names in its place; to keep the state \
                 elsewhere, set `state.directory`",
                path.display()
            ),
            Self::Owner { user, directory, .. } => format!(
                "stop the service, then run `chown -R {user}: {}`; files that root restores belong to root",
                directory.display()
            ),
            Self::OtherUser { owner, .. } => unix_users::run_as(owner),
            Self::UnsafePath { source, .. } => {
                source.help("set `state.directory` to a directory that other users cannot replace")
            }
            Self::Exposed { path, .. } => format!("run `chmod 0700 {}`", path.display()),
            Self::Network { .. } => "set `state.directory` to a directory on a local disk, and move the files there: the \
                database needs memory that all processes share and locks that the kernel keeps, which a network file system \
                does not give it"
                .to_owned(),
            Self::Locked { .. } => format!(
                "a sync is under way; wait until it is finished, {} shows how far it is",
                advice::command("status")
            ),
            Self::Opening { path, .. } => format!(
                "the lock is held for moments only; as root, `fuser -v {}` shows the user, the ID and the name of each process \
                 that has it open; end the one that hangs or should not be there",
                advice::quoted(&path.to_string_lossy())
            ),
            Self::Open { path, .. } => format!(
                "check that {} is on a healthy, writable file system with space left; if it was damaged, stop the \
                 service, then restore it from a backup or move it away to start anew",
                path.display()
            ),
            Self::Version { .. } => "run the version that wrote it, or a newer one; nothing was changed".to_owned(),
            Self::Query { .. } => {
                "check that the file system of `state.directory` is healthy, writable and has space left".to_owned()
            }
            Self::Malformed { .. } | Self::Damaged { .. } => {
                "stop the service, then restore the state directory from a backup, or move it away to start anew; nothing was \
                 changed"
                    .to_owned()
            }
            Self::OtherServer { path, theirs, .. } => format!(
                "for one of several servers on this machine use `--instance NAME`, which has a state directory of its own; for \
                 the same server set `server.id` to {theirs}; if its ID really has to change, stop the service and move {}* \
                 away: the history starts anew, and the cloud sees a new server",
                path.display()
            ),
            Self::OtherFile { path, theirs, ours } => for_other_file(path, *theirs, *ours),
            Self::Transition { .. } | Self::NotThrough => report_defect(),
        })
    }
}

/// Under `server.id` a file of another ID would be refused, so that is no advice here.
fn for_other_file(path: &Path, theirs: Uuid, ours: Uuid) -> String {
    format!(
        "put the license usage file of the server {theirs} there; if the ID of this server is {ours}, stop the service and move \
         {}* away: the history starts anew, and the cloud sees a new server",
        path.display()
    )
}
