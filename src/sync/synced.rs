//! The result of a sync, which may bring two runs to an end.

use super::error::SyncError;
use crate::store::Run;

/// What happened to the two runs that a sync may bring to an end.
#[derive(Debug)]
pub struct Synced<T = Run> {
    /// The run whose document waited, as it ended, also because the destination changed.
    pub earlier: Option<Run>,
    /// The run that was asked for; one that sent nothing, since its list is that of `earlier`, is `refused`.
    pub result: Result<T, SyncError>,
}

impl<T> From<Result<T, SyncError>> for Synced<T> {
    fn from(result: Result<T, SyncError>) -> Self {
        Self { earlier: None, result }
    }
}
