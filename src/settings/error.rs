//! Errors of the settings.

use std::io;
use std::path::PathBuf;

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::files::WriterError;
use crate::settings::load::merge::MergeError;
use crate::settings::problem::{Findings, Problem};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("there is no settings file {}", path.display())]
    NotFound { path: PathBuf },
    #[error("the settings file {} could not be read", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Writer(#[from] WriterError),
    #[error("the settings file {} is larger than 1 MiB", path.display())]
    TooLarge { path: PathBuf },
    #[error("the settings file {} is not UTF-8 text (line {line})", path.display())]
    NotText { path: PathBuf, line: usize },
    #[error("the file, the environment and the flags could not be merged")]
    Unmergeable { source: MergeError },
    #[error("{} in the settings", count(problems.len()))]
    Invalid { file: PathBuf, problems: Vec<Problem> },
}

fn count(problems: usize) -> String {
    match problems {
        1 => "1 problem".to_owned(),
        n => format!("{n} problems"),
    }
}

impl Explain for SettingsError {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn details(&self) -> Option<String> {
        match self {
            Self::Invalid { problems, .. } => {
                let mut blocks: Vec<String> = problems.iter().map(ToString::to_string).collect();
                if problems.len() >= Findings::MAX {
                    blocks.push("there may be more problems; they are not shown".to_owned());
                }
                Some(blocks.join("\n\n"))
            }
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { .. } => {
                "the settings are read from the file named by `--config` or `--instance`, else by \
                 GHE_LICENSE_SYNC_CONFIG, else from /etc/ghe-license-sync/config.toml"
                    .to_owned()
            }
            Self::Unreadable { path, .. } => format!(
                "make {} a file that the user who runs this program can read, or name another one with `--config` or \
                 GHE_LICENSE_SYNC_CONFIG",
                path.display()
            ),
            Self::Writer(error) => return error.help(),
            Self::TooLarge { .. } => {
                "that is far more than settings can be; check `--config` and GHE_LICENSE_SYNC_CONFIG".to_owned()
            }
            Self::NotText { .. } => "save the file as UTF-8 text".to_owned(),
            Self::Unmergeable { .. } => "write the key of which the cause speaks in one place only".to_owned(),
            Self::Invalid { .. } => return None,
        })
    }
}
