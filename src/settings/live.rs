//! The settings in force while a run goes on: each question for the gate is answered anew.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::stamp::Apart;
use super::{Gate, Settings, Sources};

/// The settings in force.
pub struct LiveSettings {
    /// Where they are read from at each question; a daemon waits until it is told to reload instead.
    followed: Option<Sources>,
    in_force: Mutex<Settings>,
}

impl LiveSettings {
    /// Starts with settings that were loaded from `sources`, and follows what becomes of them.
    #[must_use]
    pub fn following(sources: Sources, settings: &Settings) -> Self {
        Self {
            followed: Some(sources),
            in_force: Mutex::new(settings.clone()),
        }
    }

    /// Stays with `settings` until they are [replaced](Self::replace).
    #[must_use]
    pub fn held(settings: &Settings) -> Self {
        Self {
            followed: None,
            in_force: Mutex::new(settings.clone()),
        }
    }

    /// From now on `settings` are in force.
    pub fn replace(&self, settings: &Settings) {
        *self.in_force() = settings.clone();
    }

    /// The gate as the file says now. When the file is wrong as a whole, or lost a switch that was on, what was in force
    /// stays in force.
    pub fn gate(&self) -> Gate {
        let mut in_force = self.in_force();
        match self.followed.as_ref().map(Settings::load) {
            None => {}
            Some(Ok(settings)) => match in_force.gate.lost_switch(&settings) {
                Some(key) => {
                    tracing::warn!("`{key}` is no longer in the settings; the old ones stay in force");
                }
                None => *in_force = settings,
            },
            Some(Err(error)) => {
                tracing::warn!("the settings were changed and are wrong; the old ones stay in force: {error}");
            }
        }
        in_force.gate.clone()
    }

    /// Whether a switch is written as `false`. A file in which nothing is written may be one that is being written, and
    /// nothing is deleted because of it.
    pub fn is_switched_off(&self) -> bool {
        self.in_force().is_switched_off
    }

    /// Makes sure that the credentials on disk are those of the settings in force.
    ///
    /// # Errors
    /// [`Apart`] when they may be for another host.
    pub fn make_sure_of_credentials(&self) -> Result<(), Apart> {
        match self.followed {
            // They are always read together.
            Some(_) => Ok(()),
            None => self.in_force().stamps.check(),
        }
    }

    fn in_force(&self) -> MutexGuard<'_, Settings> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
