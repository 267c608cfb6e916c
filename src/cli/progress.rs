//! A progress bar on standard error; it draws nothing unless that is a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::words;
use crate::collect;
use crate::license::Totals;
use crate::sync::{Progress, Step};

/// Shows how far a run is.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::no_length();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {human_pos}/{human_len}") {
            bar.set_style(style);
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

    fn begin(&self, message: impl Into<String>, length: Option<u64>) {
        self.0.set_message(message.into());
        self.0.set_position(0);
        match length {
            Some(length) => self.0.set_length(length),
            None => self.0.unset_length(),
        }
    }
}

impl collect::Progress for Bar {
    fn started(&self, expected_accounts: u64) {
        self.begin("reading accounts", Some(expected_accounts));
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
        self.begin(format!("freezing {} licenses", words::count(totals.consumed)), None);
    }
}

impl Progress for Bar {
    fn step(&self, step: Step<'_>) {
        match step {
            Step::GateOpen(_) => self.begin("asking the server", None),
            Step::Resuming(_) => self.begin("an earlier run goes first", None),
            Step::Frozen(frozen) => self.begin("sending", Some(frozen.body_size)),
            Step::Sent { bytes, .. } => self.0.set_position(bytes),
            Step::Retry { reason, after } => {
                self.0
                    .set_message(format!("{reason}, trying again in {:.1} s", after.as_secs_f32()));
            }
            Step::Accepted(_) => self.begin("accepted, waiting for the cloud to process it", None),
            Step::Confirmed => self.clear(),
        }
        self.0.tick();
    }
}
