//! `export`: the document that a sync would send, or the one that waits, as a file or on standard output. It sends nothing.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{self, Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueHint};
use serde::Serialize;

use super::answer_format::Contradiction;
use super::json::JsonAnswer;
use super::licenses_failure::ReportFailure;
use super::progress::Bar;
use super::stop::Stop;
use super::undone::Undone;
use super::{GlobalOptions, privilege, report, session, words, work};
use crate::advice;
use crate::license::Digest;
use crate::license::usage_file::{checksum, checksum_path};
use crate::output_file::{Hashing, OutputFile};
use crate::reason::Exit;
use crate::settings::{Settings, Sources};
use crate::sync::{self, Export};
use crate::timestamp;

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    /// Writes the document to a new file, or to one in this directory that is named by time, server and digest, which its
    /// owner alone can read, and a checksum for `sha256sum -c` beside it; `-` is standard output [default: standard output].
    #[arg(long, value_name = "FILE|DIR", value_hint = ValueHint::AnyPath)]
    pub(super) output: Option<PathBuf>,
    /// Replaces a file that is there.
    #[arg(long, requires = "output")]
    force: bool,
    /// Exports the document that waits in the store, frozen, held or written to a file, and asks no server.
    #[arg(long)]
    frozen: bool,
}

/// Which file was written.
#[derive(Serialize)]
#[cfg_attr(feature = "generate", derive(schemars::JsonSchema))]
pub(super) struct ExportAnswer {
    path: PathBuf,
    /// Of all its bytes, as `sha256sum` prints it.
    sha256: Digest,
    bytes: u64,
    server_id: uuid::Uuid,
    /// Of the document without its time of collection.
    digest: Digest,
    #[serde(serialize_with = "timestamp::serialize")]
    collected_at: chrono::DateTime<chrono::Utc>,
    /// The digest of the document that waits in the store, if another one does.
    waiting_digest: Option<Digest>,
}

impl JsonAnswer for ExportAnswer {
    const SCHEMA: &'static str = "ghe-license-sync/export/1";
}

impl ExportArguments {
    /// The same command for another user, in whose shell another directory may be the current one.
    fn command(&self) -> String {
        let mut command = String::from("export");
        if let Some(file) = &self.output {
            let file = path::absolute(file).unwrap_or_else(|_| file.clone());
            let _infallible = write!(command, " --output {}", advice::quoted(&file.to_string_lossy()));
        }
        for (flag, is_given) in [(" --force", self.force), (" --frozen", self.frozen)] {
            command.push_str(if is_given { flag } else { "" });
        }
        command
    }
}

pub(super) fn run(options: &GlobalOptions, arguments: &ExportArguments) -> Exit {
    if options.json && arguments.output.is_none() {
        return Contradiction::Output.report(options);
    }
    if let Some(directory) = arguments.output.as_deref().and_then(missing_directory) {
        return Contradiction::NoDirectory(directory).report(options);
    }
    let (settings, sources) = match session::load(options) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    match privilege::refuse_foreign(options, &settings.state_directory, &arguments.command()) {
        Ok(()) => work(options, answer(options, arguments, &settings, sources)),
        Err(error) => {
            let error = Undone::because("nothing was exported")(error);
            session::fail(&error, options, &sources.environment)
        }
    }
}

async fn answer(options: &GlobalOptions, arguments: &ExportArguments, settings: &Settings, sources: Sources) -> Exit {
    let mut stop = match Stop::listen() {
        Ok(stop) => stop,
        Err(error) => return report::broken("nothing was done: signals cannot be heard", error, options.json),
    };
    let bar = Arc::new(if options.verbose { Bar::hidden() } else { Bar::new() });
    let context = session::context(settings, sources, bar.clone());
    let made = async {
        match arguments.frozen {
            true => sync::export_waiting(&context).await,
            false => sync::export(&context).await.map(Some),
        }
    };
    let made = tokio::select! {
        made = made => Some(made),
        () = stop.heard() => None,
    };
    bar.clear();
    match made {
        None => session::fail(&ReportFailure::Cancelled, options, &context.environment),
        Some(Ok(None)) => Contradiction::NothingWaits.report(options),
        Some(Ok(Some(export))) => hand_out(options, arguments, &export),
        Some(Err(error)) => {
            let error = Undone::because("nothing was exported")(error);
            session::fail(&error, options, &context.environment)
        }
    }
}

fn hand_out(options: &GlobalOptions, arguments: &ExportArguments, export: &Export) -> Exit {
    let other = other(export, arguments.frozen);
    let Some(output) = &arguments.output else {
        if let Some(digest) = other {
            report::tell(&format!("note: {}\n", other_waits(digest)));
        }
        let mut out = io::BufWriter::new(io::stdout().lock());
        let written = export.write_to(&mut out);
        return report::after_answer(written.as_ref().err(), None);
    };
    let path = match output.is_dir() {
        true => output.join(export.name.to_string()),
        false => output.clone(),
    };
    let (sha256, bytes) = match write(export, &path, arguments.force) {
        Ok(written) => written,
        Err((path, error)) => {
            return match Contradiction::of(&error, Some(&path)) {
                Some(taken) => taken.report(options),
                None => report::failure(&ReportFailure::output(Some(&path), error), options.json),
            };
        }
    };
    let answer = ExportAnswer {
        path,
        sha256,
        bytes,
        server_id: export.server_id,
        digest: export.digest,
        collected_at: export.collected_at,
        waiting_digest: other,
    };
    report::answer(options.json, &answer, Some("the file is written"), in_words)
}

/// The directory that is meant, where none is: a file would be made in its place, or there is nowhere to make one.
fn missing_directory(output: &Path) -> Option<PathBuf> {
    let is_meant_as_directory = output.as_os_str().as_encoded_bytes().ends_with(b"/");
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty());
    match is_meant_as_directory {
        true => Some(output).filter(|output| !output.is_dir()),
        false => parent.filter(|parent| !parent.is_dir()),
    }
    .map(Path::to_owned)
}

/// The digest of a document that waits while today's is exported.
fn other(export: &Export, is_waiting_one: bool) -> Option<Digest> {
    let waiting = export.waiting.as_ref().filter(|_| !is_waiting_one)?;
    waiting.frozen.as_ref().map(|frozen| frozen.digest)
}

fn other_waits(digest: Digest) -> String {
    let command = advice::command("export --frozen");
    format!(
        "this is today's list; {command} exports the one that waits, digest {}",
        digest.short()
    )
}

/// Writes the file, and its checksum before it can be seen; which of the two could not be written.
fn write(export: &Export, path: &Path, force: bool) -> Result<(Digest, u64), (PathBuf, io::Error)> {
    let beside = checksum_path(path);
    let of_file = |error| (path.to_owned(), error);
    let of_sum = |error| (beside.clone(), error);
    let name = path
        .file_name()
        .ok_or_else(|| of_file(io::ErrorKind::IsADirectory.into()))?;
    let name = name
        .to_str()
        .ok_or_else(|| of_file(io::Error::other("its name is no text")))?;
    let mut file = Hashing::to(OutputFile::create(path, force).map_err(of_file)?);
    let mut sum = OutputFile::create(&beside, force).map_err(of_sum)?;
    export.write_to(&mut file).map_err(of_file)?;
    let sha256 = Digest(file.sha256());
    let text = checksum(sha256, name);
    sum.write_all(text.as_bytes())
        .and_then(|()| sum.finish())
        .map_err(of_sum)?;
    file.inner.finish().map_err(of_file)?;
    Ok((sha256, file.bytes))
}

fn in_words(answer: &ExportAnswer) -> String {
    let mut text = format!(
        "wrote the license usage to {}, and its checksum beside it; nothing was sent\n  digest {}, collected {}, {}\n",
        answer.path.display(),
        answer.digest.short(),
        words::time(answer.collected_at),
        words::size(answer.bytes)
    );
    if let Some(digest) = answer.waiting_digest {
        let _infallible = writeln!(text, "  {}", other_waits(digest));
    }
    text
}
