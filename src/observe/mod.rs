//! What the program reports while it runs: records in the journal or on standard error, the catalog that
//! explains them, and metrics.
//!
//! Only this crate's records follow the configured level; libraries are kept at `warn`, since what they trace can
//! quote what they carry.

pub mod catalog;
mod failure;
mod journal;
pub mod metrics;
mod warnings;

pub use failure::log_failure;
pub use journal::is_standard_error_in_journal;
pub use warnings::{keep_warnings, take_warnings, warnings};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt};

use crate::settings::{Environment, Log, LogFormat};
use journal::BoxedLayer;

/// Writes records from now on: to the journal with all their fields when standard error leads there, else to standard
/// error. A second call does nothing.
pub fn start_logging(log: Log, environment: &Environment) {
    let filter = Targets::new()
        .with_default(Level::WARN)
        // It warns of every frame of a peer that floods it.
        .with_target("h2", Level::ERROR)
        .with_target("ghe_license_sync", log.level);
    let layer = match journal::layer(environment) {
        Some(layer) if log.format == LogFormat::Text => layer,
        _ => standard_error(log.format),
    };
    // An error means that logging has been started before.
    let _already_started = Registry::default().with(layer.with_filter(filter)).try_init();
}

fn standard_error(format: LogFormat) -> BoxedLayer {
    // It would report a closed standard error on standard error, and panic.
    let layer = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .log_internal_errors(false);
    match format {
        // The ID leads to the catalog, which only the journal's readers have.
        LogFormat::Text => layer
            .fmt_fields(format::debug_fn(|out, field, value| match field.name() {
                "message" => write!(out, "{value:?}"),
                "message_id" => Ok(()),
                name => write!(out, " {name}={value:?}"),
            }))
            .boxed(),
        LogFormat::Json => layer.json().boxed(),
    }
}
