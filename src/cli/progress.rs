//! A progress bar on standard error; it draws nothing unless that is a terminal.

use std::fmt::Write;
use std::io::{IsTerminal as _, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::{report, words};
use crate::collect;
use crate::connect::ReadProgress;
use crate::license::Totals;
use crate::plain;
use crate::reason::Reason;
use crate::sync::{RunProgress, RunStep};

/// A step that nobody knows the end of.
const OPEN: &str = "{spinner} {msg}";

/// Reading so many accounts.
const COUNTED: &str = "{spinner} {msg} {wide_bar} {done} of {all}";

/// Sending so many bytes.
const MEASURED: &str = "{spinner} {msg} {wide_bar} {bytes} of {total_bytes}";

/// Shows how far a run is.
pub(super) struct Bar {
    bar: ProgressBar,
    diagnostics: Mutex<Vec<String>>,
}

impl Bar {
    pub(super) fn new() -> Self {
        Self::on(ProgressDrawTarget::stderr())
    }

    fn on(target: ProgressDrawTarget) -> Self {
        let bar = Self::of(ProgressBar::with_draw_target(None, target));
        // Before the first step there is nothing to count.
        bar.set_form(OPEN);
        if !bar.bar.is_hidden() {
            // A step that comes right after another would not be drawn before the next one.
            bar.bar.enable_steady_tick(Duration::from_millis(100));
        }
        bar
    }

    fn of(bar: ProgressBar) -> Self {
        let diagnostics = Mutex::default();
        Self { bar, diagnostics }
    }

    /// A bar that is never drawn.
    pub(super) fn hidden() -> Self {
        Self::of(ProgressBar::hidden())
    }

    /// Takes the bar away.
    pub(super) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    /// Shows what a program that failed wrote last, if somebody sits at a terminal: elsewhere it could be kept.
    pub(super) fn show_diagnostics(&self) {
        let lines = std::mem::take(&mut *self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner));
        if lines.is_empty() || !stderr().is_terminal() {
            return;
        }
        let lines: String = lines.iter().map(|line| format!("    {line}\n")).collect();
        report::tell(&format!(
            "  end of its standard error, which can name users and is shown on this terminal alone:\n{lines}"
        ));
    }

    fn begin(&self, form: &str, message: impl Into<String>, length: u64) {
        // Each change may be drawn: the counts of a step are never shown in the form of another.
        self.set_form(OPEN);
        self.bar.set_message(message.into());
        self.bar.set_position(0);
        self.bar.set_length(length);
        self.set_form(form);
    }

    fn set_form(&self, form: &str) {
        let Ok(style) = ProgressStyle::with_template(form) else {
            return;
        };
        let style = style.with_key("done", |state: &ProgressState, out: &mut dyn Write| {
            let _infallible = out.write_str(&words::count(state.pos()));
        });
        self.bar
            .set_style(style.with_key("all", |state: &ProgressState, out: &mut dyn Write| {
                let _infallible = out.write_str(&words::count(state.len().unwrap_or_default()));
            }));
    }

    fn wait(&self, message: impl Into<String>) {
        self.begin(OPEN, message, 0);
    }
}

impl collect::CollectProgress for Bar {
    fn started(&self, expected_accounts: Option<u64>) {
        match expected_accounts {
            Some(accounts @ 1..) => self.begin(COUNTED, "reading accounts", accounts),
            _ => self.wait("reading accounts"),
        }
    }

    fn waiting(&self, waited: Duration, _again_in: Duration) {
        self.bar
            .set_message(format!("the server is generating the report ({} s)", waited.as_secs()));
        self.bar.tick();
    }

    fn put_off(&self, wait: Duration, reason: Reason) {
        self.bar
            .set_message(format!("{reason}, asking again in {}", plain::duration(wait)));
        self.bar.tick();
    }

    fn read(&self, accounts: u64, _bytes: u64) {
        self.bar.set_message("reading accounts");
        self.bar.set_position(accounts);
    }

    fn diagnostics(&self, lines: Vec<String>) {
        *self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    fn done(&self, totals: Totals) {
        self.wait(format!(
            "freezing {}",
            words::counted(totals.consumed, "license", "licenses")
        ));
    }
}

impl ReadProgress for Bar {
    fn rows(&self, rows: u64, of: Option<u64>) {
        const MESSAGE: &str = "reading consumed licenses";
        if self.bar.message() != MESSAGE {
            self.begin(COUNTED, MESSAGE, of.unwrap_or(rows));
        }
        self.bar.set_length(of.unwrap_or(rows));
        self.bar.set_position(rows);
    }

    fn reading(&self, step: &str) {
        if self.bar.message() != step {
            self.wait(step.to_owned());
        }
    }

    /// It can be most of an hour, so it is said also where there is no bar.
    fn put_off(&self, wait: Duration, reason: Reason) {
        let text = format!("{reason}: waiting for {} before continuing", plain::duration(wait));
        if self.bar.is_hidden() {
            report::tell(&(text + "\n"));
        } else {
            self.wait(text);
        }
    }
}

impl RunProgress for Bar {
    fn step(&self, step: RunStep<'_>) {
        match step {
            RunStep::GateOpen(_) => self.wait("asking the server"),
            RunStep::Resuming(_) => self.wait("an earlier run goes first"),
            RunStep::Frozen(frozen) => self.begin(MEASURED, "sending", frozen.body_size),
            RunStep::Sent { bytes, .. } => self.bar.set_position(bytes),
            RunStep::Retry { reason, after } => {
                self.bar
                    .set_message(format!("{reason}, trying again in {:.1} s", after.as_secs_f32()));
            }
            RunStep::Accepted(_) => self.wait("accepted, waiting for the cloud to process it"),
            RunStep::Sending | RunStep::Asking | RunStep::Pausing(_) => {}
            RunStep::Confirmed | RunStep::Written => self.clear(),
        }
        self.bar.tick();
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use indicatif::TermLike;

    use super::*;
    use crate::collect::CollectProgress as _;
    use crate::license::Digest;
    use crate::store::Frozen;

    /// A terminal that keeps all that was ever written to it.
    #[derive(Debug, Clone, Default)]
    struct Screen(Arc<Mutex<String>>);

    impl TermLike for Screen {
        fn width(&self) -> u16 {
            80
        }

        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            Ok(())
        }

        fn write_line(&self, line: &str) -> io::Result<()> {
            self.write_str(line)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            let mut screen = self.0.lock().unwrap();
            screen.push_str(text);
            screen.push('\n');
            Ok(())
        }

        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }

        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn no_step_is_drawn_with_the_counts_of_none_or_of_another() {
        let screen = Screen::default();
        let bar = Bar::on(ProgressDrawTarget::term_like(Box::new(screen.clone())));
        // What the clock draws is drawn by hand here.
        bar.bar.disable_steady_tick();
        bar.bar.tick();
        let frozen = Frozen {
            digest: Digest([7; 32]),
            idempotency_key: "key".to_owned(),
            content_digest: Digest([8; 32]),
            body_size: 4096,
        };
        for accounts in [Some(1000), Some(0), None] {
            bar.started(accounts);
            bar.read(accounts.unwrap_or(7), 0);
            bar.done(Totals::default());
            bar.step(RunStep::Frozen(&frozen));
            bar.step(RunStep::Sent {
                bytes: 4096,
                total: 4096,
            });
            bar.wait("accepted");
        }
        bar.clear();
        let drawn = screen.0.lock().unwrap().clone();
        assert!(drawn.contains("of 1 000") && drawn.contains("of 4.00 KiB"), "{drawn}");
        for flash in ["/", " of 0", "B of 1 000"] {
            assert!(!drawn.contains(flash), "{flash}: {drawn}");
        }
    }
}
