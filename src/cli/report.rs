//! The only place that writes answers and renders errors: what was not done, why, and what to do.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, BufReader, Read, Write};

use serde::Serialize;

use crate::explain::Explain;
use crate::observe;
use crate::plain;
use crate::reason::{Exit, Reason};
use crate::store::Run;

/// What is written of a long answer at a time.
const PIECE: usize = 64 * 1024;

/// Writes an answer to standard output.
pub(super) fn answer(text: &str) -> Exit {
    answer_about(text, None)
}

/// The same for what is done all the same when nobody can read it: `done` says so on standard error.
pub(super) fn answer_about(text: &str, done: Option<&str>) -> Exit {
    after_answer(answer_part(text).as_ref().err(), done)
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
            broken(&not_written(done), error);
            Exit::Io
        }
        _ => Exit::Done,
    }
}

/// Writes an answer as JSON to standard output.
pub(super) fn answer_json(value: &impl Serialize) -> Exit {
    answer_json_about(value, None)
}

/// The same for what is done all the same when nobody can read it.
pub(super) fn answer_json_about(value: &impl Serialize, done: Option<&str>) -> Exit {
    match serde_json::to_string_pretty(value) {
        Ok(json) => answer_about(&(plain::escaped_json(&json) + "\n"), done),
        Err(error) => broken(&not_written(done), &error),
    }
}

fn not_written(done: Option<&str>) -> String {
    let done = done.map(|done| format!("; {done}")).unwrap_or_default();
    format!("the answer could not be written{done}")
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
    failure_after(error, None, json)
}

/// The same, after the document of an earlier run was brought to its end.
pub(super) fn failure_after(error: &impl Explain, earlier: Option<&Run>, json: bool) -> Exit {
    tell(&render(error));
    answer_failure(error, earlier, json)
}

/// Reports an error whose message is in the log: only what helps goes to standard error.
pub(super) fn logged_failure(error: &impl Explain, earlier: Option<&Run>, json: bool) -> Exit {
    tell(&advice(error));
    answer_failure(error, earlier, json)
}

/// Answers with an error of which nothing more is to be said on standard error: in JSON if that is wanted, else with the
/// exit code alone.
pub(super) fn answer_failure(error: &impl Explain, earlier: Option<&Run>, json: bool) -> Exit {
    let (reason, exit) = (error.reason(), error.exit());
    debug_assert!(reason.allows(exit), "no document says that {reason} ends with {exit:?}");
    if json {
        answer_json(&ErrorAnswer {
            earlier,
            ..ErrorAnswer::of(error)
        });
    }
    error.exit()
}

/// Reports that something else was asked for than there is. It has no reason, since nothing went wrong.
pub(super) fn mistake(error: &dyn Error, help: &str, json: bool) -> Exit {
    tell(&format!("error: {error}\n  help: {help}\n"));
    if json {
        answer_json(&ErrorAnswer {
            earlier: None,
            warnings: observe::warnings(),
            error: error.to_string(),
            because: Vec::new(),
            details: None,
            help: Some(help.to_owned()),
            reason: None,
            exit_code: Exit::Usage as u8,
        });
    }
    Exit::Usage
}

/// Reports a wrong command line in JSON as well; clap's own text has been written.
pub(super) fn usage_json(text: &str) -> Exit {
    let mut paragraphs = text.trim_end().split("\n\n").map(str::trim);
    let error = paragraphs.next().unwrap_or_default();
    let (tips, rest): (Vec<_>, Vec<_>) = paragraphs.partition(|paragraph| paragraph.starts_with("tip: "));
    let tips: Vec<_> = tips.iter().map(|tip| tip.trim_start_matches("tip: ")).collect();
    answer_json(&ErrorAnswer {
        earlier: None,
        warnings: Vec::new(),
        error: error.trim_start_matches("error: ").to_owned(),
        because: Vec::new(),
        details: (!rest.is_empty()).then(|| rest.join("\n")),
        help: (!tips.is_empty()).then(|| tips.join("\n")),
        reason: None,
        exit_code: Exit::Usage as u8,
    })
}

/// Reports a defect or a broken machine.
pub(super) fn broken(attempt: &str, error: &(dyn Error + 'static)) -> Exit {
    tell(&format!("error: {attempt}\n  because: {}\n", chain_lines(error)));
    Exit::Internal
}

fn chain_lines(error: &(dyn Error + 'static)) -> String {
    crate::explain::chain_of(error).join("\n  because: ")
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
    error.source().map(crate::explain::chain_of).unwrap_or_default()
}

/// An error in JSON.
#[derive(Serialize)]
struct ErrorAnswer<'a> {
    /// The run whose document waited, if one did, as in the answer of a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<&'a Run>,
    /// What was logged as a warning before, as a person reads it on standard error.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
    error: String,
    because: Vec<String>,
    details: Option<String>,
    help: Option<String>,
    /// Nothing when only the command line was wrong.
    reason: Option<Reason>,
    exit_code: u8,
}

impl ErrorAnswer<'_> {
    fn of(error: &impl Explain) -> Self {
        Self {
            earlier: None,
            warnings: observe::warnings(),
            error: error.to_string(),
            because: causes(error),
            details: error.details(),
            help: error.help(),
            reason: Some(error.reason()),
            exit_code: error.exit() as u8,
        }
    }
}
