//! What is frozen: a document that is made from a list, or bytes that are given and sent as they are.

use std::io::{self, Write};
use std::sync::Arc;

use uuid::Uuid;

use super::source::DocumentSource;
use crate::license::{Digest, ReportAge, Roster, ServerCounts, Totals};
use crate::store::Spool;

/// Owned, so that it can be written on another thread.
pub(super) enum Content {
    /// The same list makes the same bytes, so they are made when they are needed.
    Made(DocumentSource),
    #[allow(dead_code, reason = "no command and no source gives bytes yet")]
    Given(Given),
}

/// Bytes that were made elsewhere.
pub(super) struct Given {
    pub(super) server_id: Uuid,
    pub(super) bytes: Spool,
    /// Names the document: of a license usage document, that without its time of collection.
    pub(super) digest: Digest,
    pub(super) users: GivenUsers,
    /// What the server counts itself, as far as it was asked.
    pub(super) counts: ServerCounts,
    /// How old the bytes are, if that is known.
    pub(super) report: Option<ReportAge>,
}

/// Who is in bytes that are given.
pub(super) enum GivenUsers {
    #[allow(dead_code, reason = "no command and no source gives bytes yet")]
    Listed(Roster),
}

impl Content {
    pub(super) fn server_id(&self) -> Uuid {
        match self {
            Self::Made(source) => source.server.id,
            Self::Given(given) => given.server_id,
        }
    }

    pub(super) fn list(&self) -> &Roster {
        match self {
            Self::Made(source) => &source.collection.roster,
            Self::Given(given) => match &given.users {
                GivenUsers::Listed(roster) => roster,
            },
        }
    }

    pub(super) fn totals(&self) -> Totals {
        self.list().totals()
    }

    pub(super) fn counts(&self) -> ServerCounts {
        match self {
            Self::Made(source) => source.collection.facts.counts,
            Self::Given(given) => given.counts,
        }
    }

    pub(super) fn report(&self) -> Option<ReportAge> {
        match self {
            Self::Made(source) => source.collection.report,
            Self::Given(given) => given.report,
        }
    }

    /// A document is digested on another thread.
    pub(super) async fn digest(self: &Arc<Self>) -> io::Result<Digest> {
        let content = Arc::clone(self);
        let digest = tokio::task::spawn_blocking(move || match &*content {
            Self::Made(source) => source.document().digest(),
            Self::Given(given) => given.digest,
        });
        digest.await.map_err(io::Error::other)
    }

    /// The bytes that are sent, but for their compression.
    pub(super) fn write_to(&self, mut writer: impl Write) -> io::Result<()> {
        match self {
            Self::Made(source) => source.document().write_to(writer),
            Self::Given(given) => io::copy(&mut given.bytes.reader(), &mut writer).map(drop),
        }
    }
}
