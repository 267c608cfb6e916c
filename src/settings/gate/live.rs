//! The settings in force during a run: each check of the gate reads them again.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::settings::{Gate, ReadAccess, Settings, Sources, Unwatchable};

/// The settings in force.
pub struct LiveSettings {
    /// Where they are read from at each question; a daemon waits for a reload instead.
    followed: Option<Sources>,
    in_force: Mutex<Settings>,
}

impl LiveSettings {
    /// Starts with settings that were loaded from `sources`, and follows what happens to them.
    pub fn following(sources: Sources, settings: &Settings) -> Self {
        Self {
            followed: Some(sources),
            in_force: Mutex::new(settings.clone()),
        }
    }

    /// Stays with `settings` until they are [replaced](Self::replace).
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

    /// The gate as the file says now. Settings that are wrong, or that [cannot take the place](Settings::succeed) of those
    /// in force, leave these in force.
    pub fn gate(&self) -> Gate {
        let mut in_force = self.in_force();
        match self.followed.as_ref().map(Settings::load) {
            None => {}
            Some(Ok(settings)) => match settings.succeed(&in_force) {
                Ok(()) => *in_force = settings,
                Err(error) => tracing::warn!("the settings were changed, and the old ones stay in force: {error}"),
            },
            Some(Err(error)) => {
                tracing::warn!("the settings were changed and are wrong; the old ones stay in force: {error}");
            }
        }
        in_force.gate.clone()
    }

    /// How the cloud account is read, by the settings that were found when the gate was last asked.
    pub fn watch(&self) -> Result<ReadAccess, Unwatchable> {
        self.in_force().watch().cloned()
    }

    /// Whether a switch is written as `false`. A file in which nothing is written may be one that is being written, and
    /// nothing is deleted because of it.
    pub fn is_switched_off(&self) -> bool {
        self.in_force().is_switched_off
    }

    fn in_force(&self) -> MutexGuard<'_, Settings> {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
