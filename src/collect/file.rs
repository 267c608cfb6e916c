//! Reads a provided file, like a downloaded all-users report, if it is new enough. Its age is that of the file. A file
//! that is written to while it is read is refused.

use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use tokio::io::AsyncReadExt as _;

use super::error::CollectError;
use super::progress::CollectProgress;
use super::report::WholeReport;
use super::rows::Decoder;
use super::stream::{self, PIECE};
use super::subject::Subject;
use crate::license::ReportAge;
use crate::plain;
use crate::settings::ReportFile;
use crate::settings::files;

/// The clocks of this host and of a file system elsewhere may differ by this.
const CLOCKS_APART: Duration = Duration::from_mins(5);

/// The age of the file, if it is there and not too old.
///
/// # Errors
/// [`CollectError`] when it is not.
pub fn file_age(settings: &ReportFile, subject: Subject) -> Result<Duration, CollectError> {
    open(settings, subject).map(|(_, state)| state.age())
}

/// Reads the report.
pub(super) async fn read(
    settings: &ReportFile,
    mut decoder: Decoder,
    progress: &dyn CollectProgress,
) -> Result<WholeReport, CollectError> {
    let defective = |source| CollectError::ReportFile {
        path: settings.path.clone(),
        source,
    };
    let age = pass_on(settings, Subject::Report, |piece, bytes| {
        decoder.push(piece).map_err(defective)?;
        progress.read(decoder.accounts(), bytes);
        Ok(())
    });
    let age = Some(age.await?);
    let (roster, people) = decoder.finish_with_people().map_err(defective)?;
    Ok(WholeReport { roster, people, age })
}

/// Hands the file to `take` at once, for a look at it beforehand; how old the file is.
pub(super) fn look(
    settings: &ReportFile,
    subject: Subject,
    mut take: impl FnMut(&[u8]) -> Result<(), CollectError>,
) -> Result<Duration, CollectError> {
    let (file, state) = open(settings, subject)?;
    let mut file = io::Read::take(file, state.size);
    let mut piece = vec![0; PIECE];
    loop {
        match io::Read::read(&mut file, &mut piece) {
            Ok(0) => return Ok(state.age()),
            Ok(read) => take(&piece[..read])?,
            Err(source) => {
                let path = settings.path.clone();
                return Err(CollectError::File { subject, path, source });
            }
        }
    }
}

/// Hands the file to `take` in pieces, each with the number of bytes up to its end; how old the file is.
pub(super) async fn pass_on(
    settings: &ReportFile,
    subject: Subject,
    take: impl FnMut(&[u8], u64) -> Result<(), CollectError>,
) -> Result<ReportAge, CollectError> {
    let path = || settings.path.clone();
    let unread = |source| CollectError::File {
        subject,
        path: path(),
        source,
    };
    let (file, before) = open(settings, subject)?;
    // One that grows as fast as it is read has no end.
    let mut file = tokio::fs::File::from_std(file).take(before.size + 1);
    let bytes = stream::pass_on(&mut file, unread, take).await?;
    let after = FileStamp::of(&file.into_inner().into_std().await).map_err(unread)?;
    if after != before || bytes != before.size {
        return Err(CollectError::Changed { subject, path: path() });
    }
    Ok(ReportAge {
        made_at: DateTime::<Utc>::from(before.modified),
        age_seconds: before.age().as_secs(),
    })
}

/// Opens the file as it is.
fn open(settings: &ReportFile, subject: Subject) -> Result<(File, FileStamp), CollectError> {
    let path = || settings.path.clone();
    let unread = |source| CollectError::File {
        subject,
        path: path(),
        source,
    };
    // Anything else could keep the run waiting.
    if !settings.path.metadata().map_err(unread)?.is_file() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(unread(source));
    }
    let file = File::open(&settings.path).map_err(unread)?;
    let found = file.metadata().map_err(unread)?;
    files::check_delivered(&settings.path, &found).map_err(|source| CollectError::Writers { subject, source })?;
    let state = FileStamp::of(&file).map_err(unread)?;
    if state
        .modified
        .elapsed()
        .is_err_and(|ahead| ahead.duration() > CLOCKS_APART)
    {
        return Err(CollectError::Future { subject, path: path() });
    }
    let age = state.age();
    if age > settings.max_age {
        return Err(CollectError::TooOld {
            subject,
            path: path(),
            age: plain::age_beyond(settings.max_age, age),
            limit: plain::duration(settings.max_age),
        });
    }
    Ok((file, state))
}

/// What shows that a file was written to.
#[derive(PartialEq, Eq)]
struct FileStamp {
    size: u64,
    modified: SystemTime,
}

impl FileStamp {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            size: metadata.len(),
            modified: metadata.modified()?,
        })
    }

    /// Nothing for a file of the next moments.
    fn age(&self) -> Duration {
        self.modified.elapsed().unwrap_or_default()
    }
}
