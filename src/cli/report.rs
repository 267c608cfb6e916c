//! The only place that writes answers and renders errors: what was not done, why, and what to do.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufReader, Read, Write};

use serde::Serialize;

use super::json::{self, JsonAnswer};
use crate::explain::{Explain, chain_of};
use crate::plain;
use crate::reason::{Exit, Reason};
use crate::store::Run;

/// What is written of a long answer at a time.
const PIECE: usize = 64 * 1024;

/// Writes an answer to standard output: in JSON if that is wanted, else `in_words`. What is done also when nobody can read it,
/// `done` says on standard error.
pub(super) fn answer<T: JsonAnswer>(
    json: bool,
    answer: &T,
    done: Option<&str>,
    in_words: impl FnOnce(&T) -> String,
) -> Exit {
    let text = match json {
        true => json::text(answer).map(|text| text + "\n"),
        false => Ok(in_words(answer)),
    };
    match text {
        Ok(text) => after_answer(answer_part(&text).as_ref().err(), done),
        Err(error) => {
            not_written(done, &error);
            Exit::Internal
        }
    }
}

/// Writes a text that has no form in JSON to standard output.
pub(super) fn text(text: &str) -> Exit {
    after_answer(answer_part(text).as_ref().err(), None)
}

/// Writes a part of an answer to standard output, and leaves a failure to the writer of its end.
pub(super) fn answer_part(text: &str) -> io::Result<()> {
    write(io::stdout().lock(), &harmless(text))
}

/// Writes an answer to standard output that was made fit to be shown when it was made.
pub(super) fn answer_from(answer: &mut impl Read) -> Exit {
    let mut out = io::stdout().lock();
    let written = io::copy(&mut BufReader::with_capacity(PIECE, answer), &mut out).and_then(|_| out.flush());
    after_answer(written.as_ref().err(), None)
}

/// The exit code after an answer, and a word on standard error if it could not be written. A closed pipe is the reader's
/// choice and no failure.
pub(super) fn after_answer(unwritten: Option<&io::Error>, done: Option<&str>) -> Exit {
    match unwritten {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            not_written(done, error);
            Exit::Io
        }
        _ => Exit::Done,
    }
}

fn not_written(done: Option<&str>, error: &(dyn Error + 'static)) {
    let done = done.map(|done| format!("; {done}")).unwrap_or_default();
    tell(&format!(
        "error: the answer could not be written{done}\n  because: {}\n",
        chain_of(error).join("\n  because: ")
    ));
}

/// Writes diagnostics to standard error.
pub(super) fn tell(text: &str) {
    // When standard error is gone there is nobody to tell.
    let _gone = write(io::stderr().lock(), &harmless(text));
}

/// Text for a terminal: what steers it is written out, but for the ends of lines, which are ours.
pub(super) fn harmless(text: &str) -> String {
    let lines = text.split('\n').map(plain::escaped);
    lines.collect::<Vec<_>>().join("\n")
}

fn write(mut out: impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

/// Reports an error on standard error, and on standard output as well when the answer is wanted in JSON.
pub(super) fn failure(error: &impl Explain, json: bool) -> Exit {
    failure_of(error, Runs::default(), json)
}

/// The same for an error about runs.
pub(super) fn failure_of(error: &impl Explain, runs: Runs, json: bool) -> Exit {
    tell(&render(error));
    answer_failure(error, runs, json)
}

/// Reports an error whose message is in the log: only what helps goes to standard error.
pub(super) fn logged_failure(error: &impl Explain, runs: Runs, json: bool) -> Exit {
    tell(&advice(error));
    answer_failure(error, runs, json)
}

/// Answers with an error of which nothing more is to be said on standard error: in JSON if that is wanted, else with the
/// exit code alone.
pub(super) fn answer_failure(error: &impl Explain, runs: Runs, json: bool) -> Exit {
    let (reason, exit) = (error.reason(), error.exit());
    debug_assert!(reason.allows(exit), "no document says that {reason} ends with {exit:?}");
    answer_error(json, &ErrorAnswer::of(error, runs));
    exit
}

/// Reports that something else was asked for than there is. It has no reason, since nothing went wrong.
pub(super) fn mistake(error: &dyn Error, help: &str, json: bool) -> Exit {
    tell(&format!("error: {error}\n  help: {help}\n"));
    answer_error(
        json,
        &ErrorAnswer::of_usage(error.to_string(), None, Some(help.to_owned())),
    );
    Exit::Usage
}

/// Reports a wrong command line in JSON as well, if that is wanted; clap's own text has been written.
pub(super) fn usage(text: &str, json: bool) -> Exit {
    let mut paragraphs = text.trim_end().split("\n\n").map(str::trim);
    let error = paragraphs.next().unwrap_or_default();
    let (tips, rest): (Vec<_>, Vec<_>) = paragraphs.partition(|paragraph| paragraph.starts_with("tip: "));
    let tips: Vec<_> = tips.iter().map(|tip| tip.trim_start_matches("tip: ")).collect();
    let details = (!rest.is_empty()).then(|| rest.join("\n"));
    let help = (!tips.is_empty()).then(|| tips.join("\n"));
    let error = error.trim_start_matches("error: ").to_owned();
    answer_error(json, &ErrorAnswer::of_usage(error, details, help));
    Exit::Usage
}

/// Reports a defect or a broken machine.
pub(super) fn broken(attempt: &'static str, error: impl Error + Send + Sync + 'static, json: bool) -> Exit {
    let source = Box::new(error);
    failure(&Broken { attempt, source }, json)
}

/// What standard error says already is not said there again, whether or not standard output can be written.
fn answer_error(json: bool, error: &ErrorAnswer) {
    if json {
        answer(json, error, None, |_| String::new());
    }
}

/// An error as an operator reads it.
fn render(error: &impl Explain) -> String {
    let mut text = format!("error: {error}\n");
    for cause in causes(error) {
        let _infallible = writeln!(text, "  because: {cause}");
    }
    let _infallible = writeln!(text, "{}  reason: {}", advice(error), error.reason());
    text
}

/// Its details, and what to do about it.
fn advice(error: &impl Explain) -> String {
    let mut text = String::new();
    if let Some(details) = error.details() {
        let _infallible = writeln!(text, "{}", details.trim_end());
    }
    if let Some(help) = error.help() {
        let _infallible = writeln!(text, "  help: {help}");
    }
    text
}

fn causes(error: &impl Explain) -> Vec<String> {
    error.source().map(chain_of).unwrap_or_default()
}

/// The runs that an error is about.
#[derive(Default)]
pub(super) struct Runs {
    /// The one whose document waited, if one did.
    pub(super) earlier: Option<Run>,
    /// The one that did not end as confirmed, if one began.
    pub(super) run: Option<Run>,
}

/// The answer of every command that failed.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ErrorAnswer {
    /// What was not done.
    error: String,
    /// The causes, the nearest first.
    because: Vec<String>,
    details: Option<String>,
    /// What to do.
    help: Option<String>,
    /// Nothing when only the command line was wrong.
    reason: Option<Reason>,
    exit_code: u8,
    /// The run that did not end as confirmed, if one began.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Run>,
    /// The run whose document waited, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<Run>,
}

impl JsonAnswer for ErrorAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/error/1";
}

impl ErrorAnswer {
    fn of(error: &impl Explain, Runs { earlier, run }: Runs) -> Self {
        Self {
            error: error.to_string(),
            because: causes(error),
            details: error.details(),
            help: error.help(),
            reason: Some(error.reason()),
            exit_code: error.exit() as u8,
            run,
            earlier,
        }
    }

    fn of_usage(error: String, details: Option<String>, help: Option<String>) -> Self {
        Self {
            error,
            because: Vec::new(),
            details,
            help,
            reason: None,
            exit_code: Exit::Usage as u8,
            run: None,
            earlier: None,
        }
    }
}

/// The machine did not do what every machine does.
#[derive(Debug, thiserror::Error)]
#[error("{attempt}")]
struct Broken {
    attempt: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl Explain for Broken {
    fn reason(&self) -> Reason {
        Reason::Internal
    }
}
