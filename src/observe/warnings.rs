//! Warnings for a person who did not ask for the log: kept until the answer was given, and shown after it.

use std::fmt::Debug;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

static KEPT: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on warnings of this crate are kept, unless records are written already.
pub fn keep_warnings() {
    let ours = filter_fn(|of| *of.level() == Level::WARN && of.target().starts_with("ghe_license_sync"));
    // An error means that logging has been started before.
    let _already_started = Registry::default().with(Keeper.with_filter(ours)).try_init();
}

/// What was kept, each once, which a person still gets.
pub fn warnings() -> Vec<String> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// What was kept, each once; nothing is kept of it any more.
pub fn take_warnings() -> Vec<String> {
    std::mem::take(&mut *KEPT.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Keeper;

impl<S: Subscriber> Layer<S> for Keeper {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = WarningReader::default();
        event.record(&mut record);
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if !record.has_state && !kept.contains(&record.message) {
            kept.push(record.message);
        }
    }
}

#[derive(Default)]
struct WarningReader {
    message: String,
    /// It is about the state of a run, of which the answer speaks as well.
    has_state: bool,
}

impl Visit for WarningReader {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "state" => self.has_state = true,
            _ => {}
        }
    }
}
