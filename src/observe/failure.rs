//! The record of a failure: the same fields and the same level, whichever command failed.
//!
//! It does not decide whether a failure is logged, and has no help: the catalog explains the reason.

use crate::explain::{Explain, chain};
use crate::reason::Exit;

/// Logs a failure with its reason: as a warning if nobody has to act, else as an error.
pub fn log_failure(error: &impl Explain) {
    let reason = error.reason();
    match error.exit() {
        Exit::Undelivered | Exit::Unavailable | Exit::GateClosed => tracing::warn!(%reason, "{}", chain(error)),
        _ => tracing::error!(%reason, "{}", chain(error)),
    }
}
