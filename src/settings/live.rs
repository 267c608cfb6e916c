//! The settings in force while a run goes on: each question for the gate is answered anew.

use std::sync::{Mutex, PoisonError};

use super::{Gate, Settings, Sources};

/// The settings in force.
pub struct LiveSettings {
    /// Where they are read from at each question; a daemon waits until it is told to reload instead.
    followed: Option<Sources>,
    gate: Mutex<Gate>,
}

impl LiveSettings {
    /// Starts with settings that were loaded from `sources`, and follows what becomes of them.
    #[must_use]
    pub fn following(sources: Sources, settings: &Settings) -> Self {
        Self {
            followed: Some(sources),
            gate: Mutex::new(settings.gate.clone()),
        }
    }

    /// Stays with `settings` until they are [replaced](Self::replace).
    #[must_use]
    pub fn held(settings: &Settings) -> Self {
        Self {
            followed: None,
            gate: Mutex::new(settings.gate.clone()),
        }
    }

    /// From now on `settings` are in force.
    pub fn replace(&self, settings: &Settings) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = settings.gate.clone();
    }

    /// The gate as the file says now. When the file is wrong as a whole, what was in force stays in force.
    pub fn gate(&self) -> Gate {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        match self.followed.as_ref().map(Settings::load) {
            None => {}
            Some(Ok(settings)) => *gate = settings.gate,
            Some(Err(error)) => {
                tracing::warn!("the settings were changed and are wrong; the old ones stay in force: {error}");
            }
        }
        gate.clone()
    }
}
