//! What a run is given: the settings, the state directory, the clock, and who watches.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::Notify;

use super::progress::RunProgress;
use crate::clock::Clock;
use crate::settings::{Environment, LiveSettings};
use crate::store::{self, Role, StoreError};

/// Everything a run works with.
pub struct Context {
    /// Asked again at each gate, so that a switch that is turned off in the file takes effect at once.
    pub settings: LiveSettings,
    pub state_directory: PathBuf,
    pub environment: Environment,
    pub clock: Arc<dyn Clock>,
    pub progress: Arc<dyn RunProgress>,
    /// What the process does, for others that find the state directory taken.
    pub role: Role,
    /// A person's word, by `notify_waiters`: it cuts the wait of the run under way short, if it waits then.
    pub nudge: Notify,
}

impl Context {
    /// Takes the state directory for this process.
    pub(super) async fn lock(&self) -> Result<store::Lock, StoreError> {
        Ok(store::lock(&self.state_directory)
            .await?
            .signed(self.role, self.clock.now()))
    }
}
