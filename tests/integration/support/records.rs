//! What a task of this thread writes into the log, for a worker in this process.

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::subscriber::DefaultGuard;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

/// The records with a `message_id`, as long as this lives.
pub(crate) struct Records {
    written: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
}

impl Records {
    /// Listens to this thread, on which all tasks of a test run.
    pub(crate) fn listen() -> Self {
        let written = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Listener(Arc::clone(&written)));
        Self {
            written,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Those about this, and none of them ever again.
    pub(crate) fn take(&self, about: &str) -> Vec<String> {
        let mut written = self.written.lock().unwrap();
        let taken = written
            .iter()
            .filter(|record| record.contains(about))
            .cloned()
            .collect();
        written.clear();
        taken
    }
}

struct Listener(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut record = Record::default();
        event.record(&mut record);
        if record.is_ours || record.has_reason {
            self.0
                .lock()
                .unwrap()
                .push(format!("{} {}", event.metadata().level(), record.message));
        }
    }
}

#[derive(Default)]
struct Record {
    message: String,
    is_ours: bool,
    has_reason: bool,
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "message_id" => self.is_ours = true,
            "reason" => self.has_reason = true,
            _ => {}
        }
    }
}
