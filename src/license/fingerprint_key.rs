//! The key of fingerprints, and a name for it that says nothing about it.
//!
//! Both are derived from one secret of 32 bytes by SHA-256, each under a label of its own. So the name can be stored
//! beside the hashes: it leads neither to the secret nor to the key.

use sha2::{Digest as _, Sha256};
use siphasher::sip::SipHasher24;

/// How many bytes the secret has.
pub const SECRET_SIZE: usize = 32;

/// How many bytes a key of `SipHash` has, and a name of one.
const DERIVED_SIZE: usize = 16;

/// Hashes users. It implements neither `Debug` nor `Display`.
#[derive(Clone)]
pub struct FingerprintKey {
    id: KeyId,
    hasher: SipHasher24,
}

/// Identifies a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; DERIVED_SIZE]);

impl FingerprintKey {
    /// The key that belongs to `secret`, which must be random.
    pub fn new(secret: &[u8; SECRET_SIZE]) -> Self {
        Self {
            id: KeyId(derive("ghe-license-sync fingerprint key id", secret)),
            hasher: SipHasher24::new_with_key(&derive("ghe-license-sync fingerprint key", secret)),
        }
    }

    /// The name of this key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn hasher(&self) -> SipHasher24 {
        self.hasher
    }
}

impl KeyId {
    /// The name as it is stored.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// The secret has one length, so nothing can be appended to it, and neither label is the beginning of what is hashed
/// under the other.
fn derive(label: &str, secret: &[u8; SECRET_SIZE]) -> [u8; DERIVED_SIZE] {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(label)
        .chain_update([0])
        .chain_update(secret)
        .finalize()
        .into();
    std::array::from_fn(|at| digest[at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bit_of_the_secret_makes_another_key_with_another_name() {
        use std::hash::Hasher as _;

        let key = |secret| {
            let key = FingerprintKey::new(&secret);
            (key.id(), key.hasher().finish())
        };
        let first = key([7; SECRET_SIZE]);
        for bit in 0..8 * SECRET_SIZE {
            let mut secret = [7; SECRET_SIZE];
            secret[bit / 8] ^= 1 << (bit % 8);
            let other = key(secret);
            assert!(first.0 != other.0 && first.1 != other.1, "bit {bit}");
        }
    }

    #[test]
    fn neither_name_nor_key_is_a_part_of_the_secret_or_of_the_other() {
        let secret = std::array::from_fn(|at| u8::try_from(at).unwrap());
        let name = FingerprintKey::new(&secret).id().0;
        let key = derive("ghe-license-sync fingerprint key", &secret);
        assert!(name != key && !secret.windows(DERIVED_SIZE).any(|part| part == name || part == key));
    }
}
