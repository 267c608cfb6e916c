//! How the cloud account recognizes that a user of the server is one of its own members.
//!
//! Source: "Troubleshooting license usage" in GitHub's public documentation. The primary address on the server is
//! compared first with the SAML and SCIM identities of the cloud's users (`name`, `emailaddress`, `username`,
//! `NameID`, `emails`), then with their verified addresses. Who is not found is counted once more.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, DefaultHasher, Hasher, RandomState};

/// A person in the cloud account, named by whatever the caller counts with.
pub type CloudPerson = u32;

/// By which rule a person was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MatchedBy {
    SamlOrScimIdentity,
    VerifiedEmail,
}

/// The cloud's people, by what they can be found with. Addresses compare without regard to ASCII case.
///
/// It holds 64-bit hashes, not the addresses: a million people take some 20 MB each way to be found, and no address
/// stays in memory. With a million people the odds that two addresses share a hash are one in ten million.
#[derive(Default)]
pub struct CloudPeople {
    identities: HashMap<u64, CloudPerson>,
    verified_emails: HashMap<u64, CloudPerson>,
}

impl CloudPeople {
    /// Lets `person` be found by a SAML or SCIM attribute.
    pub fn add_identity(&mut self, person: CloudPerson, attribute: &str) {
        self.identities.insert(key(attribute), person);
    }

    /// Lets `person` be found by a verified address.
    pub fn add_verified_email(&mut self, person: CloudPerson, address: &str) {
        self.verified_emails.insert(key(address), person);
    }

    /// Finds the person with this primary address on the server.
    pub fn find(&self, primary_email: &str) -> Option<(CloudPerson, MatchedBy)> {
        let address = key(primary_email);
        let by_identity = self
            .identities
            .get(&address)
            .map(|person| (*person, MatchedBy::SamlOrScimIdentity));
        by_identity.or_else(|| {
            self.verified_emails
                .get(&address)
                .map(|person| (*person, MatchedBy::VerifiedEmail))
        })
    }
}

/// Whether this can be an email address: something on both sides of an `@`.
pub(super) fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

fn key(address: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    for byte in address.bytes() {
        hasher.write_u8(byte.to_ascii_lowercase());
    }
    hasher.finish()
}

/// How many of these primary addresses another one of them is equal to. An account without one shares none.
///
/// It holds a hash of 8 bytes for each, under a key of its own, until they are counted.
pub fn sharing<'a>(addresses: impl Iterator<Item = &'a str>) -> u64 {
    let (by, mut lower) = (RandomState::new(), Vec::new());
    // At once, so that growing takes no more than that.
    let mut hashes = Vec::with_capacity(addresses.size_hint().1.unwrap_or_default());
    for address in addresses.filter(|address| is_address(address)) {
        lower.clear();
        lower.extend_from_slice(address.as_bytes());
        lower.make_ascii_lowercase();
        hashes.push(by.hash_one(&*lower));
    }
    hashes.sort_unstable();
    let equal = hashes.chunk_by(|one, other| one == other).map(<[u64]>::len);
    equal.filter(|accounts| *accounts > 1).sum::<usize>() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_share_an_address_that_differs_in_case_alone_and_nobody_shares_none() {
        let shared = |addresses: &[&str]| sharing(addresses.iter().copied());
        assert_eq!(
            shared(&["a@example.com", "A@Example.com", "b@example.com", "a@example.com"]),
            3
        );
        assert_eq!(shared(&["", "", "nobody", "nobody", "a@example.com"]), 0);
        assert_eq!(shared(&[]), 0);
    }

    #[test]
    fn an_identity_wins_over_a_verified_address() {
        let mut people = CloudPeople::default();
        people.add_verified_email(1, "Mona@example.com");
        people.add_identity(2, "mona@Example.com");
        people.add_verified_email(3, "hubot@example.com");
        assert_eq!(
            people.find("MONA@example.com"),
            Some((2, MatchedBy::SamlOrScimIdentity))
        );
        assert_eq!(people.find("hubot@example.com"), Some((3, MatchedBy::VerifiedEmail)));
        assert_eq!(people.find("hubot@example.org"), None);
        assert_eq!(people.find(""), None);
    }
}
