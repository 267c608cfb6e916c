//! Which settings may take the place of those in force while the process runs.

use std::path::PathBuf;

use super::{Gate, Settings};
use crate::explain::Explain;
use crate::reason::Reason;

/// Why settings that are good in themselves cannot take the place of those in force.
#[derive(Debug, thiserror::Error)]
pub enum SuccessionError {
    #[error("`state.directory` is now {}, and this process works in {}", .named.display(), .used.display())]
    OtherDirectory { named: PathBuf, used: PathBuf },
    /// A file in which a switch is missing may be one that is being written.
    #[error("`{0}` is no longer in the settings")]
    LostSwitch(&'static str),
}

impl Explain for SuccessionError {
    fn reason(&self) -> Reason {
        Reason::ConfigInvalid
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::OtherDirectory { .. } => {
                "restart the service to change the state directory; the document in the old one, if there is one, is not sent"
                    .to_owned()
            }
            Self::LostSwitch(key) => {
                format!("write `{key} = false` to turn it off; what waits to be delivered is deleted then")
            }
        })
    }
}

impl Settings {
    /// Makes sure that these settings can take the place of the `old` ones.
    ///
    /// # Errors
    /// [`SuccessionError`] when they would split the state, or close the gate without saying so.
    pub fn succeed(&self, old: &Self) -> Result<(), SuccessionError> {
        match (&old.gate, &self.gate) {
            (Gate::Open(_), Gate::Closed(closed)) if !self.is_switched_off => {
                return Err(SuccessionError::LostSwitch(closed.key()));
            }
            _ => {}
        }
        if self.state_directory != old.state_directory {
            return Err(SuccessionError::OtherDirectory {
                named: self.state_directory.clone(),
                used: old.state_directory.clone(),
            });
        }
        Ok(())
    }
}
