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
pub(super) enum Found {
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
    pub(super) fn find<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Found
    where
        K: std::borrow::Borrow<Q>,
    {
        match self.0.get(key) {
            None => Found::Nothing,
            Some(Some(number)) => Found::One(*number),
            Some(None) => Found::Several,
        }
    }
}

impl Found {
    /// The one thing.
    pub(super) fn one(self) -> Option<usize> {
        match self {
            Self::One(number) => Some(number),
            Self::Nothing | Self::Several => None,
        }
    }
}

/// What all keys that lead anywhere agree on.
pub(super) fn agreed(found: impl Iterator<Item = Found>) -> Found {
    found.fold(Found::Nothing, |before, next| match (before, next) {
        (Found::Nothing, found) | (found, Found::Nothing) => found,
        (Found::One(a), Found::One(b)) if a == b => before,
        _ => Found::Several,
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
        assert_eq!(index.find("mona"), Found::One(1));
        for number in [2, 1] {
            index.add("mona", number);
            assert_eq!(index.find("mona"), Found::Several);
        }
        assert_eq!(index.find("hubot"), Found::Nothing);
    }

    #[test]
    fn keys_agree_when_none_leads_elsewhere() {
        let of = |found: &[Found]| agreed(found.iter().copied());
        assert_eq!(of(&[Found::Nothing, Found::One(3), Found::One(3)]), Found::One(3));
        assert_eq!(of(&[Found::One(3), Found::One(4), Found::One(4)]), Found::Several);
        assert_eq!(of(&[Found::Several, Found::One(4)]), Found::Several);
        assert_eq!(of(&[]), Found::Nothing);
    }
}
