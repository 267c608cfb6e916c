//! A fingerprint of all users on a list: enough to count who was added and removed, too little to say who is on it.
//!
//! One keyed 64-bit hash (SipHash-2-4) for each user, of ID and address together. `SipHash` with a random key of 128 bits
//! is a pseudorandom function: to somebody who does not have the key, the hashes are random numbers. A dictionary of IDs
//! and addresses is of no use then, since each candidate would have to be tried under each of 2^128 keys. That a hash has
//! 64 bits does not help either: it bounds how often two users collide, not how hard the key is to guess. The key is kept
//! outside of the store for that reason. What a fingerprint does show is its length, and two under the same key show how
//! many users they share.
//!
//! A user whose address changed counts as one removed and one added, since the cloud matches users by their address.

use super::change::{Change, Compared};
use super::fingerprint_key::{FingerprintKey, KeyId};
use super::roster::Roster;
use super::user_hash::{BYTES_A_HASH, DamagedFingerprint, hash};

/// Hashes that are stored together.
const HASHES_A_PIECE: usize = 32 * 1024;

/// The hashes of all users who consume a license, in ascending order, and the name of the key that they were made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    key: KeyId,
    hashes: Vec<u64>,
}

impl Fingerprint {
    /// The fingerprint of all consumers.
    pub fn of(roster: &Roster, key: &FingerprintKey) -> Self {
        let hasher = key.hasher();
        let mut hashes: Vec<_> = roster
            .consumers()
            .map(|(id, address)| hash(hasher, id, address))
            .collect();
        hashes.sort_unstable();
        Self { key: key.id(), hashes }
    }

    /// The key of its hashes. Those of another key cannot be compared with them.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// The fingerprint as it is stored: little-endian, in pieces of 256 KiB at most.
    pub fn pieces(&self) -> impl Iterator<Item = Vec<u8>> {
        let bytes = |hashes: &[u64]| hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        self.hashes.chunks(HASHES_A_PIECE).map(bytes)
    }

    /// Begins to compare with an older fingerprint under the same key, of which one part at a time is read.
    pub fn comparison(&self) -> Comparison<'_> {
        Comparison {
            newer: &self.hashes,
            people: self.hashes.len() as u64,
            before: 0,
            kept: 0,
        }
    }
}

/// A comparison under way.
pub struct Comparison<'a> {
    /// The part of the newer hashes that was not reached yet.
    newer: &'a [u64],
    people: u64,
    before: u64,
    kept: u64,
}

impl Comparison<'_> {
    /// Compares the next part of the older fingerprint.
    ///
    /// # Errors
    /// [`DamagedFingerprint`] when it cannot be one.
    pub fn look_at(&mut self, piece: &[u8]) -> Result<(), DamagedFingerprint> {
        let (hashes, rest) = piece.as_chunks::<BYTES_A_HASH>();
        if !rest.is_empty() || hashes.is_empty() {
            return Err(DamagedFingerprint);
        }
        for hash in hashes.iter().copied().map(u64::from_le_bytes) {
            let smaller = self.newer.iter().take_while(|newer| **newer < hash).count();
            self.newer = &self.newer[smaller..];
            self.before += 1;
            if let [first, rest @ ..] = self.newer
                && *first == hash
            {
                self.kept += 1;
                self.newer = rest;
            }
        }
        Ok(())
    }

    /// What came out.
    pub fn change(&self) -> Change {
        Change {
            before: self.before,
            added: self.people - self.kept,
            removed: self.before - self.kept,
            compared: Compared::Users,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::license::{Account, UserId};

    fn key() -> FingerprintKey {
        FingerprintKey::new(b"0123456789abcdef0123456789abcdef")
    }

    fn roster(people: impl IntoIterator<Item = (u64, String)>) -> Roster {
        let mut roster = Roster::default();
        for (row, (id, email)) in (2..).zip(people) {
            let account = Account {
                id: UserId(id),
                login: "x",
                email: &email,
                role: "user",
                suspended: false,
                dormant: None,
                no_sign_in: None,
            };
            roster.add(&account, row).unwrap();
        }
        roster.finish().unwrap_or_default()
    }

    fn people(ids: impl IntoIterator<Item = u64>) -> Fingerprint {
        let people = ids.into_iter().map(|id| (id, format!("{id}@example.com")));
        Fingerprint::of(&roster(people), &key())
    }

    fn change(before: &Fingerprint, after: &Fingerprint) -> Change {
        let mut comparison = after.comparison();
        for piece in before.pieces() {
            comparison.look_at(&piece).unwrap();
        }
        comparison.change()
    }

    #[test]
    fn the_same_people_in_another_order_have_the_same_fingerprint() {
        assert_eq!(people([3, 1, 2]), people([1, 2, 3]));
    }

    #[test]
    fn another_key_gives_another_fingerprint() {
        let roster = roster([(1, "a@example.com".to_owned())]);
        assert_ne!(
            Fingerprint::of(&roster, &key()),
            Fingerprint::of(&roster, &FingerprintKey::new(&[0; 32]))
        );
    }

    #[test]
    fn a_changed_address_counts_as_one_who_went_and_one_who_came() {
        let before = Fingerprint::of(&roster([(1, "a@example.com".to_owned())]), &key());
        let after = Fingerprint::of(&roster([(1, "b@example.com".to_owned())]), &key());
        let expected = Change {
            before: 1,
            added: 1,
            removed: 1,
            compared: Compared::Users,
        };
        assert_eq!(change(&before, &after), expected);
    }

    #[test]
    fn a_fingerprint_of_several_pieces_is_compared_like_one() {
        let (before, after) = (people(1..=70_000), people(2..=70_001));
        assert_eq!(before.pieces().count(), 3);
        let expected = Change {
            before: 70_000,
            added: 1,
            removed: 1,
            compared: Compared::Users,
        };
        assert_eq!(change(&before, &after), expected);
    }

    #[test]
    fn half_a_hash_is_damage_and_so_is_a_piece_without_any() {
        for piece in [&[0; 12][..], &[]] {
            assert!(people([1]).comparison().look_at(piece).is_err(), "{piece:?}");
        }
    }

    #[test]
    fn the_stored_form_does_not_change() {
        // SipHash-2-4 of eight bytes of ID and the address, little-endian: stores outlive versions.
        let stored: Vec<_> = people([1]).pieces().collect();
        insta::assert_debug_snapshot!(stored, @"
        [
            [
                91,
                8,
                188,
                65,
                244,
                28,
                56,
                207,
            ],
        ]
        ");
    }

    proptest! {
        #[test]
        fn the_change_is_that_of_the_sets(before: BTreeSet<u64>, after: BTreeSet<u64>) {
            let expected = Change {
                before: before.len() as u64,
                added: after.difference(&before).count() as u64,
                removed: before.difference(&after).count() as u64,
                compared: Compared::Users,
            };
            prop_assert_eq!(change(&people(before), &people(after)), expected);
        }
    }
}
