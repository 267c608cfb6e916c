//! Which settings may replace those in force while the process runs.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sha2::{Digest as _, Sha256};

use crate::explain::Explain;
use crate::license::Digest;
use crate::reason::Reason;
use crate::settings::{Gate, Settings};

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

/// The section that is read once, when the process starts.
const AT_START: &str = "log.";

/// The keys whose values are others than before.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Those that are in force as soon as the new settings are.
    pub in_force: Vec<String>,
    /// Those that take effect in the next process.
    pub after_restart: Vec<String>,
}

impl std::fmt::Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = |keys: &[String]| format!("`{}`", keys.join("`, `"));
        match (&*self.in_force, &*self.after_restart) {
            ([], []) => f.write_str("nothing has changed"),
            (now, []) => write!(f, "in force now: {}", names(now)),
            ([], later) => write!(f, "in force after a restart: {}", names(later)),
            (now, later) => write!(
                f,
                "in force now: {}; in force after a restart: {}",
                names(now),
                names(later)
            ),
        }
    }
}

impl Settings {
    /// What these settings change of the `old` ones.
    pub fn changes(&self, old: &Self) -> Changes {
        let keys = self.values.keys().chain(old.values.keys()).collect::<BTreeSet<_>>();
        let changed = keys
            .into_iter()
            .filter(|key| self.values.get(*key).cloned().flatten() != old.values.get(*key).cloned().flatten())
            .cloned();
        let (after_restart, in_force) = changed.partition(|key| key.starts_with(AT_START));
        Changes {
            in_force,
            after_restart,
        }
    }

    /// A digest of all that these settings say, except for what is read once when the process starts.
    pub fn digest(&self) -> Digest {
        let mut hasher = Sha256::new();
        for (key, value) in self.values.iter().filter(|(key, _)| !key.starts_with(AT_START)) {
            hasher.update(format!("{key} = {value:?}\n"));
        }
        Digest(hasher.finalize().into())
    }

    /// Keeps of the `old` settings what takes effect in the next process.
    pub fn keeping_what_needs_a_restart(mut self, old: &Self) -> Self {
        self.log = old.log;
        for (key, value) in &mut self.values {
            if let Some(before) = old.values.get(key).filter(|_| key.starts_with(AT_START)) {
                value.clone_from(before);
            }
        }
        self
    }

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
