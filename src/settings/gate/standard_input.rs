//! Who may read a report from standard input: it can be read once, by a command that a person starts in a pipeline.

use std::io::{IsTerminal as _, stdin};

use crate::explain::Explain;
use crate::reason::Reason;
use crate::settings::{Settings, Source};

/// What wants to collect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collector {
    /// It collects each week.
    Daemon,
    /// So does `sync --scheduled`.
    Timer,
    /// A command that a person started.
    Person,
}

/// Standard input is the source, and it is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("`server.source.file.path` is `-`, and the daemon cannot read standard input each week")]
    Daemon,
    #[error("`server.source.file.path` is `-`, and a scheduled sync does not read standard input")]
    Timer,
    #[error("`server.source.file.path` is `-`, and standard input is a terminal")]
    Terminal,
}

impl Explain for InputError {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Daemon | Self::Timer => {
                "name a file in `server.source.file.path`, or another source; only a sync that a person starts reads standard input"
            }
            Self::Terminal => {
                "start the command at the end of a pipeline whose first command writes the all-users report"
            }
        };
        Some(help.to_owned())
    }
}

impl Settings {
    /// Makes sure that a report from standard input, if that is the source, can be read by this.
    ///
    /// # Errors
    /// [`InputError`] when it cannot.
    pub fn make_sure_of_input(&self, collector: Collector) -> Result<(), InputError> {
        match self.gate.pass().map(|link| &link.server.source) {
            Ok(Source::Input) => make_sure_of_input(collector),
            _ => Ok(()),
        }
    }
}

/// The same where standard input is the source.
///
/// # Errors
/// [`InputError`] when it cannot be read.
pub fn make_sure_of_input(collector: Collector) -> Result<(), InputError> {
    match collector {
        Collector::Daemon => Err(InputError::Daemon),
        Collector::Timer => Err(InputError::Timer),
        Collector::Person if stdin().is_terminal() => Err(InputError::Terminal),
        Collector::Person => Ok(()),
    }
}
