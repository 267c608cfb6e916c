//! A progress bar on standard error; it draws nothing unless that is a terminal.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::words;
use crate::collect;
use crate::license::Totals;
use crate::sync::{Progress, Step};

/// A step that nobody knows the end of.
const OPEN: &str = "{spinner} {msg}";

/// Reading so many accounts.
const COUNTED: &str = "{spinner} {msg} {wide_bar} {done} of {all}";

/// Sending so many bytes.
const MEASURED: &str = "{spinner} {msg} {wide_bar} {bytes} of {total_bytes}";

/// Shows how far a run is.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::no_length();
        if !bar.is_hidden() {
            // A step that is told right after another would not be drawn before the next one.
            bar.enable_steady_tick(Duration::from_millis(100));
        }
        Self(bar)
    }

    /// A bar that is never drawn.
    pub(super) fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.0.finish_and_clear();
    }

    fn begin(&self, form: &str, message: impl Into<String>, length: u64) {
        self.0.set_position(0);
        self.0.set_length(length);
        if let Ok(style) = ProgressStyle::with_template(form) {
            let style = style.with_key("done", |state: &ProgressState, out: &mut dyn Write| {
                let _infallible = out.write_str(&words::count(state.pos()));
            });
            self.0
                .set_style(style.with_key("all", |state: &ProgressState, out: &mut dyn Write| {
                    let _infallible = out.write_str(&words::count(state.len().unwrap_or_default()));
                }));
        }
        self.0.set_message(message.into());
    }

    fn wait(&self, message: impl Into<String>) {
        self.begin(OPEN, message, 0);
    }
}

impl collect::Progress for Bar {
    fn started(&self, expected_accounts: Option<u64>) {
        match expected_accounts {
            Some(accounts) => self.begin(COUNTED, "reading accounts", accounts),
            None => self.wait("reading accounts"),
        }
    }

    fn waiting(&self, waited: Duration, _again_in: Duration) {
        self.0
            .set_message(format!("the server is generating the report ({} s)", waited.as_secs()));
        self.0.tick();
    }

    fn read(&self, accounts: u64, _bytes: u64) {
        self.0.set_message("reading accounts");
        self.0.set_position(accounts);
    }

    fn done(&self, totals: Totals) {
        self.wait(format!("freezing {} licenses", words::count(totals.consumed)));
    }
}

impl Progress for Bar {
    fn step(&self, step: Step<'_>) {
        match step {
            Step::GateOpen(_) => self.wait("asking the server"),
            Step::Resuming(_) => self.wait("an earlier run goes first"),
            Step::Frozen(frozen) => self.begin(MEASURED, "sending", frozen.body_size),
            Step::Sent { bytes, .. } => self.0.set_position(bytes),
            Step::Retry { reason, after } => {
                self.0
                    .set_message(format!("{reason}, trying again in {:.1} s", after.as_secs_f32()));
            }
            Step::Accepted(_) => self.wait("accepted, waiting for the cloud to process it"),
            Step::Sending | Step::Asking | Step::Pausing(_) => {}
            Step::Confirmed => self.clear(),
        }
        self.0.tick();
    }
}
