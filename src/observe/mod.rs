//! What the program tells of itself while it runs: log records on standard error.
//!
//! Only this crate's records follow the configured level; libraries are kept at `warn`, since what they trace can
//! quote what they carry.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{Log, LogFormat};

/// Writes log records to standard error from now on. A second call does nothing.
pub fn start_logging(log: Log) {
    let filter = EnvFilter::new(format!("warn,ghe_license_sync={}", log.level));
    let logger = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // It would tell of a closed standard error on standard error, and panic.
        .log_internal_errors(false)
        .with_ansi(false);
    // An error means that logging has been started before.
    let _already_started = match log.format {
        LogFormat::Text => logger.finish().try_init(),
        LogFormat::Json => logger.json().finish().try_init(),
    };
}
