//! A text that is built while a bar shows the progress, and written once it is complete: to a file or to standard
//! output.

use std::io::{self, Write as _};
use std::path::PathBuf;

use super::answer_format::Contradiction;
use super::explain::ExplainFailure;
use super::licenses_failure::ReportFailure;
use super::progress::Bar;
use super::stop::Stop;
use super::{GlobalOptions, report};
use crate::output_file::OutputFile;
use crate::reason::Exit;

/// Makes the text and writes it; `fail` reports why not. The file is begun first, so that one that cannot be written is
/// found before anybody waits.
pub(super) async fn write(
    options: &GlobalOptions,
    path: Option<&PathBuf>,
    force: bool,
    make: impl AsyncFnOnce(&Bar) -> Result<String, ExplainFailure>,
    fail: impl Fn(ExplainFailure) -> Exit,
) -> Exit {
    let unwritten = |error: io::Error| match Contradiction::of(&error, path) {
        Some(taken) => taken.report(options),
        None => fail(ReportFailure::output(path.map(PathBuf::as_path), error).into()),
    };
    let file = match path.map(|path| OutputFile::create(path, force)).transpose() {
        Ok(file) => file,
        Err(error) => return unwritten(error),
    };
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return fail(ReportFailure::Signals(error).into()),
    };
    // A bar would be drawn over the log.
    let bar = if options.verbose { Bar::hidden() } else { Bar::new() };
    let text = tokio::select! {
        text = make(&bar) => text,
        () = stop.heard() => Err(ReportFailure::Cancelled.into()),
    };
    bar.clear();
    match (text, file, path) {
        (Err(error), ..) => fail(error),
        (Ok(text), Some(mut file), Some(path)) => {
            match file.write_all(text.as_bytes()).and_then(|()| file.finish()) {
                Ok(()) => report::tell(&format!("written to {}\n", path.display())),
                Err(error) => return unwritten(error),
            }
            Exit::Done
        }
        (Ok(text), ..) => report::text(&text),
    }
}
