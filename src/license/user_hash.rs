//! The hash that stands for a user in a fingerprint; why it tells nothing of the user is written there.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher24;

use super::account::UserId;

/// What a consumer takes in a fingerprint.
pub(super) const BYTES_A_HASH: usize = size_of::<u64>();

/// A piece of a stored fingerprint is not what was stored.
#[derive(Debug, thiserror::Error)]
#[error("a piece of the fingerprint is damaged")]
pub struct DamagedFingerprint;

/// The hash of a user with this address.
pub(super) fn hash(mut hasher: SipHasher24, id: UserId, address: &str) -> u64 {
    hasher.write(&id.0.to_le_bytes());
    hasher.write(address.as_bytes());
    hasher.finish()
}
