//! Applies the guard: compares a collection with the last confirmed list and the server's own counts.

use secrecy::ExposeSecret as _;

use super::content::RunContent;
use crate::explain::chain;
use crate::guard::{self, GuardedList, Hold, Limits};
use crate::license::{
    Change, Digest, EncryptedUsers, Fingerprint, FingerprintKey, ProductTotals, ServerCounts, Totals,
};
use crate::observe::catalog::Milestone;
use crate::settings::secret::fingerprint_key::{FingerprintKeyError, FingerprintSecret};
use crate::store::{Destination, Run, Store, StoreError};

/// The decision of the guard, and its input.
pub(super) struct Review {
    /// Nothing without a key.
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) last_confirmed: Option<Run>,
    /// Since the last confirmed list; nothing before there was one.
    pub(super) change: Option<Change>,
    /// Nothing where there is a list.
    pub(super) encrypted: Option<EncryptedUsers>,
    pub(super) hold: Option<Hold>,
    /// Why it would be held if a person had not approved the same list before.
    pub(super) approved: Option<Hold>,
}

impl Review {
    /// How the list differs from the last confirmed one and from what the server counts itself.
    pub(super) fn in_words(&self, totals: Totals, counts: ServerCounts) -> String {
        let since = match self.change {
            Some(change) => format!(
                "{} more and {} fewer than last confirmed{}",
                change.added,
                change.removed,
                change.caveat()
            ),
            None => "there is no earlier list to compare it with".to_owned(),
        };
        let beside = beside(totals, counts);
        let shared = totals.shared_addresses.filter(|accounts| *accounts > 0);
        let shared = shared.map(|accounts| format!("; {accounts} accounts share an address with another"));
        since + &beside + &shared.unwrap_or_default() + &self.products(totals) + &self.approval_in_words()
    }

    /// How long the text of encrypted users is, beside that of the last confirmed file.
    pub(super) fn size_in_words(&self) -> String {
        let size = match self.encrypted.map(|users| (users.bytes, users.bytes_before)) {
            Some((bytes, Some(before))) => {
                format!("their text has {bytes} bytes, and had {before} when last confirmed")
            }
            Some((bytes, None)) => {
                format!("their text has {bytes} bytes, and there is no earlier one to compare it with")
            }
            None => String::new(),
        };
        size + &self.approval_in_words()
    }

    fn approval_in_words(&self) -> String {
        self.approved
            .map(|hold| format!("; it is the list that a person approved when it was held: {hold}"))
            .unwrap_or_default()
    }

    /// Whether this is what was last confirmed.
    pub(super) fn is_same_file(&self, digest: Digest) -> bool {
        let before = self.last_confirmed.as_ref();
        before.is_some_and(|run| run.has_frozen(digest))
    }
}

impl Review {
    /// Who uses a product, against the last confirmed list: no guard judges that, since nobody comes or goes.
    fn products(&self, totals: Totals) -> String {
        let Some(products) = totals.products else {
            return String::new();
        };
        let before = self.last_confirmed.as_ref().and_then(|run| run.totals?.products);
        let before: Vec<_> = before.into_iter().flat_map(ProductTotals::each).collect();
        let told = products.each().map(|(product, users)| {
            let before = before.iter().find(|(other, _)| *other == product);
            let change = match before.map(|(_, before)| users.cast_signed() - before.cast_signed()) {
                None | Some(0) => String::new(),
                Some(apart) => format!(", {}", more_or_fewer(apart)),
            };
            format!("; {users} use {}{change}", product.title())
        });
        told.collect()
    }
}

/// What the server counts itself, where that is not what the list has.
fn beside(totals: Totals, counts: ServerCounts) -> String {
    let users = counts.users.map(|users| {
        [
            (guard::apart(totals, users), "users"),
            (guard::suspended_apart(totals, users), "suspended users"),
        ]
    });
    let mut text = match users {
        None => "; the server's own count of its users is not known".to_owned(),
        Some(counted) => (counted.into_iter().filter(|(apart, _)| *apart != 0))
            .map(|(apart, what)| format!("; the server itself counts {} {what}", more_or_fewer(apart)))
            .collect(),
    };
    match counts.seats_used {
        None => text += "; the number of seats in use is not known",
        Some(used) if used == totals.consumed => {}
        Some(used) => {
            let apart = more_or_fewer(used.cast_signed() - totals.consumed.cast_signed());
            text += &format!("; it reports {used} seats in use, {apart} than the list");
        }
    }
    text
}

/// A difference in words, like `7 more`.
fn more_or_fewer(apart: i64) -> String {
    format!("{} {}", apart.unsigned_abs(), if apart < 0 { "fewer" } else { "more" })
}

/// The key of the fingerprints, if it can be used. A run continues without it, and an operator has to know that the guard
/// sees less.
pub(super) fn usable(found: Result<Option<FingerprintSecret>, FingerprintKeyError>) -> Option<FingerprintKey> {
    match found {
        Ok(secret) => secret.map(|secret| FingerprintKey::new(secret.expose_secret())),
        Err(error) => {
            tracing::warn!(
                message_id = Milestone::FingerprintKeyUnusable.message_id(),
                "no fingerprint of this list is made, and only counts are compared: {}; {}",
                chain(&error),
                error.help().unwrap_or_default()
            );
            None
        }
    }
}

/// Compares and judges; user by user if there is a key. What a person approved for this destination is not held again,
/// whatever happened to its delivery, until another list was confirmed there or the server's own count goes further away
/// from it.
pub(super) async fn review(
    store: &Store,
    destination: &Destination,
    limits: Limits,
    key: Option<FingerprintKey>,
    content: &RunContent,
    digest: Digest,
) -> Result<Review, StoreError> {
    let list = content.list();
    let fingerprint = key.zip(list).map(|(key, list)| Fingerprint::of(list, &key));
    let (last, by_users) = match &fingerprint {
        None => (store.last_confirmed(destination).await?, None),
        Some(newer) => {
            let mut comparison = newer.comparison();
            let look_at = |piece: Vec<u8>| comparison.look_at(&piece);
            let last = (store.last_confirmed_with_fingerprint(destination, newer.key(), look_at)).await?;
            (last, Some(comparison.change()))
        }
    };
    let encrypted = content.exported().map(|exported| EncryptedUsers {
        bytes: exported.users_bytes,
        bytes_before: last.as_ref().and_then(|run| Some(run.encrypted_users?.bytes)),
    });
    let (change, hold) = match content.totals() {
        Some(totals) => {
            // Nothing is known of how many users a file with encrypted ones had.
            let listed = last.as_ref().and_then(|run| Some((run, run.totals?)));
            let change = listed
                .map(|(run, before)| change(run, before, by_users, totals.consumed))
                .transpose()?;
            let counts = content.counts();
            let evidence = GuardedList {
                totals,
                counts,
                change,
                was_without_addresses: listed.is_some_and(|(_, before)| before.is_without_addresses()),
            };
            (change, guard::judge(&evidence, limits))
        }
        None => (None, encrypted.and_then(|users| guard::judge_size(users, limits))),
    };
    let seen = match hold {
        Some(_) => store.approved(digest, destination).await?,
        None => None,
    };
    let is_covered = seen.is_some_and(|run| match content.totals() {
        Some(totals) => guard::covers(run.server_counts, content.counts(), totals),
        None => true,
    });
    let (approved, hold) = if is_covered { (hold, None) } else { (None, hold) };
    Ok(Review {
        fingerprint,
        last_confirmed: last,
        change,
        encrypted,
        hold,
        approved,
    })
}

/// What changed since the last confirmed run, user by user; where it left no fingerprint under the key of this list, by its
/// count and that of `consumed`.
fn change(last: &Run, before: Totals, by_users: Option<Change>, consumed: u64) -> Result<Change, StoreError> {
    let before = before.consumed;
    match by_users {
        Some(change) if change.before == before => Ok(change),
        Some(change) if change.before > 0 => Err(StoreError::Damaged {
            run: last.id.to_string(),
            column: "fingerprint",
        }),
        _ => Ok(Change::of_counts(before, consumed)),
    }
}
