//! A process that has the state directory, or is its daemon.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::timestamp;

/// A process that has a state directory, as far as it says so.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub struct Holder {
    /// As that process sees it: in a container it may have another number outside.
    pub pid: Option<u32>,
    pub command: Option<Role>,
    /// Since when it has the directory.
    #[serde(serialize_with = "timestamp::serialize")]
    pub since: Option<DateTime<Utc>>,
}

/// What a process that has a state directory does; each is a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The daemon.
    Run,
    Sync,
    Approve,
    Discard,
    Upload,
}

impl Holder {
    /// This process.
    pub(super) fn this(command: Role, since: DateTime<Utc>) -> Self {
        Self {
            pid: Some(std::process::id()),
            command: Some(command),
            since: Some(since),
        }
    }
}

impl fmt::Display for Holder {
    /// Like "process 4242 (the daemon)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "process {pid}")?,
            None => f.write_str("another process")?,
        }
        match self.command {
            Some(Role::Run) => f.write_str(" (the daemon)"),
            Some(role) => {
                f.write_str(" (")?;
                // The name of the command, as it is written in the note.
                role.serialize(&mut *f)?;
                f.write_str(")")
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_named_as_it_is_noted() {
        for (role, expected) in [
            (Role::Run, r#""run": another process (the daemon)"#),
            (Role::Sync, r#""sync": another process (sync)"#),
            (Role::Approve, r#""approve": another process (approve)"#),
            (Role::Discard, r#""discard": another process (discard)"#),
        ] {
            let holder = Holder {
                command: Some(role),
                ..Holder::default()
            };
            let noted = serde_json::to_string(&role).unwrap();
            assert_eq!(format!("{noted}: {holder}"), expected);
        }
    }
}
