//! An index in which a key leads to one thing, or to several and so to none.

use std::collections::HashMap;
use std::hash::Hash;

/// Finds by key what the key belongs to alone.
pub(super) struct SoleIndex<K>(HashMap<K, Option<usize>>);

impl<K> Default for SoleIndex<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

/// What a key leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SoleMatch {
    Nothing,
    One(usize),
    Several,
}

impl<K: Hash + Eq> SoleIndex<K> {
    /// Lets `key` lead to `number`, too.
    pub(super) fn add(&mut self, key: K, number: usize) {
        self.0
            .entry(key)
            .and_modify(|known| *known = known.filter(|known| *known == number))
            .or_insert(Some(number));
    }

    /// What the key leads to.
    pub(super) fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> SoleMatch
    where
        K: std::borrow::Borrow<Q>,
    {
        match self.0.get(key) {
            None => SoleMatch::Nothing,
            Some(Some(number)) => SoleMatch::One(*number),
            Some(None) => SoleMatch::Several,
        }
    }
}

impl SoleMatch {
    /// The one thing.
    pub(super) fn one(self) -> Option<usize> {
        match self {
            Self::One(number) => Some(number),
            Self::Nothing | Self::Several => None,
        }
    }
}

/// What all keys that lead anywhere agree on.
pub(super) fn agreed(found: impl Iterator<Item = SoleMatch>) -> SoleMatch {
    found.fold(SoleMatch::Nothing, |before, next| match (before, next) {
        (SoleMatch::Nothing, found) | (found, SoleMatch::Nothing) => found,
        (SoleMatch::One(a), SoleMatch::One(b)) if a == b => before,
        _ => SoleMatch::Several,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_two_leads_to_neither_and_stays_so() {
        let mut index = SoleIndex::default();
        index.add("mona", 1);
        index.add("mona", 1);
        assert_eq!(index.find("mona"), SoleMatch::One(1));
        for number in [2, 1] {
            index.add("mona", number);
            assert_eq!(index.find("mona"), SoleMatch::Several);
        }
        assert_eq!(index.find("hubot"), SoleMatch::Nothing);
    }

    #[test]
    fn keys_agree_when_none_leads_elsewhere() {
        let of = |found: &[SoleMatch]| agreed(found.iter().copied());
        assert_eq!(
            of(&[SoleMatch::Nothing, SoleMatch::One(3), SoleMatch::One(3)]),
            SoleMatch::One(3)
        );
        assert_eq!(
            of(&[SoleMatch::One(3), SoleMatch::One(4), SoleMatch::One(4)]),
            SoleMatch::Several
        );
        assert_eq!(of(&[SoleMatch::Several, SoleMatch::One(4)]), SoleMatch::Several);
        assert_eq!(of(&[]), SoleMatch::Nothing);
    }
}
