//! Why a program gave no list, and what to do about it.

use std::io;
use std::path::Path;

use super::start_error::StartError;
use super::subject::Subject;

/// Why a program gave no report.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("it could not be started")]
    Start(#[source] StartError),
    #[error("its output could not be read")]
    Read(#[source] io::Error),
    #[error("it writes more than {limit} bytes")]
    TooLarge { limit: u64 },
    /// `limit` is in words, like `30m`.
    #[error("it did not end within {limit}, and was ended")]
    Slow { limit: String },
    /// `status` is in words, like `exit status: 3`.
    #[error("it failed, {status}")]
    Failed { status: String },
}

impl CommandError {
    /// What to do about it.
    pub(super) fn help(&self, program: &Path, subject: Subject) -> String {
        match self {
            Self::Start(error) => error.help(program, &subject.command_key("run")),
            Self::Slow { .. } => {
                let key = subject.command_key("timeout");
                format!("run it in a shell; if it is only slow, raise `{key}`")
            }
            Self::Read(_) | Self::TooLarge { .. } | Self::Failed { .. } => {
                "run it in a shell as the user of this program, with `env -i` in front, since it gets no environment here; a \
                 sync on a terminal shows the end of its standard error, which is not kept, as it can name users"
                    .to_owned()
            }
        }
    }
}
