//! The guard at work: a collection beside the last confirmed list and the server's own counts.

use crate::collect::Collection;
use crate::guard::{self, Evidence, Hold, Limits};
use crate::license::{Change, Fingerprint};
use crate::store::{Destination, Run, Store, StoreError};

/// What the guard says, and what it looked at.
pub(super) struct Review {
    pub(super) fingerprint: Fingerprint,
    /// Since the last confirmed list; nothing before there was one.
    pub(super) change: Option<Change>,
    pub(super) hold: Option<Hold>,
}

/// Compares and judges. The store must know the installation.
pub(super) async fn review(
    store: &Store,
    destination: &Destination,
    limits: Limits,
    collection: &Collection,
) -> Result<Review, StoreError> {
    let fingerprint = Fingerprint::of(&collection.roster, &store.fingerprint_key().await?);
    let change = match store.last_confirmed(destination).await? {
        Some(run) => Some(compare(store, &run, &fingerprint, collection.roster.totals().consumed).await?),
        None => None,
    };
    let evidence = Evidence {
        totals: collection.roster.totals(),
        counts: collection.facts.counts,
        change,
    };
    Ok(Review {
        hold: guard::judge(&evidence, limits),
        fingerprint,
        change,
    })
}

/// User by user; where the last confirmed list left no fingerprint, its count with that of `consumed`.
async fn compare(store: &Store, last: &Run, newer: &Fingerprint, consumed: u64) -> Result<Change, StoreError> {
    let mut comparison = newer.comparison();
    let mut seq = 0;
    while let Some(piece) = store.fingerprint_piece(last.id, seq).await? {
        comparison.look_at(&piece).map_err(|_| damaged(last))?;
        seq += 1;
    }
    let change = comparison.change();
    match last.totals.map_or(0, |totals| totals.consumed) {
        people if people == change.before => Ok(change),
        people if seq == 0 => Ok(Change::of_counts(people, consumed)),
        _ => Err(damaged(last)),
    }
}

fn damaged(run: &Run) -> StoreError {
    StoreError::Damaged {
        run: run.id.to_string(),
        column: "fingerprint",
    }
}
