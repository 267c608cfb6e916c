//! What a run reports while it runs. It does not know how that is shown.

use std::time::Duration;

use crate::collect::{CollectProgress, NoProgress};
use crate::reason::Reason;
use crate::settings::Link;
use crate::store::{Frozen, Receipt, Run};

/// A step that was just reached.
#[derive(Debug)]
pub enum RunStep<'a> {
    GateOpen(&'a Link),
    /// An earlier run was not through; it goes first.
    Resuming(&'a Run),
    Frozen(&'a Frozen),
    /// So many of all bytes of the document are on their way.
    Sent {
        bytes: u64,
        total: u64,
    },
    /// The document is still on its way.
    Sending,
    /// An attempt did not get through and is made again.
    Retry {
        reason: Reason,
        after: Duration,
    },
    Accepted(&'a Receipt),
    /// The cloud is asked whether it processed the document.
    Asking,
    /// The cloud is asked again after this time.
    Pausing(Duration),
    Confirmed,
    /// The document is in a file, which a person uploads.
    Written,
}

/// Hears how far a run is. Called from the run's task, so it must not block.
pub trait RunProgress: CollectProgress {
    /// A step was reached.
    fn step(&self, step: RunStep<'_>);
}

impl RunProgress for NoProgress {
    fn step(&self, _step: RunStep<'_>) {}
}
