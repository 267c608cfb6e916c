//! What a document is made from: a collection, and what is known of the server it comes from.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::collect::{Collection, KeptDocument};
use crate::license::{Document, Feature, LicenseFacts, ServerCounts, ServerFacts, document};
use crate::settings::Link;
use crate::store::Installation;

/// Owned, so that the document can be written on another thread.
pub(super) struct DocumentSource {
    pub(super) server: document::ServerIdentity,
    features: Vec<Feature>,
    license: LicenseFacts,
    pub(super) collected_at: DateTime<Utc>,
    pub(super) collection: Collection,
}

impl DocumentSource {
    pub(super) fn new(
        link: &Link,
        id: Uuid,
        installation: Installation,
        collection: Collection,
        now: DateTime<Utc>,
    ) -> Self {
        let url = &link.server.url;
        Self {
            server: document::ServerIdentity {
                id,
                hostname: url.host_str().unwrap_or_default().to_owned(),
                version: collection.facts.version.clone(),
                http_only: url.scheme() == "http",
            },
            features: vec![Feature {
                name: "license-sync".into(),
                enabled_at: installation.enabled_at,
            }],
            license: collection.facts.license.clone(),
            collected_at: now.trunc_subsecs(0),
            collection,
        }
    }

    /// A document that was made earlier. It is written again byte for byte.
    pub(super) fn kept(kept: KeptDocument) -> Self {
        let KeptDocument { document, age, .. } = kept;
        let facts = ServerFacts {
            version: document.server.version.clone(),
            license: document.license.clone(),
            counts: ServerCounts::default(),
        };
        Self {
            server: document.server,
            features: document.features,
            license: document.license,
            collected_at: document.collected_at,
            collection: Collection {
                roster: document.roster,
                facts,
                report: Some(age),
                products_refused: Vec::new(),
            },
        }
    }

    pub(super) fn document(&self) -> Document<'_> {
        Document {
            server: self.server.clone(),
            features: self.features.clone(),
            license: &self.license,
            collected_at: self.collected_at,
            roster: &self.collection.roster,
        }
    }
}
