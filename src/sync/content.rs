//! What is frozen: a document that is made from a list, or bytes that are given and sent as they are.

use std::io::{self, Write};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::source::DocumentSource;
use crate::collect::ServerRefusal;
use crate::license::{Difference, Digest, Exported, NewUser, Product, ReportAge, Roster, ServerCounts, Totals};
use crate::store::{Spool, Store, StoreError};

/// Owned, so that it can be written on another thread.
pub(super) enum RunContent {
    /// The same list makes the same bytes, so they are made when they are needed.
    Made(Box<DocumentSource>),
    Given(Box<Given>),
}

/// Bytes that were made elsewhere.
pub(super) struct Given {
    pub(super) server_id: Uuid,
    pub(super) bytes: Spool,
    /// Names them.
    pub(super) digest: Digest,
    /// The unencrypted part, beside the encrypted users.
    pub(super) exported: Exported,
    /// What the server counts itself, as far as it was asked.
    pub(super) counts: ServerCounts,
    /// How old the bytes are, if that is known.
    pub(super) report: Option<ReportAge>,
}

impl RunContent {
    pub(super) fn server_id(&self) -> Uuid {
        match self {
            Self::Made(source) => source.server.id,
            Self::Given(given) => given.server_id,
        }
    }

    /// Makes sure that nothing was sent from this store for another server.
    ///
    /// # Errors
    /// [`StoreError`], which says where the ID comes from.
    pub(super) async fn make_sure_of(&self, store: &Store) -> Result<(), StoreError> {
        store.belongs_to(self.server_id()).await.map_err(|error| match error {
            StoreError::OtherServer { path, theirs, ours } if self.exported().is_some() => {
                StoreError::OtherFile { path, theirs, ours }
            }
            error => error,
        })
    }

    /// Nothing where the users are encrypted.
    pub(super) fn list(&self) -> Option<&Roster> {
        match self {
            Self::Made(source) => Some(&source.collection.roster),
            Self::Given(_) => None,
        }
    }

    pub(super) fn totals(&self) -> Option<Totals> {
        self.list().map(Roster::totals)
    }

    /// How a list differs from the one that it was compared with, and who is new.
    pub(super) fn difference(&mut self) -> Option<(Difference, Vec<NewUser>)> {
        match self {
            Self::Made(source) => source.collection.roster.difference(),
            Self::Given(_) => None,
        }
    }

    /// The unencrypted part, beside the encrypted users.
    pub(super) fn exported(&self) -> Option<&Exported> {
        match self {
            Self::Made(_) => None,
            Self::Given(given) => Some(&given.exported),
        }
    }

    /// Why a list says nothing about these products: the server refused to say who uses them.
    pub(super) fn products_refused(&self) -> &[(Product, ServerRefusal)] {
        match self {
            Self::Made(source) => &source.collection.products_refused,
            Self::Given(_) => &[],
        }
    }

    /// When the list was collected, as the document says.
    pub(super) fn collected_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Made(source) => Some(source.collected_at),
            Self::Given(_) => None,
        }
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
