//! Reads an all-users report from standard input, to its end. It has no age, and can be read once.

use std::fs::File;
use std::io::{self, stdin};
use std::os::fd::AsFd as _;

use tokio::io::AsyncReadExt as _;

use super::error::CollectError;
use super::progress::CollectProgress;
use super::report::WholeReport;
use super::rows::Decoder;
use super::stream;
use super::subject::REPORT_CAP;

/// Reads the report. A thread of its own waits for the writer, so that this can be cancelled.
pub(super) async fn read(mut decoder: Decoder, progress: &dyn CollectProgress) -> Result<WholeReport, CollectError> {
    let file = open().map_err(CollectError::Input)?;
    let mut input = tokio::fs::File::from_std(file).take(REPORT_CAP + 1);
    let take = |piece: &[u8], bytes| {
        decoder.push(piece).map_err(CollectError::ReportInput)?;
        progress.read(decoder.accounts(), bytes);
        Ok(())
    };
    let bytes = stream::pass_on(&mut input, CollectError::Input, take).await?;
    if bytes > REPORT_CAP {
        return Err(CollectError::InputTooLarge { limit: REPORT_CAP });
    }
    let (roster, people) = decoder.finish_with_people().map_err(CollectError::ReportInput)?;
    let age = None;
    Ok(WholeReport { roster, people, age })
}

/// Without the buffer of the standard library, which would be read by nobody else.
fn open() -> io::Result<File> {
    stdin().as_fd().try_clone_to_owned().map(File::from)
}
