//! Reads an all-users report that was downloaded, if it is new enough.
//!
//! Its age is that of the file. A file that is written to while it is read is no report.

use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime};

use super::error::CollectError;
use super::progress::Progress;
use super::report::WholeReport;
use super::rows::Decoder;
use super::stream::{self, StreamError};
use crate::license::ReportAge;
use crate::plain;
use crate::settings::ReportFile;
use chrono::{DateTime, Utc};

/// The clocks of this host and of a file system elsewhere may differ by this.
const CLOCKS_APART: Duration = Duration::from_mins(5);

/// The age of the report, if it is there and not too old.
///
/// # Errors
/// [`CollectError`] when it is not.
pub fn report_age(settings: &ReportFile) -> Result<Duration, CollectError> {
    open(settings).map(|(_, state)| state.age())
}

/// Reads the report.
pub(super) async fn read(
    settings: &ReportFile,
    mut decoder: Decoder,
    progress: &dyn Progress,
) -> Result<WholeReport, CollectError> {
    let path = || settings.path.clone();
    let unread = |source| CollectError::File { path: path(), source };
    let defective = |source| CollectError::ReportFile { path: path(), source };
    let (file, before) = open(settings)?;
    let mut file = tokio::fs::File::from_std(file);
    let read = stream::decode(&mut file, &mut decoder, progress).await;
    let bytes = read.map_err(|error| match error {
        StreamError::Read(source) => unread(source),
        StreamError::Defective(source) => defective(source),
    })?;
    let after = State::of(&file.into_std().await).map_err(unread)?;
    if after != before || bytes != before.size {
        return Err(CollectError::Changed { path: path() });
    }
    let (roster, people) = decoder.finish_with_people().map_err(defective)?;
    let age = Some(ReportAge {
        made_at: DateTime::<Utc>::from(before.modified),
        age_seconds: before.age().as_secs(),
    });
    Ok(WholeReport { roster, people, age })
}

/// Opens the file as it is.
fn open(settings: &ReportFile) -> Result<(File, State), CollectError> {
    let path = || settings.path.clone();
    let unread = |source| CollectError::File { path: path(), source };
    // Anything else could keep the run waiting.
    if !settings.path.metadata().map_err(unread)?.is_file() {
        let source = io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
        return Err(unread(source));
    }
    let file = File::open(&settings.path).map_err(unread)?;
    let state = State::of(&file).map_err(unread)?;
    if state
        .modified
        .elapsed()
        .is_err_and(|ahead| ahead.duration() > CLOCKS_APART)
    {
        return Err(CollectError::Future { path: path() });
    }
    let age = state.age();
    if age > settings.max_age {
        return Err(CollectError::TooOld {
            path: path(),
            age: plain::duration(age),
            limit: plain::duration(settings.max_age),
        });
    }
    Ok((file, state))
}

/// What shows that a file was written to.
#[derive(PartialEq, Eq)]
struct State {
    size: u64,
    modified: SystemTime,
}

impl State {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self {
            size: metadata.len(),
            modified: metadata.modified()?,
        })
    }

    /// In whole minutes; nothing for a file of the next moments.
    fn age(&self) -> Duration {
        let age = self.modified.elapsed().unwrap_or_default();
        Duration::from_mins(age.as_secs() / 60)
    }
}
