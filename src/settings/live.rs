//! Settings that follow their file: each question for the gate reads it anew.

use std::sync::{Mutex, PoisonError};

use super::{Gate, Settings, Sources};

/// The settings in force.
pub struct LiveSettings {
    sources: Sources,
    gate: Mutex<Gate>,
}

impl LiveSettings {
    /// Starts with settings that were loaded from `sources`.
    #[must_use]
    pub fn new(sources: Sources, settings: &Settings) -> Self {
        Self {
            sources,
            gate: Mutex::new(settings.gate.clone()),
        }
    }

    /// The gate as the file says now. When the file is wrong as a whole, what was in force stays in force.
    pub fn gate(&self) -> Gate {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        match Settings::load(&self.sources) {
            Ok(settings) => *gate = settings.gate,
            Err(error) => {
                tracing::warn!("the settings were changed and are wrong; the old ones stay in force: {error}");
            }
        }
        gate.clone()
    }
}
