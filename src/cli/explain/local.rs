//! The server's list: as the server reports it, or from a report that somebody downloaded.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use chrono::{DateTime, Utc};

use super::failure::ExplainFailure;
use crate::clock::{Clock, SystemClock};
use crate::collect::{CollectProgress, Decoder, People, collect_people};
use crate::license::explain::{ListTime, LocalAccount};
use crate::settings::{Environment, Server};
use crate::transport::Pace;

/// What is read of a file at a time.
const PIECE: usize = 64 * 1024;

/// Everybody on the server.
pub(super) struct LocalList {
    pub(super) accounts: Vec<LocalAccount>,
    pub(super) listed: ListTime,
}

impl LocalList {
    /// Of a report that was there at this time, and can be older. Its accounts were active before it was made.
    fn of(people: People, not_after: DateTime<Utc>) -> Self {
        let not_before = people.latest.unwrap_or(DateTime::UNIX_EPOCH).min(not_after);
        Self {
            accounts: people.accounts,
            listed: ListTime { not_before, not_after },
        }
    }
}

/// Asks the server.
pub(super) async fn read_server(
    server: &Server,
    environment: &Environment,
    progress: &dyn CollectProgress,
) -> Result<LocalList, ExplainFailure> {
    let (people, age) = collect_people(server, Pace::default(), environment, progress).await?;
    Ok(match age {
        Some(age) => LocalList {
            accounts: people.accounts,
            listed: ListTime {
                not_before: age.made_at,
                not_after: age.made_at,
            },
        },
        None => LocalList::of(people, SystemClock.now()),
    })
}

/// Reads a file, or waits for the writer when it is a pipe. That is done on a thread of its own, so that the command
/// can be stopped meanwhile.
pub(super) async fn read_file(path: &Path, scim_enabled: bool) -> Result<LocalList, ExplainFailure> {
    let owned = path.to_owned();
    let read = tokio::task::spawn_blocking(move || read(&owned, scim_enabled)).await;
    read.unwrap_or_else(|error| Err(ExplainFailure::file(path, io::Error::other(error))))
}

/// It can be a copy, so its time says only that the report is not newer.
fn read(path: &Path, scim_enabled: bool) -> Result<LocalList, ExplainFailure> {
    let unread = |source| ExplainFailure::file(path, source);
    let defective = |source| ExplainFailure::Defective {
        path: path.to_owned(),
        source,
    };
    let (mut file, modified) = open(path).map_err(unread)?;
    let mut decoder = Decoder::new(scim_enabled).keeping_people();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece).map_err(unread)? {
            0 => break,
            read => decoder.push(&piece[..read]).map_err(defective)?,
        }
    }
    let (_, people) = decoder.finish_with_people().map_err(defective)?;
    Ok(LocalList::of(people, modified))
}

fn open(path: &Path) -> io::Result<(File, DateTime<Utc>)> {
    let file = File::open(path)?;
    let modified = file.metadata()?.modified()?;
    Ok((file, modified.into()))
}
