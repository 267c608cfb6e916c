//! Freezing: compresses the document from its source into the store, in parts; it is never held as a whole.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use flate2::{Compression, GzBuilder};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::cause::Cause;
use super::content::RunContent;
use super::review::Review;
use crate::license::Digest;
use crate::store::{CHUNK_SIZE, Frozen, RunId, StateReason, Store};

/// gzip's "unknown", so that the bytes do not depend on the machine.
const OPERATING_SYSTEM_UNKNOWN: u8 = 255;

/// Pieces that may wait for the store.
const PIECES_IN_FLIGHT: usize = 2;

/// Writes the document of `run`, whose digest this is, into the store and commits it as frozen, or as held if the review says
/// so. Within `scope`, the cloud takes the same document once.
pub(super) async fn freeze(
    store: &Store,
    run: RunId,
    scope: &str,
    content: Arc<RunContent>,
    digest: Digest,
    review: &Review,
    now: DateTime<Utc>,
) -> Result<Frozen, Cause> {
    let (sender, mut pieces) = mpsc::channel(PIECES_IN_FLIGHT);
    let idempotency_key = format!("{}:{scope}:{digest}", content.server_id());
    let writing = tokio::task::spawn_blocking(move || compress(&content, sender));
    let mut freezer = store.freezer(run).await?;
    while let Some(piece) = pieces.recv().await {
        freezer.write(piece).await?;
    }
    let compressed = writing
        .await
        .map_err(io::Error::other)
        .and_then(|result| result)
        .map_err(Cause::Write)?;
    let frozen = Frozen {
        digest,
        idempotency_key,
        content_digest: compressed.content_digest,
        body_size: compressed.size,
    };
    if let Some(fingerprint) = &review.fingerprint {
        freezer.fingerprint(fingerprint).await?;
    }
    let held = review.hold.map(|hold| StateReason {
        reason: hold.reason(),
        detail: hold.to_string(),
    });
    freezer.commit(&frozen, held.as_ref(), now).await?;
    Ok(frozen)
}

struct Compressed {
    content_digest: Digest,
    size: u64,
}

fn compress(content: &RunContent, sender: mpsc::Sender<Vec<u8>>) -> io::Result<Compressed> {
    let pieces = PieceWriter::to(sender);
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(OPERATING_SYSTEM_UNKNOWN)
        .write(pieces, Compression::fast());
    let mut writer = BufWriter::with_capacity(64 * 1024, gzip);
    content.write_to(&mut writer)?;
    let mut pieces = writer.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
    pieces.hand_over()?;
    let content_digest = Digest(pieces.hasher.finalize().into());
    Ok(Compressed {
        content_digest,
        size: pieces.size,
    })
}

/// Cuts what is written into pieces and hands them to the store's task.
struct PieceWriter {
    sender: mpsc::Sender<Vec<u8>>,
    piece: Vec<u8>,
    hasher: Sha256,
    size: u64,
}

impl PieceWriter {
    fn to(sender: mpsc::Sender<Vec<u8>>) -> Self {
        Self {
            sender,
            piece: Vec::new(),
            hasher: Sha256::new(),
            size: 0,
        }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.hasher.update(&self.piece);
        self.size += self.piece.len() as u64;
        let piece = std::mem::take(&mut self.piece);
        self.sender
            .blocking_send(piece)
            .map_err(|_| io::Error::new(io::ErrorKind::BrokenPipe, "the store takes no more"))
    }
}

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = (CHUNK_SIZE - self.piece.len()).min(bytes.len());
        self.piece.extend_from_slice(&bytes[..room]);
        if self.piece.len() == CHUNK_SIZE {
            self.hand_over()?;
        }
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::path::Path;

    use flate2::read::GzDecoder;
    use uuid::Uuid;

    use super::super::content::Given;
    use super::*;
    use crate::license::{Exported, ServerCounts};
    use crate::store::{Destination, Spool, Trigger};

    #[test]
    fn every_piece_but_the_last_is_a_whole_chunk_however_the_bytes_come() {
        let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(2 * CHUNK_SIZE + CHUNK_SIZE / 2).collect();
        for at_once in [1000, CHUNK_SIZE, bytes.len()] {
            let (sender, mut receiver) = mpsc::channel(bytes.len().div_ceil(1000));
            let mut pieces = PieceWriter::to(sender);
            for part in bytes.chunks(at_once) {
                pieces.write_all(part).unwrap();
            }
            pieces.hand_over().unwrap();
            assert_eq!(pieces.size, bytes.len() as u64);
            drop(pieces);
            let found: Vec<_> = std::iter::from_fn(|| receiver.blocking_recv()).collect();
            let sizes: Vec<_> = found.iter().map(Vec::len).collect();
            assert_eq!(sizes, [CHUNK_SIZE, CHUNK_SIZE, CHUNK_SIZE / 2]);
            assert!(found.concat() == bytes);
        }
    }
    #[tokio::test]
    async fn bytes_that_are_given_are_frozen_as_they_are() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().join("state");
        let store = Store::open(&directory).await.unwrap();
        let now = "2026-11-02T03:04:05Z".parse().unwrap();
        let run = store
            .begin(&Trigger::Manual, &here(), "ghes.example.com", now)
            .await
            .unwrap();
        let bytes = b"{ \"schema\" : \"license-usage/v1\",\r\n \"users\":[] }\n".repeat(50_000);
        let (content, digest) = given(&directory, &bytes);
        assert_eq!(content.digest().await.unwrap(), digest);
        let review = Review {
            fingerprint: None,
            last_confirmed: None,
            change: None,
            encrypted: None,
            hold: None,
            approved: None,
        };
        let frozen = freeze(&store, run, "w1", content, digest, &review, now).await.unwrap();
        assert_eq!(
            frozen.idempotency_key,
            format!("00000000-0000-0000-0000-000000000007:w1:{digest}")
        );
        let mut sent = Vec::new();
        while let Some(piece) = store.piece(run, sent.len().try_into().unwrap()).await.unwrap() {
            sent.push(piece);
        }
        let mut found = Vec::new();
        GzDecoder::new(&*sent.concat()).read_to_end(&mut found).unwrap();
        assert!(found == bytes, "they arrive as they were given");
        store.close().await;
    }

    fn here() -> Destination {
        Destination {
            api_origin: "https://api.github.com".to_owned(),
            uploads_origin: "https://uploads.github.com".to_owned(),
            account: "enterprise/octo-corp".to_owned(),
            server_id: Uuid::from_u128(7),
        }
    }

    fn given(directory: &Path, bytes: &[u8]) -> (Arc<RunContent>, Digest) {
        let digest = Digest(Sha256::digest(bytes).into());
        let mut spool = Spool::create(directory).unwrap();
        spool.write_all(bytes).unwrap();
        let given = Given {
            server_id: here().server_id,
            bytes: spool,
            digest,
            exported: Exported {
                server_id: here().server_id,
                host_name: None,
                version: None,
                features: Vec::new(),
                users_bytes: 1,
            },
            counts: ServerCounts::default(),
            report: None,
        };
        (Arc::new(RunContent::Given(Box::new(given))), digest)
    }
}
