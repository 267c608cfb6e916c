//! A document for a person: today's list as it would be sent, or the one that waits in the store. Nothing is frozen and
//! nothing is sent.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use uuid::Uuid;

use super::cause::Cause;
use super::content::RunContent;
use super::context::Context;
use super::deliver;
use super::destination::{destination, hostname};
use super::error::SyncError;
use super::outgoing::End;
use super::preview::{Collected, collect_now};
use crate::license::{Digest, UsageFileName, document};
use crate::settings::Link;
use crate::store::{Run, Store, StoreError};

/// A document that can be written.
pub struct Export {
    pub server_id: Uuid,
    pub digest: Digest,
    pub collected_at: DateTime<Utc>,
    /// The name of a file with it.
    pub name: UsageFileName,
    /// The run whose document waits in the store, if one does.
    pub waiting: Option<Run>,
    body: ExportContent,
}

enum ExportContent {
    Made(Arc<RunContent>),
    /// As it is in the store, compressed.
    Stored(Vec<u8>),
}

impl Export {
    /// Writes all its bytes.
    ///
    /// # Errors
    /// When the writer fails, or the store did not keep what was frozen.
    pub fn write_to(&self, mut writer: impl Write) -> io::Result<()> {
        match &self.body {
            ExportContent::Made(content) => content.write_to(&mut writer)?,
            ExportContent::Stored(packed) => io::copy(&mut GzDecoder::new(packed.as_slice()), &mut writer).map(drop)?,
        }
        writer.flush()
    }
}

/// Today's document. It takes what a dry run takes.
///
/// # Errors
/// [`SyncError::NotSent`] with the cause.
pub async fn export(context: &Context) -> Result<Export, SyncError> {
    let Collected {
        store,
        link,
        destination,
        content,
        at,
    } = collect_now(context).await?;
    let digest = content.digest().await.map_err(Cause::Write)?;
    let waiting = waiting(&store).await.map_err(Cause::from)?;
    store.close().await;
    Ok(Export {
        server_id: destination.server_id,
        digest,
        collected_at: at,
        name: UsageFileName::new(at, hostname(&link), digest),
        waiting,
        body: ExportContent::Made(content),
    })
}

/// The document that waits in the store: frozen, accepted, held, or written to a file; nothing when none does. It takes no
/// server.
///
/// # Errors
/// [`SyncError::NotSent`] with the cause.
pub async fn export_waiting(context: &Context) -> Result<Option<Export>, SyncError> {
    let link = context.settings.gate().pass().cloned().map_err(Cause::from)?;
    let Some(store) = Store::open_existing(&context.state_directory)
        .await
        .map_err(Cause::from)?
    else {
        return Ok(None);
    };
    let found = stored(&store, &link).await;
    store.close().await;
    found
}

async fn stored(store: &Store, link: &Link) -> Result<Option<Export>, SyncError> {
    let Some(run) = waiting(store).await? else {
        return Ok(None);
    };
    let to = destination(link, store.known_installation().await?);
    if run.destination != to {
        let (from, to) = (Box::new(run.destination), Box::new(to));
        return Err(Cause::ForOther { from, to }.into());
    }
    let digest = deliver::frozen(&run)?.digest;
    let mut packed = Vec::new();
    let mut seq = 0;
    while let Some(piece) = store.piece(run.id, seq).await? {
        packed.extend_from_slice(&piece);
        seq += 1;
    }
    let mut end = End::default();
    io::copy(&mut GzDecoder::new(packed.as_slice()), &mut end).map_err(|_| SyncError::Spoiled)?;
    let collected_at = document::collected_at(&end.0).unwrap_or(run.started_at);
    Ok(Some(Export {
        server_id: run.destination.server_id,
        digest,
        collected_at,
        name: UsageFileName::new(collected_at, &run.hostname, digest),
        waiting: Some(run),
        body: ExportContent::Stored(packed),
    }))
}

/// What goes first with the next sync comes first here as well.
async fn waiting(store: &Store) -> Result<Option<Run>, StoreError> {
    let runs = [
        store.unfinished().await?,
        store.waiting_file().await?,
        store.held().await?,
    ];
    Ok(runs.into_iter().flatten().find(|run| run.frozen.is_some()))
}
