//! Why a sandbox does not start.

use std::io;
use std::path::PathBuf;

use aws_lc_rs::error::Unspecified;

use crate::explain::Explain;
use crate::reason::Exit;

/// The sandbox did not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("the sandbox's directory {} could not be made", path.display())]
    Directory { path: PathBuf, source: io::Error },
    #[error("the sandbox's file {} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} is not a settings file of an earlier sandbox, and is left as it is", path.display())]
    Taken { path: PathBuf },
    #[error("the sandbox could not listen on a loopback port")]
    Listen(#[source] io::Error),
    #[error("the sandbox could not generate the key of its GitHub App")]
    GenerateKey(#[source] Unspecified),
    #[error("the sandbox stopped while it drew its people")]
    Draw(#[source] tokio::task::JoinError),
}

impl Explain for SandboxError {
    fn other_exit(&self) -> Option<Exit> {
        matches!(self, Self::Directory { .. } | Self::Write { .. } | Self::Taken { .. }).then_some(Exit::Io)
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Directory { .. } | Self::Write { .. } => {
                Some("name a directory that you may write to, with room on its disk".to_owned())
            }
            Self::Taken { .. } => Some("name an empty directory, or one of an earlier sandbox".to_owned()),
            Self::Listen(_) => Some("check that 127.0.0.1 is up and that ports are left".to_owned()),
            Self::GenerateKey(_) | Self::Draw(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;

    fn told(error: &SandboxError) -> String {
        let cause = error.source().map(ToString::to_string).unwrap_or_default();
        let help = error.help().unwrap_or_else(|| "none".to_owned());
        format!("{error}\n  cause: {cause}\n  help: {help}")
    }

    #[test]
    fn each_error_names_the_attempt_and_leaves_the_cause_to_its_source() {
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let path = PathBuf::from("/srv/sandbox");
        let all = [
            SandboxError::Directory {
                path: path.clone(),
                source: denied(),
            },
            SandboxError::Write {
                path: path.clone(),
                source: denied(),
            },
            SandboxError::Taken {
                path: path.join("config.toml"),
            },
            SandboxError::Listen(denied()),
            SandboxError::GenerateKey(Unspecified),
        ];
        insta::assert_snapshot!(all.each_ref().map(told).join("\n"), @"
        the sandbox's directory /srv/sandbox could not be made
          cause: permission denied
          help: name a directory that you may write to, with room on its disk
        the sandbox's file /srv/sandbox could not be written
          cause: permission denied
          help: name a directory that you may write to, with room on its disk
        /srv/sandbox/config.toml is not a settings file of an earlier sandbox, and is left as it is
          cause: 
          help: name an empty directory, or one of an earlier sandbox
        the sandbox could not listen on a loopback port
          cause: permission denied
          help: check that 127.0.0.1 is up and that ports are left
        the sandbox could not generate the key of its GitHub App
          cause: Unspecified
          help: none
        ");
    }
}
