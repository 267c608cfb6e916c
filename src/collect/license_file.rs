//! Reads the license usage file that the server exports, and passes its bytes on unchanged: its users are encrypted.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::error::CollectError;
use super::facts::TokenRole;
use super::progress::CollectProgress;
use super::session::Session;
use super::source::{facts_of, if_given};
use super::subject::Subject;
use super::{command, file};
use crate::license::{Digest, ExportReader, Exported, ReportAge, ServerFacts};
use crate::settings::{Environment, LicenseFile, ReportFile, Server};
use crate::transport::Pace;

/// A license usage file that was passed on.
pub struct ExportedUsage {
    /// The unencrypted part.
    pub exported: Exported,
    /// SHA-256 of all of its bytes.
    pub digest: Digest,
    pub facts: ServerFacts,
    /// How old it is; a program is taken to make it anew.
    pub age: Option<ReportAge>,
}

/// Reads the file or runs the program, and writes what it holds to `sink` as it is.
///
/// # Errors
/// [`CollectError`]; what was written to `sink` before is of no use.
pub async fn collect_license_file(
    server: &Server,
    source: &LicenseFile,
    pace: Pace,
    environment: &Environment,
    progress: &dyn CollectProgress,
    sink: impl Write + Send,
) -> Result<ExportedUsage, CollectError> {
    let session = if_given(Session::open(server, pace, environment), server)?;
    let facts = facts_of(session.as_ref(), TokenRole::Administrator).await?;
    progress.started(None);
    let mut copying = Copying {
        source,
        progress,
        reader: ExportReader::default(),
        hasher: Sha256::new(),
        sink,
    };
    let take = |piece: &[u8], bytes: u64| copying.take(piece, bytes);
    let (age, tail) = match source {
        LicenseFile::File(settings) => {
            let age = Box::pin(file::pass_on(settings, Subject::LicenseFile, take)).await?;
            (Some(age), None)
        }
        LicenseFile::Command(settings) => {
            let tail = Box::pin(command::pass_on(settings, Subject::LicenseFile, progress, take)).await?;
            (None, Some(tail))
        }
    };
    let (reader, hasher) = (copying.reader, copying.hasher);
    let exported = finish(reader, from(source), server).inspect_err(|_| {
        if let Some(tail) = tail {
            progress.diagnostics(tail.lines());
        }
    })?;
    Ok(ExportedUsage {
        facts: ServerFacts {
            version: facts.version.or(exported.version.clone()),
            ..facts
        },
        exported,
        digest: Digest(hasher.finalize().into()),
        age,
    })
}

/// Checks the file beforehand: how old it is, and what is not encrypted. `server` is that of the settings.
///
/// # Errors
/// [`CollectError`] when it cannot be used.
pub fn inspect_license_file(settings: &ReportFile, server: &Server) -> Result<(Duration, Exported), CollectError> {
    let mut reader = ExportReader::default();
    let defective = |source| CollectError::Export {
        from: settings.path.clone(),
        source,
    };
    let age = file::look(settings, Subject::LicenseFile, |piece| {
        reader.push(piece).map_err(defective)
    })?;
    Ok((age, finish(reader, &settings.path, server)?))
}

/// The file of another server is refused. Its ID decides; where the settings name none, its host name does,
/// which it needs then.
fn finish(reader: ExportReader, from: &Path, server: &Server) -> Result<Exported, CollectError> {
    let exported = reader.finish().map_err(|source| CollectError::Export {
        from: from.to_owned(),
        source,
    })?;
    let host = server.url.host_str().unwrap_or_default();
    match (server.id, &exported.host_name) {
        (Some(ours), _) if ours != exported.server_id => Err(CollectError::OtherServer {
            theirs: exported.server_id,
            ours,
        }),
        (None, None) => Err(CollectError::NoHost {
            id: exported.server_id,
            ours: host.to_owned(),
        }),
        (None, Some(theirs)) if !theirs.eq_ignore_ascii_case(host) => Err(CollectError::OtherHost {
            theirs: theirs.clone(),
            ours: host.to_owned(),
        }),
        _ => Ok(exported),
    }
}

/// What happens to each piece.
struct Copying<'a, W> {
    source: &'a LicenseFile,
    progress: &'a dyn CollectProgress,
    reader: ExportReader,
    hasher: Sha256,
    sink: W,
}

impl<W: Write> Copying<'_, W> {
    fn take(&mut self, piece: &[u8], bytes: u64) -> Result<(), CollectError> {
        self.reader.push(piece).map_err(|source| CollectError::Export {
            from: from(self.source).to_owned(),
            source,
        })?;
        self.hasher.update(piece);
        self.sink.write_all(piece).map_err(CollectError::Spool)?;
        self.progress.read(0, bytes);
        Ok(())
    }
}

fn from(source: &LicenseFile) -> &Path {
    match source {
        LicenseFile::File(file) => &file.path,
        LicenseFile::Command(command) => &command.program,
    }
}
