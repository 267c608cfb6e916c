//! The native way to journald, with fields of their own, if standard error leads there anyway.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use tracing_journald::{Priority, PriorityMappings};
use tracing_subscriber::layer::Layer as _;

use super::BoxedLayer;
use crate::settings::Environment;

/// A layer that writes to the journal. None when standard error goes elsewhere, or journald cannot be reached.
pub(super) fn layer(environment: &Environment) -> Option<BoxedLayer> {
    if environment.get("JOURNAL_STREAM")? != stream_of_standard_error()? {
        return None;
    }
    let priorities = PriorityMappings {
        error: Priority::Error,
        warn: Priority::Warning,
        info: Priority::Informational,
        debug: Priority::Debug,
        trace: Priority::Debug,
    };
    let layer = tracing_journald::layer().ok()?;
    Some(layer.with_field_prefix(None).with_priority_mappings(priorities).boxed())
}

/// `DEVICE:INODE` of standard error, as systemd writes it into `JOURNAL_STREAM`.
fn stream_of_standard_error() -> Option<String> {
    let file = File::from(std::io::stderr().as_fd().try_clone_to_owned().ok()?);
    let metadata = file.metadata().ok()?;
    Some(format!("{}:{}", metadata.dev(), metadata.ino()))
}
